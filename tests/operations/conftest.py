"""The lake of moto, for every test of this folder."""

from tests.moto_lake import aws, glue, lake, s3

__all__ = ["aws", "glue", "lake", "s3"]
