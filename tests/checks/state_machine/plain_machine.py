"""A state machine built directly from a pipeline's spec, with literal ARNs and URIs in place of a stack's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec import DockerfileImage, UriImage, plan_run_spec, register_table
from stacks.orchestrators.resources import StepResources, WorkflowResources, table_key
from stacks.orchestrators.step_functions import build_state_machine
from stacks.pipeline.step_image import REGISTRIES
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import PlanSpec
    from partitioned_pipelines.spec import Pipeline, Step

ROLE = f"arn:aws:iam::{ACCOUNT}:role/sm-exec"
LAKE = "data-bucket"
CODE_URI = "s3://assets/tree/"
_FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"


def build_plain_machine(
    pipeline: Pipeline, *, kms_key_arn: str = "", encrypt_inter_container_traffic: bool = False
) -> dict[str, Any]:
    """Return the definition as a stack would build it."""
    spec: PlanSpec = {**plan_run_spec(pipeline), "lake_bucket": LAKE}
    return build_state_machine(
        pipeline,
        WorkflowResources(
            plan_run_arn=_FUNCTION,
            register_partitions_arn=_FUNCTION,
            processing_role_arn=ROLE,
            stack_name="pipelines",
            deployment="pipelines",
            work_group="pipelines",
            plan_run_spec=spec,
            register_tables={table_key(table): register_table(table, LAKE) for table in pipeline.tables},
            steps={
                step.name: StepResources(
                    image_uri=_image_uri(step),
                    code_uri=CODE_URI if step.script else "",
                    script_hash="tree" if step.script else "",
                    py_files_uri="s3://assets/py-files/" if step.spark and step.spark.py_files else "",
                    configuration_uri="s3://assets/conf/configuration.json"
                    if step.spark and step.spark.configuration
                    else "",
                )
                for step in pipeline.steps
            },
            tags={"environment": "pipelines", "pipeline": pipeline.name},
            kms_key_arn=kms_key_arn,
            encrypt_inter_container_traffic=encrypt_inter_container_traffic,
        ),
    )


def _image_uri(step: Step) -> str:
    image = step.image
    if isinstance(image, UriImage):
        return image.uri
    if isinstance(image, DockerfileImage):
        return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/assets:tree"
    return f"{REGISTRIES[image.framework][REGION]}.dkr.ecr.{REGION}.amazonaws.com/{image.repository}:{image.tag}"
