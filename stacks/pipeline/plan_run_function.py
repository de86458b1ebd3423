"""PlanRun: plans a run before the first job starts and incurs costs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from constructs import Construct

from partitioned_pipelines.lake.key_layout import scheduled_claims_prefix
from partitioned_pipelines.spec import (
    input_prefix,
    interval_marks_prefix,
    manifests_pattern,
    run_inputs_prefix,
    run_inputs_table,
    skip_marked_tables,
    skip_marks_pattern,
    table_data_prefix,
)
from stacks.iam.arns import catalog_arns
from stacks.iam.key_permissions import allow_objects
from stacks.iam.s3_permissions import allow_list, allow_on_keys, allow_on_prefixes
from stacks.orchestrators import orchestrator_of
from stacks.orchestrators.orchestrator import LONGEST_CALL_MINUTES
from stacks.pipeline.shared_code_function import SharedCodeFunction

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_

    from partitioned_pipelines.spec import Pipeline


class PlanRunFunction(Construct):
    """The PlanRun function, which checks and records the inputs, claims scheduled events, and marks intervals that it skips."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline: Pipeline,
        code: lambda_.Code,
        lake_bucket_name: str,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        shared = SharedCodeFunction(
            self,
            "PlanRun",
            code=code,
            folder="plan_run",
            orchestrator=orchestrator_of(pipeline),
            description=f"Plans a run of {pipeline.name}",
            memory_size=256,
            # Listing the files of a table needs a call for each partition.
            timeout_minutes=LONGEST_CALL_MINUTES if pipeline.read_tables else 2,
            key=key,
        )
        self.function, self.role = shared.function, shared.role
        with shared.policy() as policy:
            allow_objects(policy, key, lake_bucket_name)
            claims = scheduled_claims_prefix(pipeline.name)
            looked_for: defaultdict[str, set[str]] = defaultdict(set)
            looked_for[lake_bucket_name].add(claims)
            for step in pipeline.steps:
                for uri in step.uri_inputs.values():
                    prefix = input_prefix(uri)
                    looked_for[prefix.bucket or lake_bucket_name].add(prefix.prefix)
            looked_for[lake_bucket_name] |= {table_data_prefix(table) for table in pipeline.read_tables.values()}
            # What a run has waited for, if its input says that it must be there.
            looked_for[lake_bucket_name] |= {interval_marks_prefix(awaited.table) for awaited in pipeline.awaits}
            for bucket_name, prefixes in looked_for.items():
                allow_list(policy, bucket_name, prefixes)
            allow_on_prefixes(policy, ["s3:GetObject", "s3:PutObject"], lake_bucket_name, [claims])
            if table := run_inputs_table(pipeline):
                allow_on_prefixes(policy, ["s3:PutObject"], lake_bucket_name, [run_inputs_prefix(table)])
            skipped = [skip_marks_pattern(table) for table in skip_marked_tables(pipeline)]
            allow_on_keys(policy, ["s3:PutObject"], lake_bucket_name, skipped)
            if pipeline.read_tables:
                allow_on_keys(policy, ["s3:PutObject"], lake_bucket_name, [manifests_pattern(pipeline)])
                policy.allow(
                    ["glue:GetPartitions"],
                    sorted({resource for table in pipeline.read_tables.values() for resource in catalog_arns(table)}),
                )
