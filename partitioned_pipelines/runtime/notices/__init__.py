"""Notices: what people and programs are told about runs, backfills and tables."""
