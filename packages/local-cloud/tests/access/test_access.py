"""Access to the local cloud is denied for pages of other origins, other host names, and other users of the machine."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from local_cloud.access import role_access_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local_cloud.server import LocalCloud

Aws = Any
SIGNED = (
    "AWS4-HMAC-SHA256 Credential={key}/20260101/ap-northeast-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
)


@pytest.fixture
def send(local_cloud_server: LocalCloud) -> Iterator[Callable[..., tuple[int, dict[str, str], str]]]:
    """Send a request with these headers, by default signed for STS with the owner's key."""
    where = urlsplit(local_cloud_server.endpoint_url)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)

    def request(
        method: str = "POST", path: str = "/", body: str = "Action=GetCallerIdentity&Version=2011-06-15", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        key = local_cloud_server.access_key.access_key_id
        own = {
            "Host": where.netloc,
            "Authorization": SIGNED.format(key=key, service="sts"),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        given = {name.replace("_", "-"): value.replace("PORT", str(where.port)) for name, value in headers.items()}
        merged = {name: value for name, value in {**own, **given}.items() if value}
        connection.request(method, path, body.encode(), merged)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()

    yield request
    connection.close()


def test_the_owner_is_let_in(send: Any) -> None:
    status, headers, body = send()
    assert (status, "GetCallerIdentityResult" in body) == (200, True)
    assert not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:3000",
        "http://127.0.0.1",
        "https://127.0.0.1:PORT",
        "file://",
        "",
    ],
)
def test_a_page_of_another_origin_is_refused_whatever_it_knows(send: Any, origin: str) -> None:
    refused = send(Origin=origin) if origin else send(Sec_Fetch_Site="cross-site")
    preflight = send(
        "OPTIONS", Origin=origin or "https://a.example", Authorization="", Access_Control_Request_Method="POST"
    )
    for status, headers, _ in (refused, preflight):
        assert status == 403
        assert not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_without_an_origin_is_checked_by_its_site(send: Any, site: str) -> None:
    assert send("GET", "/", "", Sec_Fetch_Site=site)[0] == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://127.0.0.1:PORT"}, {"Sec_Fetch_Site": "none"}, {"Sec_Fetch_Site": "same-origin"}]
)
def test_its_own_pages_and_programs_are_let_in(send: Any, headers: dict[str, str]) -> None:
    assert send(**headers)[0] == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:PORT", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:PORT", "0.0.0.0:PORT", "user@localhost:PORT",
     "10.0.0.1:PORT", "evil.example#.localhost:PORT/", "evil.example#.localhost:PORT", "evil.example,a.localhost:PORT", "..localhost:PORT",
     "localhost.:PORT"],
)  # fmt: skip
def test_a_name_that_is_not_this_machine_s_is_refused(send: Any, host: str) -> None:
    status, _, body = send(Host=host)
    assert status in {400, 403}
    assert "GetCallerIdentityResult" not in body


@pytest.mark.parametrize(
    "host", ["localhost:PORT", "LOCALHOST:PORT", "[::1]:PORT", "bucket.localhost:PORT", "a.b.localhost:PORT"]
)
def test_this_machine_s_names_are_taken(send: Any, host: str) -> None:
    assert send(Host=host)[0] == 200


@pytest.mark.parametrize("path", ["/moto-api", "/moto-api/reset", "/moto-api/data.json", "/moto-api/config"])
def test_moto_s_own_switches_are_off(send: Any, path: str) -> None:
    assert send("POST", path)[0] == 404
    assert send("POST", path, Authorization="")[0] == 404


@pytest.mark.parametrize("path", ["health", "requests", "schedules/a/b/fire"])
def test_the_cloud_s_own_routes_need_its_key(send: Any, local_cloud_server: LocalCloud, path: str) -> None:
    assert send("GET", f"/_local/{path}", Authorization="")[0] == 403
    assert send("GET", f"/_local/{path}")[0] == 403, "a signature that nobody checks is not enough"
    assert send("GET", f"/_local/{path}", Authorization=local_cloud_server.access_key.authorization)[0] in {200, 404}


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "foreign"),
    [
        ("s3", "list_buckets", {}, "InvalidAccessKeyId"),
        ("sts", "get_caller_identity", {}, "InvalidClientTokenId"),
        ("glue", "get_databases", {}, "UnrecognizedClientException"),
        ("stepfunctions", "list_state_machines", {}, "UnrecognizedClientException"),
        ("lambda", "list_functions", {}, "UnrecognizedClientException"),
        (
            "iam",
            "create_role",
            {"RoleName": "r", "AssumeRolePolicyDocument": "{}"},
            "InvalidClientTokenId",
        ),
    ],
)
def test_a_foreign_key_is_refused_by_the_service_s_own_error(
    local_cloud_server: LocalCloud,
    service: str,
    operation: str,
    arguments: dict[str, Any],
    foreign: str,
) -> None:
    client: Any = boto3.client(  # type: ignore[call-overload]  # the service's name is not a literal here
        service,
        endpoint_url=local_cloud_server.endpoint_url,
        region_name="ap-northeast-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)(**arguments)
    assert refused.value.response["Error"]["Code"] == foreign


def test_a_request_without_a_signature_is_refused_in_the_form_it_comes_in(send: Any) -> None:
    """An unsigned request is answered as S3, or as STS if it is a form."""
    status, _, body = send(Authorization="")
    assert (status, "<ErrorResponse" in body, "<Code>MissingAuthenticationToken</Code>" in body) == (403, True, True)
    status, _, body = send(Authorization="", Content_Type="")
    assert (status, "<Code>AccessDenied</Code>" in body) == (403, True)


def test_a_presigned_url_opens_what_it_was_made_for(
    aws: Callable[[str], Aws], local_cloud_server: LocalCloud, bucket: str, send: Any
) -> None:
    aws("s3").put_object(Bucket=bucket, Key="k", Body=b"body")
    url = urlsplit(aws("s3").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}))
    path = f"{url.path}?{url.query}"
    assert send("GET", path, "", Authorization="", Content_Type="")[::2] == (200, "body")
    foreign = path.replace(local_cloud_server.access_key.access_key_id, "AKIAIOSFODNN7EXAMPLE")
    assert foreign != path
    assert send("GET", foreign, "", Authorization="", Content_Type="")[0] == 403
    assert send("GET", url.path, "", Authorization="", Content_Type="")[0] == 403


def test_keys_that_the_cloud_issues_are_its_own(
    aws: Callable[[str], Aws], local_cloud_server: LocalCloud, role_arn: str
) -> None:
    issued = aws("sts").assume_role(RoleArn=role_arn, RoleSessionName="session")["Credentials"]
    session = boto3.Session(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"], "ap-northeast-1")
    sts = session.client("sts", endpoint_url=local_cloud_server.endpoint_url)
    assert ":assumed-role/" in sts.get_caller_identity()["Arn"]


def test_a_role_s_key_cannot_be_derived_from_its_name() -> None:
    arn = "arn:aws:iam::123456789012:role/r"
    key = role_access_key(arn)
    assert key == role_access_key(arn)
    assert key.secret_access_key not in {key.access_key_id, "local"}
    assert role_access_key(f"{arn}2").access_key_id != key.access_key_id


def test_a_body_is_asked_for_once(local_cloud_server: LocalCloud, bucket: str) -> None:
    """Java's async client, among others, reads a second ``100 Continue`` as the response."""
    where = urlsplit(local_cloud_server.endpoint_url)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)
    connection.putrequest("PUT", f"/{bucket}/expected", skip_accept_encoding=True)
    for name, value in (
        ("Authorization", SIGNED.format(key=local_cloud_server.access_key.access_key_id, service="s3")),
        ("Content-Length", "4"),
        ("Expect", "100-continue"),
    ):
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.sock is not None
    interim = connection.sock.recv(4096)
    connection.send(b"body")
    connection.sock.settimeout(30)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.sock.recv(4096)
    connection.close()
    assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.startswith(b"HTTP/1.1 200"), "and the answer follows, not a second 100"


def test_the_ready_line_says_what_opens_it(local_cloud_server: LocalCloud) -> None:
    ready = json.loads(local_cloud_server.ready_line())
    assert ready["endpoint"].startswith("http://127.0.0.1:"), "an address, so that SDKs name buckets in the path"
    assert (ready["access_key_id"], len(ready["secret_access_key"])) == (
        local_cloud_server.access_key.access_key_id,
        40,
    )
