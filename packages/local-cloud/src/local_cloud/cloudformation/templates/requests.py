"""Requests with a template: the check of its size, ValidateTemplate, and templates behind URLs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import moto.cloudformation.models as models
import moto.cloudformation.responses as responses
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import ChangeSet, Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult
from moto.s3.exceptions import S3ClientError
from moto.s3.models import s3_backends

from local_cloud.cloudformation.templates.checks import check_size, check_template, parse_template, read_template
from local_cloud.patching import original_of, replace
from local_cloud.settings import endpoint_url

# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, Capabilities
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
    """Replace moto's operations; CreateChangeSet is in ``change_sets``."""
    # extension: a project's templates are JSON, and moto reads all of them as YAML.
    replace(Stack, "parse_template", staticmethod(read_template))
    replace(ChangeSet, "_parse_template", _parse_template)
    # moto: CloudFormation accepts templates of any size; not reported yet: the limits are 51,200 bytes in a request, and 1 MB in S3.
    replace(CloudFormationResponse, "create_stack", _create_stack)
    replace(CloudFormationResponse, "update_stack", _update_stack)
    # moto: CloudFormation's ValidateTemplate only parses the template; not reported yet: AWS also checks its references, and returns the
    # parameters' defaults and the required capabilities.
    replace(CloudFormationResponse, "validate_template", _validate_template)
    # moto: CloudFormation's TemplateURL may have the bucket in its path only for the host localhost, and an error of S3 is the answer; not
    # reported yet: path-style URLs are valid for any endpoint, such as 127.0.0.1, and the answer is a ValidationError.
    for user in (models, responses):
        replace(user, "get_stack_from_s3_url", _template_behind)


def _parse_template(change_set: ChangeSet) -> None:
    change_set.template_dict = read_template(change_set.template)


def check_given_template(response: CloudFormationResponse) -> None:
    """Check the size of a template in the request; one behind a URL is checked when it is read."""
    request: dict[str, Any] = response.params
    if not request.get("TemplateURL") and not response._get_bool_param("UsePreviousTemplate", False):
        check_size(request.get("TemplateBody"), by_url=False)


def _template_behind(template_url: str, account_id: str, partition: str) -> str:
    """Return the template at a URL of an object in S3: with the bucket in the path, or in the name of the host."""
    try:
        url = urlsplit(template_url)
        host, path = url.hostname or "", unquote(url.path).removeprefix("/")
        has_bucket_in_path = (
            url.netloc == urlsplit(endpoint_url()).netloc or host == "localhost" or host.startswith("s3")
        )
        bucket, key = path.split("/", 1) if has_bucket_in_path else (host.split(".")[0], path)
        template = s3_backends[account_id][partition].get_object(bucket, key)
        if template is None:
            raise ValidationError(message="S3 error: The specified key does not exist.")
        text = template.value.decode()
    except S3ClientError as error:
        raise ValidationError(message=f"S3 error: {error.message}") from error
    except UnicodeDecodeError as error:
        raise ValidationError(message=f"Template format error: {error}") from error
    except ValueError as error:
        raise ValidationError(message="TemplateURL must be a supported URL.") from error
    check_size(text, by_url=True)
    return text


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
