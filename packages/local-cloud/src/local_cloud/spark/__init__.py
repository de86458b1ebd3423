"""SageMaker's Spark image: ``smspark-submit`` on PySpark ``local[*]``, with the local cloud's S3."""

from local_cloud.spark.s3_mirror import MirrorError
from local_cloud.spark.s3a_jars import NoJarsError, WrongJarsError, fetch_jars
from local_cloud.spark.spark_runtime import folder_environment, is_spark_job, spark_runtime, write_programs

__all__ = [
    "MirrorError",
    "NoJarsError",
    "WrongJarsError",
    "fetch_jars",
    "folder_environment",
    "is_spark_job",
    "spark_runtime",
    "write_programs",
]
