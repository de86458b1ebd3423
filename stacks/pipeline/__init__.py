"""The resources of each pipeline: image, functions, role, table, schedule, notification."""
