"""Change sets: their creation with the list of changes, description and deletion."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult

from local_cloud.cloudformation.stacks.change_detection import without_values
from local_cloud.cloudformation.stacks.deployment import deployment_of
from local_cloud.cloudformation.stacks.resource_import import allow_imports, imported
from local_cloud.cloudformation.templates import ssm_parameters
from local_cloud.cloudformation.templates.checks import check_stack_name, check_template, parse_template
from local_cloud.cloudformation.templates.parameters import check_parameters
from local_cloud.cloudformation.templates.requests import check_given_template
from local_cloud.cloudformation.templates.rules import check_rules
from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from moto.cloudformation.models import Stack

_UPDATABLE = ("Resources", "Outputs")
_NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


def install() -> None:
    """Replace moto's operations on change sets."""
    # moto: CloudFormation's CreateChangeSet does not check templates, parameters and rules, lists changes without properties, and only fails
    # for an identical template; https://github.com/getmoto/moto/issues/4923 (closed; it covers the identical template)
    replace(CloudFormationBackend, "create_change_set", _create_change_set)
    replace(CloudFormationResponse, "describe_change_set", _describe_change_set)
    replace(ChangeSet, "diff", lambda _change_set: [])
    # moto: CloudFormation's CreateChangeSet resolves UsePreviousValue of an SSM parameter to its value; not reported yet: AWS keeps the
    # previous input, which is the name of the SSM parameter.
    replace(CloudFormationResponse, "create_change_set", _keep_given_parameters)
    # moto: CloudFormation finds a change set by its name in any stack; not reported yet: names of change sets are unique in a stack, so
    # StackName must be respected.
    replace(CloudFormationResponse, "delete_change_set", _delete_change_set)
    # moto: CloudFormation's GetTemplateSummary returns Metadata as an object; not reported yet: the API defines it as a string of JSON.
    replace(CloudFormationResponse, "get_template_summary", _get_template_summary)


def _keep_given_parameters(response: CloudFormationResponse) -> ActionResult:
    """Create a change set. UsePreviousValue repeats the value given before, or the default if none was given.

    The given value of a parameter that is read from Systems Manager is the name to read.
    """
    request: dict[str, Any] = response.params
    check_given_template(response)
    # The default:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
    request.setdefault("ChangeSetType", "UPDATE")
    if request["ChangeSetType"] == "UPDATE":
        given = response.cloudformation_backend.get_stack(request["StackName"]).parameters
        request["Parameters"] = [
            {"ParameterKey": entry["ParameterKey"], "ParameterValue": given[entry["ParameterKey"]]}
            if entry.get("UsePreviousValue")
            else entry
            for entry in request.get("Parameters", [])
            if not entry.get("UsePreviousValue") or entry["ParameterKey"] in given
        ]
    elif previous := [
        entry["ParameterKey"] for entry in request.get("Parameters", []) if entry.get("UsePreviousValue")
    ]:
        raise ValidationError(
            message=f"Invalid input for parameter key {previous[0]}. Cannot specify usePreviousValue as true for a parameter "
            "key not in the previous template"
        )
    answer: ActionResult = original_of(CloudFormationResponse, "create_change_set")(response)
    if str(request.get("ImportExistingResources", "false")).lower() == "true":
        backend = response.cloudformation_backend
        allow_imports(backend, find_change_set(backend, request["ChangeSetName"], request["StackName"]))
    return answer


def _create_change_set(
    backend: CloudFormationBackend,
    stack_name: str,
    change_set_name: str,
    template: str,
    parameters: dict[str, str],
    description: str,
    change_set_type: str,
    notification_arns: list[str] | None = None,
    tags: dict[str, str] | None = None,
    role_arn: str | None = None,
) -> tuple[str, str]:
    if change_set_type == "CREATE":
        check_stack_name(stack_name)
        for stack in [stack for stack in backend.stacks.values() if stack.name == stack_name]:
            if stack.status != "REVIEW_IN_PROGRESS":
                raise ValidationError(
                    message=f"Stack [{stack_name}] already exists and cannot be created again with the changeSet [{change_set_name}]."
                )
            # The change set of a stack that was never created is replaced.
            del backend.stacks[stack.stack_id]
    parsed = parse_template(template)
    check_template(parsed)
    check_parameters(parsed, parameters)
    check_rules(parsed, ssm_parameters.resolved(parsed, parameters, backend.region_name))
    ids: tuple[str, str] = original_of(CloudFormationBackend, "create_change_set")(
        backend,
        stack_name,
        change_set_name,
        template,
        parameters,
        description,
        change_set_type,
        notification_arns,
        tags,
        role_arn,
    )
    change_set = backend.change_sets[ids[0]]
    stack = backend.stacks[change_set.stack_id]
    try:
        stack.resource_map.cross_stack_resources = backend.exports
        found: list[Any] = deployment_of(stack).changes(change_set.template_dict, change_set.parameters)
        change_set.changes = found
    except ValidationError:
        del backend.change_sets[ids[0]]
        if change_set_type == "CREATE":
            del backend.stacks[change_set.stack_id]
        raise
    if change_set_type == "UPDATE":
        _set_outcome(change_set, stack)
    return ids


def _set_outcome(change_set: ChangeSet, stack: Stack) -> None:
    """Set the status of a change set, which fails if it changes nothing.

    A stack's description, metadata, mappings and conditions cannot be updated alone:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/metadata-section-structure.html
    """
    changed = (
        change_set.changes
        or not stack.has_parameters(change_set.parameters)
        or ssm_parameters.have_changed(stack)
        or (change_set.tags and change_set.tags != stack.tags)
        or any(_section(change_set.template_dict, name) != _section(stack.template_dict, name) for name in _UPDATABLE)
    )
    if changed:
        change_set.status, change_set.execution_status, change_set.status_reason = "CREATE_COMPLETE", "AVAILABLE", None
    else:
        change_set.status, change_set.execution_status = "FAILED", "UNAVAILABLE"
        change_set.status_reason = _NO_CHANGES


def _section(template: dict[str, Any], name: str) -> Any:
    return template.get(name) or {}


def find_change_set(backend: CloudFormationBackend, name_or_id: str, stack_name: str | None) -> ChangeSet:
    """Return a change set, whose name is unique in its stack only."""
    for change_set in reversed(list(backend.change_sets.values())):
        mine = stack_name in {None, change_set.stack_name, change_set.stack_id}
        if name_or_id == change_set.change_set_id or (mine and name_or_id == change_set.change_set_name):
            return change_set
    raise ChangeSetNotFoundError(f"ChangeSet [{name_or_id}] does not exist")


class ChangeSetNotFoundError(ValidationError):
    """The error for a change set that does not exist."""

    code = "ChangeSetNotFoundException"

    def __init__(self, message: str) -> None:
        super().__init__(message=message)


def _describe_change_set(response: CloudFormationResponse) -> ActionResult:
    backend = response.cloudformation_backend
    change_set = find_change_set(backend, response._get_param("ChangeSetName"), response._get_param("StackName"))
    described = copy.copy(change_set)
    for change in vars(change_set)["changes"]:
        if physical_id := imported(change_set).get(change["LogicalResourceId"]):
            change |= {"Action": "Import", "PhysicalResourceId": physical_id}
    if not response._get_bool_param("IncludePropertyValues", False):
        plain: list[Any] = [without_values(change) for change in vars(change_set)["changes"]]
        described.changes = plain
    return ActionResult(described)


def _get_template_summary(response: CloudFormationResponse) -> ActionResult:
    """Return the summary with the template's metadata as a string, as AWS does."""
    if "StackName" not in response.params:
        check_given_template(response)
    answer: ActionResult = original_of(CloudFormationResponse, "get_template_summary")(response)
    summary: Any = answer.result
    if "Metadata" in summary:
        summary["Metadata"] = json.dumps(summary["Metadata"])
    return answer


def _delete_change_set(response: CloudFormationResponse) -> EmptyResult:
    backend = response.cloudformation_backend
    try:
        change_set = find_change_set(backend, response._get_param("ChangeSetName"), response._get_param("StackName"))
    except ChangeSetNotFoundError:
        return EmptyResult()
    del backend.change_sets[change_set.change_set_id]
    return EmptyResult()
