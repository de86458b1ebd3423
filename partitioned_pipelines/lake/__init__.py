"""Shared conventions of the lake: S3 keys, partition paths and values, intervals, placeholders and table formats."""
