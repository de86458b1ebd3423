"""What a pipeline's stack created, for an orchestrator to name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.lake.function_events.payloads import PlanSpec, TableSpec
    from partitioned_pipelines.spec import Table


@dataclass(frozen=True, slots=True)
class StepResources:
    """What the stack created for a step.

    Attributes
    ----------
    code_uri
        The folder that holds the script; empty if the code is in the image.
    py_files_uri, configuration_uri
        The folder of a Spark step's py-files, and its configuration's file; empty if it has none.
    """

    image_uri: str
    code_uri: str
    script_hash: str
    py_files_uri: str = ""
    configuration_uri: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowResources:
    """What the stack created for the whole pipeline; the payload documents come from the pipeline's spec.

    Attributes
    ----------
    register_partitions_arn
        Empty if no table is registered by the function.
    kms_key_arn
        Of the key that encrypts volumes and outputs; empty where AWS's own keys do.
    encrypt_inter_container_traffic
        Whether jobs on several instances encrypt what these send each other.
    """

    plan_run_arn: str
    register_partitions_arn: str
    processing_role_arn: str
    work_group: str
    plan_run_spec: PlanSpec
    register_tables: Mapping[str, TableSpec]
    steps: Mapping[str, StepResources]
    kms_key_arn: str = ""
    encrypt_inter_container_traffic: bool = False

    @property
    def function_arns(self) -> list[str]:
        """The ARNs of the functions that an orchestrator calls."""
        return [arn for arn in (self.plan_run_arn, self.register_partitions_arn) if arn]


def table_key(table: Table) -> str:
    """Name a table where a dot would end a path."""
    return f"{table.database}__{table.name}"
