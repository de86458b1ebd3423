"""PlanRun: decides what a run is about, before anything is rented."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import aws_cdk as cdk
from constructs import Construct

from pipeline_spec import input_prefix
from stacks.s3_grants import allow_list, allow_on_prefixes
from stacks.shared_code_function import SharedCodeFunction

if TYPE_CHECKING:
    from pipeline_spec import Pipeline


class Planner(Construct):
    """The PlanRun function, which looks for the inputs and claims scheduled events."""

    def __init__(self, scope: Construct, construct_id: str, *, pipeline: Pipeline, lake_bucket_name: str) -> None:
        super().__init__(scope, construct_id)
        shared = SharedCodeFunction(
            self,
            "PlanRun",
            folder="plan_run",
            description=f"Plans a run of {pipeline.name}",
            memory_size=256,
            timeout=cdk.Duration.minutes(2),
        )
        self.function = shared.function
        claims = f"locks/{pipeline.name}/scheduled/"
        looked_for: defaultdict[str, set[str]] = defaultdict(set)
        looked_for[lake_bucket_name].add(claims)
        for step in pipeline.steps:
            for source in step.inputs.values():
                if isinstance(source, str):
                    prefix = input_prefix(source)
                    looked_for[prefix.bucket or lake_bucket_name].add(prefix.prefix)
        for bucket_name, prefixes in looked_for.items():
            allow_list(shared.role, bucket_name, prefixes)
        allow_on_prefixes(shared.role, ["s3:GetObject", "s3:PutObject"], lake_bucket_name, [claims])
