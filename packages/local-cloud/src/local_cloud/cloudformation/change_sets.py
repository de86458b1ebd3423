"""Change sets and stacks: one way to deploy, for ``ExecuteChangeSet``, ``CreateStack`` and ``UpdateStack`` alike."""

from __future__ import annotations

import copy
import json
import logging
from typing import Any
from weakref import WeakKeyDictionary

from moto.cloudformation.exceptions import AlreadyExistsException, ValidationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack
from moto.cloudformation.parsing import Export, ResourceMap
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult

from local_cloud.cloudformation import ssm_parameters
from local_cloud.cloudformation.change_detection import without_values
from local_cloud.cloudformation.exports import publish_exports, refuse_deletion, remove_exports
from local_cloud.cloudformation.parameter_check import check_parameters
from local_cloud.cloudformation.resource_import import allow_imports, imported
from local_cloud.cloudformation.stack_deployment import ResourceFailedError, StackDeployment
from local_cloud.cloudformation.template_check import check_stack_name, check_template, parse_template
from local_cloud.cloudformation.template_requests import check_given_template
from local_cloud.cloudformation.template_rules import check_rules
from local_cloud.patching import add, original_of, replace

_LOG = logging.getLogger(__name__)
_UPDATABLE = ("Resources", "Outputs")
_NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
_deployments: WeakKeyDictionary[Stack, StackDeployment] = WeakKeyDictionary()


def install() -> None:
    """Put this way of deploying in the place of moto's, which rolls nothing back and keeps no order."""
    replace(CloudFormationBackend, "create_stack", _create_stack)
    replace(CloudFormationBackend, "update_stack", _update_stack)
    replace(CloudFormationBackend, "delete_stack", _delete_stack)
    replace(CloudFormationBackend, "create_change_set", _create_change_set)
    replace(CloudFormationBackend, "execute_change_set", _execute_change_set)
    replace(CloudFormationResponse, "create_change_set", _keep_what_was_given)
    replace(CloudFormationResponse, "describe_change_set", _describe_change_set)
    replace(CloudFormationResponse, "delete_change_set", _delete_change_set)
    replace(CloudFormationResponse, "get_template_summary", _get_template_summary)
    add(CloudFormationResponse, "update_termination_protection", _update_termination_protection)
    # Computed below, where the stack's resources are known.
    replace(ChangeSet, "diff", lambda _change_set: [])
    # moto would make what is not there yet whenever somebody looks at it.
    replace(ResourceMap, "__getitem__", _made)
    replace(ResourceMap, "resources", property(_made_resources))


def _made(resources: ResourceMap, key: str) -> Any:
    if key in resources._parsed_resources:
        return resources._parsed_resources[key]
    if key in resources._resource_json_map:
        return None  # its condition is false
    raise KeyError(key)


def _made_resources(resources: ResourceMap) -> list[str]:
    return [key for key in resources._resource_json_map if key in resources._parsed_resources]


def _create_stack(
    backend: CloudFormationBackend,
    name: str,
    template: str,
    parameters: dict[str, Any],
    notification_arns: list[str] | None = None,
    tags: dict[str, str] | None = None,
    role_arn: str | None = None,
    enable_termination_protection: bool | None = False,
    timeout_in_mins: int | None = None,
    stack_policy_body: str | None = None,
) -> Stack:
    if any(stack.name == name for stack in backend.stacks.values()):
        raise AlreadyExistsException(f"Stack [{name}] already exists")
    change_set_id, stack_id = backend.create_change_set(
        name, "create-stack", template, parameters, "", "CREATE", notification_arns, tags, role_arn
    )
    stack = backend.stacks[stack_id]
    stack.enable_termination_protection = bool(enable_termination_protection)
    stack.timeout_in_minutes, stack.policy = timeout_in_mins, stack_policy_body or ""
    backend.execute_change_set(change_set_id)
    backend.delete_change_set(change_set_id)
    return stack


def _update_stack(
    backend: CloudFormationBackend,
    name: str,
    template: str,
    role_arn: str | None,
    parameters: list[dict[str, Any]],
    tags: dict[str, str] | None,
) -> Stack:
    stack = backend.get_stack(name)
    # moto keeps what was given, and no defaults: one that is to stay as it is has no previous value to be found.
    given = [entry for entry in parameters if "ParameterValue" in entry or entry["ParameterKey"] in stack.parameters]
    resolved = backend._resolve_update_parameters(instance=stack, incoming_params=given)
    change_set_id, _ = backend.create_change_set(
        stack.name, "update-stack", template, resolved, "", "UPDATE", None, tags, role_arn
    )
    unchanged = backend.change_sets[change_set_id].status == "FAILED"
    if not unchanged:
        backend.execute_change_set(change_set_id)
    backend.delete_change_set(change_set_id)
    if unchanged:
        raise ValidationError(message="No updates are to be performed.")
    return stack


def _keep_what_was_given(response: CloudFormationResponse) -> ActionResult:
    """Let UsePreviousValue mean what was given before, and the default where nothing was.

    moto would take the value that the parameter had come to: of one that is read from SSM, what it reads there and not its name.
    """
    request: dict[str, Any] = response.params
    check_given_template(response)
    # Of an existing stack, unless the request says otherwise:
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
    answer: ActionResult = original_of(CloudFormationResponse, "create_change_set")(response)
    if str(request.get("ImportExistingResources", "false")).lower() == "true":
        backend = response.cloudformation_backend
        allow_imports(backend, _find(backend, request["ChangeSetName"], request["StackName"]))
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
            # A stack that never got beyond its first change set: the new one takes its place.
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
        found: list[Any] = _deployment_of(stack).changes(change_set.template_dict, change_set.parameters)
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
    """Fail a change set that changes nothing; moto fails none whose template differs in anything.

    A stack's description, its metadata, mappings and conditions cannot be updated by themselves:
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


def _deployment_of(stack: Stack) -> StackDeployment:
    return _deployments.setdefault(stack, StackDeployment(stack))


def _execute_change_set(backend: CloudFormationBackend, change_set_name: str, stack_name: str | None = None) -> None:
    change_set = _find(backend, change_set_name, stack_name)
    stack = backend.stacks[change_set.stack_id]
    kind = change_set.change_set_type
    deployment = _deployment_of(stack)
    template = ssm_parameters.pinned(stack.template_dict, stack.resource_map.resolved_parameters)
    before = template, dict(stack.resource_map.input_parameters)
    earlier = stack.template_dict
    stack.resource_map.cross_stack_resources = backend.exports
    stack._add_stack_event(f"{kind}_IN_PROGRESS", resource_status_reason="User Initiated")
    try:
        deployment.apply(change_set.template_dict, change_set.parameters, imported(change_set))
        # Before anything is removed: an export in use undoes the update.
        stack.template_dict = change_set.template_dict
        stack.output_map = stack._create_output_map()
        publish_exports(backend, stack)
        deployment.clean_up()
    except Exception as error:  # noqa: BLE001 - whatever it is: a stack that stays IN_PROGRESS would be waited for forever
        change_set.execution_status = "EXECUTE_FAILED"
        _roll_back(stack, deployment, kind, before, _reason(error))
        stack.template_dict = earlier
        return
    _set_template(stack, change_set.template, change_set.template_dict)
    stack.parameters = change_set.parameters
    stack.tags = change_set.tags or stack.tags
    change_set.execution_status = "EXECUTE_COMPLETE"
    _set_status(stack, f"{kind}_COMPLETE")


def _roll_back(
    stack: Stack, deployment: StackDeployment, kind: str, before: tuple[dict[str, Any], dict[str, str]], reason: str
) -> None:
    word = "ROLLBACK" if kind == "CREATE" else "UPDATE_ROLLBACK"
    stack._add_stack_event(f"{word}_IN_PROGRESS", resource_status_reason=reason)
    try:
        deployment.roll_back(*before)
    except Exception as error:  # noqa: BLE001 - the same
        _set_status(stack, f"{word}_FAILED", _reason(error))
        return
    stack.template_dict = before[0]
    _set_outputs(stack)
    _set_status(stack, f"{word}_COMPLETE")


def _reason(error: Exception) -> str:
    """Return why a deployment failed; what no resource has failed with is in the cloud's log, too."""
    if isinstance(error, ResourceFailedError | ValidationError):
        return str(error)
    _LOG.error("a deployment failed", exc_info=error)
    return f"InternalFailure: {type(error).__name__}: {error}"


def _set_template(stack: Stack, template: str, parsed: dict[str, Any]) -> None:
    stack.template, stack.template_dict, stack.description = template, parsed, parsed.get("Description")
    _set_outputs(stack)


def _set_outputs(stack: Stack) -> None:
    """Compute the outputs, once for each deployment; a deleted stack keeps its last ones, whose resources are gone."""
    stack.output_map = stack._create_output_map()
    computed = _Outputs(stack.output_map)
    computed.exports = stack.output_map.exports
    stack.output_map = computed  # type: ignore[assignment]  # as much of moto's class as its answers use


class _Outputs(dict[str, Any]):
    exports: list[Export]


def _set_status(stack: Stack, status: str, reason: str | None = None) -> None:
    stack.status = status
    # Not an attribute of moto's own, but one that its answer would show.
    vars(stack)["stack_status_reason"] = reason
    stack._add_stack_event(status, resource_status_reason=reason)


def _delete_stack(backend: CloudFormationBackend, name_or_stack_id: str) -> None:
    for stack in list(backend.stacks.values()):
        if name_or_stack_id in {stack.name, stack.stack_id}:
            break
    else:
        return
    if stack.enable_termination_protection:
        raise ValidationError(message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    stack._add_stack_event("DELETE_IN_PROGRESS", resource_status_reason="User Initiated")
    try:
        refuse_deletion(backend, stack)
    except ValidationError as error:
        # AWS leaves the status as it was, too: https://github.com/aws/aws-cdk/issues/604
        _set_status(stack, stack.status, error.message)
        return
    try:
        if stack in _deployments:
            _deployments[stack].delete()
    except Exception as error:  # noqa: BLE001 - the same
        _set_status(stack, "DELETE_FAILED", _reason(error))
        return
    remove_exports(backend, stack)
    backend.deleted_stacks[stack.stack_id] = backend.stacks.pop(stack.stack_id)
    _set_status(stack, "DELETE_COMPLETE")


def _update_termination_protection(response: CloudFormationResponse) -> ActionResult:
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    stack.enable_termination_protection = response._get_bool_param("EnableTerminationProtection", False)
    return ActionResult({"StackId": stack.stack_id})


def _find(backend: CloudFormationBackend, name_or_id: str, stack_name: str | None) -> ChangeSet:
    """Find a change set; moto forgets that each stack has its own names for them."""
    for change_set in reversed(list(backend.change_sets.values())):
        mine = stack_name in {None, change_set.stack_name, change_set.stack_id}
        if name_or_id == change_set.change_set_id or (mine and name_or_id == change_set.change_set_name):
            return change_set
    raise ChangeSetNotFoundError(f"ChangeSet [{name_or_id}] does not exist")


class ChangeSetNotFoundError(ValidationError):
    """The error of AWS for a change set that is not there."""

    code = "ChangeSetNotFoundException"

    def __init__(self, message: str) -> None:
        super().__init__(message=message)


def _describe_change_set(response: CloudFormationResponse) -> ActionResult:
    backend = response.cloudformation_backend
    change_set = _find(backend, response._get_param("ChangeSetName"), response._get_param("StackName"))
    described = copy.copy(change_set)
    for change in vars(change_set)["changes"]:
        if physical_id := imported(change_set).get(change["LogicalResourceId"]):
            change |= {"Action": "Import", "PhysicalResourceId": physical_id}
    if not response._get_bool_param("IncludePropertyValues", False):
        plain: list[Any] = [without_values(change) for change in vars(change_set)["changes"]]
        described.changes = plain
    return ActionResult(described)


def _get_template_summary(response: CloudFormationResponse) -> ActionResult:
    """Write the template's metadata as a string, which is what AWS answers."""
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
        change_set = _find(backend, response._get_param("ChangeSetName"), response._get_param("StackName"))
    except ChangeSetNotFoundError:
        return EmptyResult()
    del backend.change_sets[change_set.change_set_id]
    return EmptyResult()
