"""The check of the operations on tags: the resource must exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from collections.abc import Callable


def check_tagged_resources(
    responses: Any, member: str, backend_of: Callable[[Any], Any], refusal: Callable[[str], Exception]
) -> None:
    """Make TagResource, UntagResource and ListTagsForResource refuse the ARN of a resource that does not exist.

    Parameters
    ----------
    responses
        moto's class of the service's responses.
    member
        The member of the request that has the ARN.
    backend_of
        Returns the backend of a request.
    refusal
        Returns the service's error for an ARN.
    """

    def check(response: Any) -> None:
        arn = response._get_param(member)
        if arn not in {resource.arn for resource in backend_of(response).iter_tagged_resources()}:
            raise refusal(arn)

    def checked(operation: str) -> Callable[[Any], Any]:
        def answer(self: Any) -> Any:
            check(self)
            return original_of(responses, operation)(self)

        return answer

    # moto: Athena and Step Functions accept tags of resources that do not exist; not reported yet: AWS answers ResourceNotFoundException, and
    # ResourceNotFound.
    for operation in ("tag_resource", "untag_resource", "list_tags_for_resource"):
        replace(responses, operation, checked(operation))
