"""The operations on stacks; CreateStack, UpdateStack and ExecuteChangeSet share one deployment."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from moto.cloudformation.exceptions import AlreadyExistsException, ValidationError
from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.cloudformation.parsing import ResourceMap
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

from local_cloud.cloudformation.stacks.change_sets import find_change_set
from local_cloud.cloudformation.stacks.deployment import ResourceFailedError, StackDeployment, deployment_of
from local_cloud.cloudformation.stacks.exports import publish_exports, refuse_deletion, remove_exports
from local_cloud.cloudformation.stacks.resource_import import imported
from local_cloud.cloudformation.templates import ssm_parameters
from local_cloud.patching import add, replace

if TYPE_CHECKING:
    from moto.cloudformation.parsing import Export

_LOG = logging.getLogger(__name__)


def install() -> None:
    """Replace moto's operations on stacks."""
    # moto: CloudFormation deploys resources in the order of the template, does not roll back, and ignores deletion policies and uses of
    # exports; https://github.com/getmoto/moto/issues/2845 (closed; DependsOn), https://github.com/getmoto/moto/pull/8827 (the order of
    # removals)
    replace(CloudFormationBackend, "create_stack", _create_stack)
    replace(CloudFormationBackend, "update_stack", _update_stack)
    replace(CloudFormationBackend, "delete_stack", _delete_stack)
    replace(CloudFormationBackend, "execute_change_set", _execute_change_set)
    # moto: CloudFormation's UpdateTerminationProtection is missing; not reported yet: the operation sets EnableTerminationProtection of a
    # stack.
    add(CloudFormationResponse, "update_termination_protection", _update_termination_protection)
    # moto: CloudFormation creates a resource when it is looked up, even by a description of the stack; not reported yet: only the deployment of
    # a stack creates resources.
    replace(ResourceMap, "__getitem__", _created)
    replace(ResourceMap, "resources", property(_created_resources))
    # moto: CloudFormation's DescribeStacks returns the value of a list parameter as Python's list; not reported yet: AWS returns its entries,
    # separated by commas.
    replace(Stack, "parameter_list", property(_parameters))


def _created(resources: ResourceMap, key: str) -> Any:
    if key in resources._parsed_resources:
        return resources._parsed_resources[key]
    if key in resources._resource_json_map:
        return None  # its condition is false
    raise KeyError(key)


def _created_resources(resources: ResourceMap) -> list[str]:
    return [key for key in resources._resource_json_map if key in resources._parsed_resources]


def _parameters(stack: Stack) -> list[dict[str, str]]:
    hidden = stack.resource_map.no_echo_parameter_keys
    return [
        {
            "ParameterKey": key,
            "ParameterValue": "****" if key in hidden else ",".join(value) if isinstance(value, list) else value,
        }
        for key, value in stack.resource_map.resolved_parameters.items()
    ]


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
    # moto: CloudFormation's UpdateStack fails for UsePreviousValue of a parameter that has its default value; not reported yet: AWS keeps the
    # default value.
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


def _execute_change_set(backend: CloudFormationBackend, change_set_name: str, stack_name: str | None = None) -> None:
    change_set = find_change_set(backend, change_set_name, stack_name)
    stack = backend.stacks[change_set.stack_id]
    kind = change_set.change_set_type
    deployment = deployment_of(stack)
    template = ssm_parameters.pinned(stack.template_dict, stack.resource_map.resolved_parameters)
    before = template, dict(stack.resource_map.input_parameters)
    earlier = stack.template_dict
    stack.resource_map.cross_stack_resources = backend.exports
    stack._add_stack_event(f"{kind}_IN_PROGRESS", resource_status_reason="User Initiated")
    try:
        deployment.apply(change_set.template_dict, change_set.parameters, imported(change_set))
        # Before resources are deleted: a change of an export in use rolls back the update.
        stack.template_dict = change_set.template_dict
        _set_outputs(stack)
        publish_exports(backend, stack)
        deployment.clean_up()
    except Exception as error:  # noqa: BLE001 - clients would wait forever for a stack that stays IN_PROGRESS
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
    """Return the reason of a failed deployment; unexpected errors are also logged."""
    if isinstance(error, ResourceFailedError | ValidationError):
        return str(error)
    _LOG.error("a deployment failed", exc_info=error)
    return f"InternalFailure: {type(error).__name__}: {error}"


def _set_template(stack: Stack, template: str, parsed: dict[str, Any]) -> None:
    stack.template, stack.template_dict, stack.description = template, parsed, parsed.get("Description")
    _set_outputs(stack)


def _set_outputs(stack: Stack) -> None:
    """Compute the outputs once: a deleted stack keeps the outputs of resources that do not exist any more."""
    stack.output_map = stack._create_output_map()
    computed = _Outputs(stack.output_map)
    computed.exports = stack.output_map.exports
    stack.output_map = computed  # type: ignore[assignment]  # it has what moto's responses use


class _Outputs(dict[str, Any]):
    exports: list[Export]


def _set_status(stack: Stack, status: str, reason: str | None = None) -> None:
    stack.status = status
    # moto's response includes this attribute if it is set.
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
        # AWS does not change the status either: https://github.com/aws/aws-cdk/issues/604
        _set_status(stack, stack.status, error.message)
        return
    try:
        deployment_of(stack).delete()
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
