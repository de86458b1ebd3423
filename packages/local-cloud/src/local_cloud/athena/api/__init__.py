"""Athena's calls: queries, their results, and the metadata of the Data Catalog."""
