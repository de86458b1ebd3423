"""Spark's processing image: what ``smspark-submit`` takes runs on PySpark ``local[*]``, and ``s3://`` is the local cloud's S3."""

from local_cloud.spark.s3_mirror import MirrorError
from local_cloud.spark.spark_runtime import is_spark_job, spark_environment, spark_runtime, write_programs

__all__ = ["MirrorError", "is_spark_job", "spark_environment", "spark_runtime", "write_programs"]
