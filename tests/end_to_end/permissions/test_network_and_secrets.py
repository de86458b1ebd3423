"""Tests of deployments by the CDK CLI: a pipeline in a VPC whose script reads a secret, and one without a network."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.extras import needs_namespaces
from tests.end_to_end.cdk_user import CdkUser, bootstrapped
from tests.end_to_end.deployment import PROJECTS
from tests.synthesized.hostile_text import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("network_and_secrets"),
    needs_namespaces,
]

SPEC, SCRIPT = "pipelines/word_count.yaml", "code/count_words.py"
NETWORK = "network: {subnets: [subnet-0123456789abcdef0], security_groups: [sg-0123456789abcdef0]}\n"
# Both end in the job's exit message, where a test can read it; without an SDK, the script sends unsigned requests.
READ_SECRET = """
import json, os, pathlib, urllib.request
request = urllib.request.Request(
    os.environ["AWS_ENDPOINT_URL"],
    data=json.dumps({"SecretId": os.environ["WAREHOUSE"]}).encode(),
    headers={
        "X-Amz-Target": "secretsmanager.GetSecretValue",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/20261120/ap-northeast-1/secretsmanager/aws4_request, "
        "SignedHeaders=host, Signature=none",
    },
)
value = json.load(urllib.request.urlopen(request))["SecretString"]
pathlib.Path("/opt/ml/output/message").write_text(json.dumps({"value": value, "literal": os.environ["LITERAL"]}))
"""
CONNECT = """
import json, os, pathlib, socket
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=20)
    found = "connected"
except OSError:
    found = "no network"
names = sorted(name for name in os.environ if name.startswith("AWS_"))
pathlib.Path("/opt/ml/output/message").write_text(json.dumps({{"found": found, "names": names}}))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Yield a bootstrapped local cloud."""
    with bootstrapped(tmp_path_factory.mktemp("network") / "cloud") as environment:
        yield environment


def run(user: CdkUser) -> dict[str, Any]:
    """Deploy, and run a day; return the job."""
    user.deploy()
    user.count_words("2026-11-20")
    (job,) = user.jobs()
    return job


def append(user: CdkUser, code: str) -> None:
    """Append code to the script."""
    path = user.project / SCRIPT
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{code}", encoding="utf-8")


def test_in_a_vpc_with_a_secret(environment: dict[str, str], tmp_path: Path) -> None:
    user = CdkUser(shutil.copytree(PROJECTS / "outside", tmp_path / "project"), environment, tmp_path, "vpc")
    arn = user.client("secretsmanager").create_secret(Name="warehouse/reader", SecretString="open sesame")["ARN"]
    user.edit(SPEC, "image:", f"description: {json.dumps(HOSTILE)}\n{NETWORK}image:")
    user.edit(
        SPEC,
        "    arguments:",
        f'    environment: {{LITERAL: {json.dumps(HOSTILE)}}}\n    secrets: {{WAREHOUSE: "{arn}"}}\n    arguments:',
    )
    append(user, READ_SECRET)
    job = run(user)
    assert job["NetworkConfig"] == {
        "EnableNetworkIsolation": False,
        "VpcConfig": {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789abcdef0"]},
    }
    assert job["Environment"]["WAREHOUSE"] == arn
    assert json.loads(job["ExitMessage"]) == {"value": "open sesame", "literal": HOSTILE}


def test_without_a_network(environment: dict[str, str], tmp_path: Path) -> None:
    user = CdkUser(shutil.copytree(PROJECTS / "outside", tmp_path / "project"), environment, tmp_path, "isolated")
    user.edit(SPEC, "image:", "network_isolation: true\nimage:")
    user.edit(SPEC, "database: outside", "database: isolated")
    append(user, CONNECT.format(port=environment["AWS_ENDPOINT_URL"].rsplit(":", 1)[1]))
    job = run(user)
    assert job["NetworkConfig"] == {"EnableNetworkIsolation": True}
    assert json.loads(job["ExitMessage"]) == {"found": "no network", "names": ["AWS_REGION"]}
