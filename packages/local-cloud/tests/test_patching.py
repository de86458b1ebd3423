"""Replacements of moto's internals match them, or are rejected."""

from __future__ import annotations

import importlib.metadata
import pkgutil
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local_cloud.patching import MotoHasMovedError, add, original_of, replace, replaced_names

if TYPE_CHECKING:
    from local_cloud.server import LocalCloud

PROJECT = Path(__file__).parents[1]
REPLACED = [
    "moto.athena.responses.AthenaResponse.get_data_catalog",
    "moto.athena.responses.AthenaResponse.get_database",
    "moto.athena.responses.AthenaResponse.get_query_execution",
    "moto.athena.responses.AthenaResponse.get_query_results",
    "moto.athena.responses.AthenaResponse.list_data_catalogs",
    "moto.athena.responses.AthenaResponse.list_databases",
    "moto.athena.responses.AthenaResponse.list_query_executions",
    "moto.athena.responses.AthenaResponse.start_query_execution",
    "moto.athena.responses.AthenaResponse.stop_query_execution",
    "moto.awslambda.models.LambdaFunction.__init__",
    "moto.awslambda.models.LambdaFunction._invoke_lambda",
    "moto.awslambda.models.LambdaFunction.get_configuration",
    "moto.awslambda.models.LambdaFunction.update_configuration",
    "moto.cloudformation.models.CloudFormationBackend.create_change_set",
    "moto.cloudformation.models.CloudFormationBackend.create_stack",
    "moto.cloudformation.models.CloudFormationBackend.delete_stack",
    "moto.cloudformation.models.CloudFormationBackend.execute_change_set",
    "moto.cloudformation.models.CloudFormationBackend.update_stack",
    "moto.cloudformation.parsing.ResourceMap.__getitem__",
    "moto.cloudformation.parsing.ResourceMap.resources",
    "moto.cloudformation.parsing.generate_resource_name",
    "moto.cloudformation.parsing.get_model_list",
    "moto.cloudformation.parsing.resource_class_from_type",
    "moto.cloudformation.responses.CloudFormationResponse.delete_change_set",
    "moto.cloudformation.responses.CloudFormationResponse.describe_change_set",
    "moto.events.models.Rule.send_to_targets",
    "moto.s3.models.FakeBucket.get_permission",
    "moto.s3.models.S3Backend.list_objects",
    "moto.sagemaker.models.SageMakerModelBackend.stop_processing_job",
    "moto.sagemaker.models.get_pipeline_from_name",
    "moto.sagemaker.responses.SageMakerResponse.create_pipeline",
    "moto.sagemaker.responses.SageMakerResponse.create_processing_job",
    "moto.sagemaker.responses.SageMakerResponse.start_pipeline_execution",
    "moto.stepfunctions.models.stepfunctions_backends",
    "moto.stepfunctions.parser.asl.component.common.string.string_expression.extract_json",
    "moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.factory.OperatorFactory.get",
    "moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl.CustomErrorName",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_factory.state_task_service_for",
    "moto.stepfunctions.parser.backend.execution.BaseExecutionWorkerCommunication._reflect_execution_status",
    "moto.stepfunctions.parser.backend.execution.Execution.start",
    "moto.stepfunctions.parser.models.StepFunctionsParserBackend.start_execution",
]


class TestReplace:
    def test_another_function_answers_and_the_original_is_kept(self) -> None:
        class Owner:
            def greet(self, whom: str) -> str:
                return f"hello {whom}"

        def first(owner: Owner, whom: str) -> str:
            return f"first {original_of(Owner, 'greet')(owner, whom)}"

        def second(owner: Owner, whom: str) -> str:
            return f"second {original_of(Owner, 'greet')(owner, whom)}"

        replace(Owner, "greet", first)
        assert Owner().greet("you") == "first hello you"
        replace(Owner, "greet", second)
        assert Owner().greet("you") == "second hello you"

    def test_a_missing_name_is_refused(self) -> None:
        class Owner:
            pass

        with pytest.raises(MotoHasMovedError, match=r"has no .*Owner\.greet any more"):
            replace(Owner, "greet", lambda owner: None)
        assert not hasattr(Owner, "greet")

    def test_other_parameters_are_refused(self) -> None:
        class Owner:
            def greet(self, whom: str) -> str:
                return whom

        theirs = Owner.greet

        def renamed(owner: Owner, who: str) -> str:
            return who

        def longer(owner: Owner, whom: str, how: str) -> str:
            return whom + how

        for wrong in (renamed, longer):
            with pytest.raises(MotoHasMovedError, match=r"greet takes \(self, whom\)"):
                replace(Owner, "greet", wrong)
        assert Owner.greet is theirs


class TestAdd:
    def test_what_is_lacking_is_added_and_can_be_added_again(self) -> None:
        class Owner:
            pass

        for _ in range(2):
            add(Owner, "greet", lambda _: "hello")
        assert Owner().greet() == "hello"  # type: ignore[attr-defined]  # it has just been added

    def test_what_moto_has_is_not_overwritten(self) -> None:
        class Owner:
            def greet(self) -> str:
                return "theirs"

        with pytest.raises(MotoHasMovedError, match=r"has a .*Owner\.greet of its own now"):
            add(Owner, "greet", lambda _: "ours")
        assert Owner().greet() == "theirs"


def test_the_installed_moto_is_the_one_that_this_was_written_for(local_cloud_server: LocalCloud) -> None:
    """Review moto's changes of the replaced internals before changing its pinned version."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (pin,) = [line for line in project["dependencies"] if line.startswith("moto")]
    assert re.fullmatch(r"moto\[server\]==[\d.]+", pin)
    to_read = "\n".join(replaced_names())
    assert importlib.metadata.version("moto") == pin.partition("==")[2], f"read moto's changes to:\n{to_read}"


def test_motos_internals_are_replaced_in_the_one_way_that_checks_them(local_cloud_server: LocalCloud) -> None:
    assert set(REPLACED) <= set(replaced_names())
    for name in set(REPLACED) - {"moto.stepfunctions.models.stepfunctions_backends"}:
        owner, _, attribute = name.rpartition(".")
        replacement = getattr(pkgutil.resolve_name(owner), attribute)
        written_in = getattr(replacement, "fget", replacement).__module__
        assert written_in.startswith("local_cloud."), f"{name} is {written_in}'s"
