"""Requests that bring a template: its size is checked before it is read, and ValidateTemplate reports what is in it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html
"""

from __future__ import annotations

from typing import Any

from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

from local_cloud.cloudformation.template_check import check_size, check_template, parse_template
from local_cloud.patching import original_of, replace

# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, at Capabilities
_NAMES_IN_IAM = {
    "AWS::IAM::AccessKey": "",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": "",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": "",
}


def install() -> None:
    """Hook into the calls; a change set's is in ``change_sets``."""
    replace(CloudFormationResponse, "create_stack", _create_stack)
    replace(CloudFormationResponse, "update_stack", _update_stack)
    replace(CloudFormationResponse, "validate_template", _validate_template)


def check_given_template(response: CloudFormationResponse) -> None:
    """Refuse a template in the request that is missing or too large; one behind a URL is checked when it is read."""
    request: dict[str, Any] = response.params
    if not request.get("TemplateURL") and not response._get_bool_param("UsePreviousTemplate", False):
        check_size(request.get("TemplateBody"), by_url=False)


def _create_stack(response: CloudFormationResponse) -> Any:
    check_given_template(response)
    return original_of(CloudFormationResponse, "create_stack")(response)


def _update_stack(response: CloudFormationResponse) -> Any:
    check_given_template(response)
    return original_of(CloudFormationResponse, "update_stack")(response)


def _validate_template(response: CloudFormationResponse) -> ActionResult:
    check_given_template(response)
    request: dict[str, Any] = response.params
    url = request.get("TemplateURL")
    template = parse_template(response._get_stack_from_s3_url(url) if url else request["TemplateBody"])
    check_template(template)
    return ActionResult(
        {
            "Description": template.get("Description"),
            "Parameters": [_parameter(name, one) for name, one in (template.get("Parameters") or {}).items()],
            **_capabilities(template["Resources"]),
        }
    )


def _parameter(name: str, parameter: dict[str, Any]) -> dict[str, Any]:
    return {
        "ParameterKey": name,
        "DefaultValue": parameter.get("Default"),
        "NoEcho": str(parameter.get("NoEcho", False)).lower() == "true",
        "Description": parameter.get("Description"),
    }


def _capabilities(resources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    needing = [one for one in resources.values() if one["Type"] in _NAMES_IN_IAM]
    if not needing:
        return {}
    named = any(_NAMES_IN_IAM[one["Type"]] in (one.get("Properties") or {}) for one in needing)
    types = sorted({one["Type"] for one in needing})
    return {
        "Capabilities": ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"],
        "CapabilitiesReason": f"The following resource(s) require capabilities: [{', '.join(types)}]",
    }
