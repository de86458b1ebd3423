"""Random requests with odd values and broken bodies are answered in the service's protocol, and never fail in the cloud."""

from __future__ import annotations

import resource
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.odd_values import corrupted, mutated
from cloud_under_test.operation_input import operation_input
from local_cloud.request_validation import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable

Client = Any
_REQUESTS = 75
_TYPES = ("", "text/xml", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
# Another account, so that no other test sees what these requests create and change.
_ACCOUNT = "777777777777"
_MOST_KIBIBYTES = 512 * 1024


@pytest.mark.parametrize("service", sorted({*SERVICES.values(), "s3"}))
def test_random_requests_are_answered_or_refused(unchecked: Callable[[str], Client], service: str) -> None:
    random = Random(service)  # noqa: S311 - the same requests at each run
    client, sent = unchecked(service), [0]
    client.meta.events.register("before-send", lambda request, **_: _change(request, random, sent))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    faults = []
    for method in random.choices(sorted(client.meta.method_to_api_mapping), k=_REQUESTS):
        operation = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])
        share = random.choice((0.02, 0.1, 0.3))
        parameters = operation_input(operation, optional=random.random() < 0.6)
        parameters = {name: mutated(value, random, share) for name, value in parameters.items()}
        if fault := _fault(client, method, parameters, sent):
            faults.append((method, parameters, fault))
    assert faults == []
    assert sent[0] > _REQUESTS / 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < _MOST_KIBIBYTES


def _change(request: Any, random: Random, sent: list[int]) -> None:
    sent[0] += 1
    request.headers["x-moto-account-id"] = _ACCOUNT
    if isinstance(request.body, bytes):
        request.body = corrupted(request.body, random)
        request.headers["Content-Length"] = str(len(request.body))
    if random.random() < 0.1:
        request.headers["Content-Type"] = random.choice(_TYPES)


def _fault(client: Client, method: str, parameters: dict[str, Any], sent: list[int]) -> str | None:
    """Send a request, and return the fault in its response, or None."""
    before = sent[0]
    try:
        getattr(client, method)(**parameters)
    except ClientError as refused:
        answer = refused.response["ResponseMetadata"]
        is_page = "html" in answer["HTTPHeaders"].get("content-type", "") and not method.startswith("head_")
        return str(refused) if answer["HTTPStatusCode"] == 500 or is_page else None
    except Exception as error:  # noqa: BLE001 - botocore cannot write each of these requests, but can read each answer
        return repr(error) if sent[0] > before else None
    return None
