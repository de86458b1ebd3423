"""Fixtures of moto's lake for this folder's tests."""

from tests.moto_lake import aws, glue, lake, s3

__all__ = ["aws", "glue", "lake", "s3"]
