"""The rules of partitioned tables: paths, intervals, plans, registration. Clients are handed in."""
