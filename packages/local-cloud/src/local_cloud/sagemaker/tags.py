"""Tags of SageMaker resources.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.responses import SageMakerResponse

from local_cloud.patching import replace
from local_cloud.sagemaker.pages import sagemaker_page


def keep_tags() -> None:
    """Replace moto's operations on tags."""
    # moto: SageMaker's AddTags duplicates an existing key, and operations on tags fail with an internal error for an unknown name; not reported
    # yet: AddTags overwrites the value, and an unknown resource is a ValidationException.
    replace(SageMakerResponse, "add_tags", _add_tags)
    replace(SageMakerResponse, "list_tags", _list_tags)
    replace(SageMakerResponse, "delete_tags", _delete_tags)


def _add_tags(self: SageMakerResponse) -> ActionResult:
    request: dict[str, Any] = json.loads(self.body)
    resource = _resource(self, request["ResourceArn"])
    kept = {tag["Key"]: tag for tag in [*(resource.tags or []), *request["Tags"]]}
    resource.tags = list(kept.values())
    return ActionResult({"Tags": resource.tags})


def _list_tags(self: SageMakerResponse) -> ActionResult:
    request: dict[str, Any] = json.loads(self.body)
    return ActionResult(sagemaker_page("Tags", _resource(self, request["ResourceArn"]).tags or [], request))


def _delete_tags(self: SageMakerResponse) -> ActionResult:
    request: dict[str, Any] = json.loads(self.body)
    resource = _resource(self, request["ResourceArn"])
    resource.tags = [tag for tag in resource.tags or [] if tag["Key"] not in request["TagKeys"]]
    return ActionResult({})


def _resource(response: SageMakerResponse, arn: str) -> Any:
    missing = ValidationError(message=f"Could not find the resource {arn}")
    try:
        found = response.sagemaker_backend._get_resource_from_arn(arn)
    except (
        AttributeError,
        IndexError,
        ValueError,
    ):  # moto's errors for an unknown type of resource or an ARN without a name
        raise missing from None
    if found is None:
        raise missing
    return found
