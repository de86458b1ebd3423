"""The stack of one pipeline: its resources and their permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from partitioned_pipelines.spec import plan_run_spec, register_table, start_spec
from stacks.cost_tags import cost_tags, tag_resources
from stacks.data_lake.notice_topic import notices_arn
from stacks.data_lake.undelivered_queue import undelivered_queue_arn
from stacks.iam.catalog_permissions import (
    LakeFormationGrants,
    allow_data_access,
    allow_encrypted_catalog,
    catalog_users,
)
from stacks.iam.key_permissions import allow_former_keys
from stacks.iam.lake_formation import tables_location
from stacks.orchestrators import orchestrator_of
from stacks.orchestrators.resources import StepResources, WorkflowResources, table_key
from stacks.pipeline.backfill import Backfill
from stacks.pipeline.partitioned_table import PartitionedTable
from stacks.pipeline.plan_run_function import PlanRunFunction
from stacks.pipeline.processing_role import ProcessingRole
from stacks.pipeline.register_partitions_function import RegisterPartitionsFunction
from stacks.pipeline.run_notices import RunNotices
from stacks.pipeline.run_schedule import RunSchedule
from stacks.pipeline.run_starter import RunStarter
from stacks.pipeline.shared_code_function import functions_code
from stacks.pipeline.step_files import StepFiles
from stacks.pipeline.step_image import StepImage

if TYPE_CHECKING:
    from pathlib import Path

    from constructs import Construct

    from partitioned_pipelines.lake.function_events.payloads import PlanSpec
    from partitioned_pipelines.spec import Pipeline
    from stacks.data_lake.data_lake_stack import DataLakeStack
    from stacks.settings import DeploymentSettings


class PipelineStack(cdk.Stack):
    """The workflow of a pipeline, its tables, its schedule and its notices."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline: Pipeline,
        project: Path,
        lake: DataLakeStack,
        settings: DeploymentSettings,
    ) -> None:
        super().__init__(scope, construct_id, env=settings.environment, description=f"The pipeline {pipeline.name}")
        stack_name = self.stack_name
        tags = cost_tags(settings.prefix, pipeline.name)
        tag_resources(self, tags)
        # The databases must exist before the tables, and the parameters before they are read.
        self.add_stack_dependency(lake)
        shared = lake.shared_with(self)
        lake_bucket_name = shared.bucket_name
        images = self._images(pipeline, project)
        files = StepFiles(self, pipeline=pipeline, project=project, assembly=lake.files)
        processing = ProcessingRole(
            self,
            "Processing",
            pipeline=pipeline,
            lake_bucket_name=lake_bucket_name,
            files=files.all,
            images={id(image): image for image in images.values()}.values(),
            key=shared.key,
            assets_key_arn=settings.options.assets_kms,
        )
        tables = {
            table.qualified_name: PartitionedTable(
                self, f"Table-{table_key(table)}", table=table, lake_bucket_name=lake_bucket_name
            ).resource
            for table in pipeline.tables
        }
        code = functions_code(lake.files.folder)
        planner = PlanRunFunction(
            self, "Planner", pipeline=pipeline, code=code, lake_bucket_name=lake_bucket_name, key=shared.key
        )
        registered = [table for table in pipeline.tables if table.registration == "lambda"]
        registrar = (
            RegisterPartitionsFunction(
                self,
                "Registrar",
                pipeline=pipeline,
                code=code,
                tables=registered,
                lake_bucket_name=lake_bucket_name,
                deployment=settings.prefix,
                stack_name=stack_name,
                key=shared.key,
            )
            if registered
            else None
        )
        plan_spec: PlanSpec = {**plan_run_spec(pipeline), "lake_bucket": lake_bucket_name}
        plan_run_arn = planner.function.function_arn
        register_partitions_arn = registrar.function.function_arn if registrar else ""
        resources = WorkflowResources(
            plan_run_arn=plan_run_arn,
            register_partitions_arn=register_partitions_arn,
            processing_role_arn=processing.arn,
            stack_name=stack_name,
            deployment=settings.prefix,
            work_group=shared.work_group_name,
            plan_run_spec=plan_spec,
            register_tables={table_key(table): register_table(table, lake_bucket_name) for table in registered},
            steps={
                step.name: StepResources(
                    image_uri=images[step.name].uri,
                    code_uri=files.code_uri(step),
                    script_hash=files.script_hash(step),
                    py_files_uri=files.py_files_uri(step),
                    configuration_uri=files.configuration_uri(step),
                )
                for step in pipeline.steps
            },
            tags=tags,
            runner_uris={name: runner.uri for name, runner in files.runners.items()},
            kms_key_arn=shared.key.key_arn if shared.key else "",
            encrypt_inter_container_traffic=settings.options.encrypt_inter_container_traffic,
        )
        workflow = orchestrator_of(pipeline).create_workflow(self, pipeline, resources, shared)
        backfill = Backfill(
            self, "Backfill", pipeline_name=pipeline.name, stack_name=stack_name, workflow=workflow, lake=shared
        )
        readers = [
            processing.role,
            planner.role,
            registrar.role if registrar else None,
            workflow.role,
            backfill.role,
        ]
        allow_former_keys(readers, settings.options.former_kms, lake_bucket_name)
        users = catalog_users(
            pipeline,
            planner=planner.role,
            registrar=registrar.role if registrar else None,
            machine=workflow.catalog_role,
        )
        allow_encrypted_catalog([role for role, _ in users], settings.options.catalog_kms)
        if settings.options.lake_formation is not None:
            registered_location = settings.options.lake_formation == "location"
            if registered_location:
                allow_data_access(role for role, user in users if user.sees_databases)
            LakeFormationGrants(
                self,
                "LakeFormation",
                users=[*(user for _, user in users), *lake.catalog_users(self, pipeline)],
                made=tables,
                location_arn=tables_location(lake_bucket_name) if registered_location else None,
            )
        topic_arn = notices_arn(settings)
        RunNotices(
            self,
            "Notices",
            pipeline=pipeline,
            code=code,
            workflow=workflow,
            backfill=backfill,
            topic_arn=topic_arn,
            topic_key=shared.key if settings.existing_topic is None else None,
            undelivered_arn=undelivered_queue_arn(settings.prefix),
            key=shared.key,
            command_options=settings.command_options,
            local=settings.local,
        )
        if pipeline.schedule is not None and pipeline.schedule.cron is not None:
            RunSchedule(
                self,
                "Clock",
                name=stack_name,
                schedule=pipeline.schedule,
                pipeline_name=pipeline.name,
                target=workflow.scheduled_target,
                undelivered_arn=undelivered_queue_arn(settings.prefix),
                key=shared.key,
            )
            self._output("ScheduleName", stack_name)
            self._output("ScheduleGroupName", stack_name)
        starter = start_spec(pipeline)
        if starter is not None:
            started = RunStarter(
                self,
                "Starter",
                pipeline=pipeline,
                code=code,
                spec=starter,
                workflow=workflow,
                lake_bucket_name=lake_bucket_name,
                deployment=settings.prefix,
                stack_name=stack_name,
                key=shared.key,
            )
            allow_former_keys([started.role], settings.options.former_kms, lake_bucket_name)
            self._output("StartRunFunctionName", started.function.function_name)
            self._output("ScheduleName", stack_name)
            self._output("ScheduleGroupName", stack_name)
        for name, value in workflow.outputs.items():
            self._output(name, value)
        self._output("BackfillStateMachineArn", backfill.machine_arn)
        self._output("NotificationTopicArn", topic_arn)
        self._output("ProcessingRoleArn", processing.arn)
        self._output("PlanRunFunctionName", planner.function.function_name)
        if registrar:
            self._output("RegisterPartitionsFunctionName", registrar.function.function_name)
        for step in pipeline.steps:
            self._output(f"StepImageUri{_pascal_case(step.name)}", images[step.name].uri)

    def _images(self, pipeline: Pipeline, project: Path) -> dict[str, StepImage]:
        """Create each distinct image of the steps once."""
        made: dict[str, StepImage] = {}
        by_step = {}
        for step in pipeline.steps:
            key = step.image.model_dump_json()
            if key not in made:
                made[key] = StepImage(self, f"Image{len(made) or ''}", image=step.image, project=project)
            by_step[step.name] = made[key]
        return by_step

    def _output(self, name: str, value: Any) -> None:
        cdk.CfnOutput(self, name, value=value)


def _pascal_case(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
