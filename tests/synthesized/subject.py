"""The subject of a check of a pipeline's stack: the stack, its spec, and the lake that it writes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.spec import Pipeline
    from tests.synthesized.resolved_stack import ResolvedStack
    from tests.synthesized.synthesis import Synthesis


@dataclass(frozen=True)
class Subject:
    """A resolved pipeline stack that a test may break.

    Attributes
    ----------
    key_arn
        ARN of the customer-managed key; None if the deployment has none.
    assets_key_arn
        ARN of the key of the CDK's bootstrap bucket; None if it has none.
    catalog_key_arn
        ARN of the key of the Data Catalog; None if it has no customer-managed key.
    lake_formation
        The option with that name.
    redshift
        Whether Redshift reads the tables.
    """

    stack: ResolvedStack
    pipeline: Pipeline
    lake_bucket: str
    key_arn: str | None = None
    encrypts_traffic: bool = False
    assets_key_arn: str | None = None
    catalog_key_arn: str | None = None
    lake_formation: str | None = None
    redshift: bool = False

    @property
    def is_sagemaker_pipeline(self) -> bool:
        """Return whether SageMaker Pipelines rather than a state machine runs the steps."""
        return self.pipeline.orchestrator == "sagemaker_pipelines"

    @classmethod
    def of(cls, synthesis: Synthesis, pipeline: str) -> Subject:
        """Return a separate copy of a pipeline in a synthesized project."""
        lake = synthesis.resolved_lake()
        keys = [name for name, resource in lake.resources.items() if resource["Type"] == "AWS::KMS::Key"]
        key_arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{lake.name}-{keys[0]}" if keys else synthesis.options.kms
        return cls(
            synthesis.resolved(pipeline),
            synthesis.pipeline(pipeline),
            lake.outputs["LakeBucketName"],
            key_arn,
            synthesis.options.encrypt_inter_container_traffic,
            synthesis.options.assets_kms,
            synthesis.options.catalog_kms,
            synthesis.options.lake_formation,
            synthesis.options.redshift,
        )


_WRITTEN = datetime(2021, 12, 15, 20, tzinfo=UTC)


class _NoSuchBucketError(Exception):
    """An exception that the fake never raises."""


class _Exceptions:
    NoSuchBucket = _NoSuchBucketError


class _FilledS3:
    """A fake S3 with an object under every prefix."""

    exceptions = _Exceptions

    def list_objects_v2(self, *, Prefix: str, **_: object) -> dict[str, object]:  # noqa: N803 - boto3's spelling
        return {"Contents": [{"Key": key, "Size": 1, "LastModified": _WRITTEN} for key in (Prefix, f"{Prefix}x")]}

    def put_object(self, **_: object) -> dict[str, object]:
        return {}

    def get_paginator(self, _operation: str) -> _FilledS3:
        return self

    def paginate(self, *, Prefix: str, **_: object) -> list[dict[str, object]]:  # noqa: N803 - boto3's spelling
        return [self.list_objects_v2(Prefix=Prefix)]


class _FilledCatalog:
    """A fake Data Catalog in which every table has one partition, below the location in PlanRun's payload."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._locations = {
            (table["database_name"], table["table_name"]): table["location"].replace("{lake}", spec["lake_bucket"])
            for step in spec["steps"]
            for table in step.get("table_inputs", [])
        }

    def get_paginator(self, _operation: str) -> _FilledCatalog:
        return self

    def paginate(self, *, DatabaseName: str, TableName: str, **_: object) -> list[dict[str, object]]:  # noqa: N803 - boto3's
        location = f"{self._locations[DatabaseName, TableName]}dt=2021-12-15/hour=1/"
        return [{"Partitions": [{"Values": ["2021-12-15", "1"], "StorageDescriptor": {"Location": location}}]}]


def filled_catalog(spec: Mapping[str, Any]) -> GlueClient:
    """Return a client for which every table in PlanRun's spec has a partition."""
    return cast("GlueClient", _FilledCatalog(spec))


def filled_s3() -> S3Client:
    """Return a client for which every input exists."""
    return cast("S3Client", _FilledS3())
