"""The resources of a pipeline's stack to which an orchestrator refers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.lake.function_events.payloads import PlanSpec, TableSpec
    from partitioned_pipelines.spec import Table


@dataclass(frozen=True, slots=True)
class StepResources:
    """The resources of a step.

    Attributes
    ----------
    code_uri
        The script's folder; empty if the code is in the image.
    py_files_uri, configuration_uri
        The folder of a Spark step's py-files and its configuration file; empty if the step has none.
    """

    image_uri: str
    code_uri: str
    script_hash: str
    py_files_uri: str = ""
    configuration_uri: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowResources:
    """The resources of a pipeline, and the payload documents from the pipeline's spec.

    Attributes
    ----------
    register_partitions_arn
        Empty if RegisterPartitions registers no table.
    stack_name
        The name of the pipeline's stack, which is also that of the workflow.
    deployment
        The prefix of the deployment's stacks, which names the source of its events.
    tags
        The tags of each job.
    kms_key_arn
        The ARN of the key that encrypts volumes and outputs; empty if AWS managed keys do.
    runner_uris
        The folder with the runner of each shared job, by the job's name.
    encrypt_inter_container_traffic
        True if a job's instances encrypt the traffic between them.
    """

    plan_run_arn: str
    register_partitions_arn: str
    processing_role_arn: str
    stack_name: str
    deployment: str
    work_group: str
    plan_run_spec: PlanSpec
    register_tables: Mapping[str, TableSpec]
    steps: Mapping[str, StepResources]
    tags: Mapping[str, str]
    runner_uris: Mapping[str, str] = field(default_factory=dict)
    kms_key_arn: str = ""
    encrypt_inter_container_traffic: bool = False

    @property
    def function_arns(self) -> list[str]:
        """The ARNs of the functions that an orchestrator calls."""
        return [arn for arn in (self.plan_run_arn, self.register_partitions_arn) if arn]


def table_key(table: Table) -> str:
    """Return a table's name for use in a path, in which a dot would be a separator."""
    return f"{table.database}__{table.name}"
