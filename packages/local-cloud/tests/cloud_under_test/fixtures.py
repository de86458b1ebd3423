"""One local cloud, in this process, for all tests of the local cloud."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from cloud_under_test.extras import PYSPARK
from cloud_under_test.lake import Lake
from cloud_under_test.processing_jobs import job_request, wait_for_job
from cloud_under_test.stacks import Stacks
from cloud_under_test.state_machines import StateMachines
from local_cloud.images import ImageStore
from local_cloud.server import LocalCloud
from local_cloud.settings import Settings
from local_cloud.spark import NoJarsError, fetch_jars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Client = Any


@pytest.fixture(scope="session")
def local_cloud_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A running cloud. Tests share its state, so they use their own names."""
    settings = Settings(
        state_dir=tmp_path_factory.mktemp("local_cloud"), image_store=tmp_path_factory.mktemp("image_store")
    )
    with LocalCloud(settings) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def aws(local_cloud_server: LocalCloud) -> Callable[[str], Client]:
    """Return a client of the cloud for a service."""
    key = local_cloud_server.access_key
    session = boto3.Session(key.access_key_id, key.secret_access_key, region_name=local_cloud_server.settings.region)

    def client(service: str) -> Client:
        return session.client(service, endpoint_url=local_cloud_server.endpoint_url)  # type: ignore[call-overload]

    return client


@pytest.fixture
def unchecked(local_cloud_server: LocalCloud) -> Callable[[str], Client]:
    """Return a client of a service that does not validate requests, so that the server rejects invalid ones."""
    key = local_cloud_server.access_key
    session = boto3.Session(key.access_key_id, key.secret_access_key, region_name=local_cloud_server.settings.region)
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, proxies={}, inject_host_prefix=False)

    def client(service: str) -> Client:
        endpoint = local_cloud_server.endpoint_url
        return session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]

    return client


@pytest.fixture
def name() -> str:
    """A unique name that is valid in all services."""
    return f"t-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def image_uri(local_cloud_server: LocalCloud) -> str:
    """An image with Python only."""
    uri = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/plain:1"
    images = ImageStore(local_cloud_server.settings.image_store)
    images.register(uri, images.stand_in(None))
    return uri


@pytest.fixture(scope="session")
def spark_image_uri(local_cloud_server: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image that uses this environment's PySpark, instead of installing 400 MB."""
    assert PYSPARK is not None
    assert PYSPARK.origin is not None
    requirements = tmp_path_factory.mktemp("spark") / "requirements.txt"
    requirements.write_text("# PySpark is added by a .pth file\n")
    uri = "411782140378.dkr.ecr.ap-northeast-1.amazonaws.com/sagemaker-spark-processing:3.5-cpu"
    images = ImageStore(local_cloud_server.settings.image_store)
    image = images.stand_in(requirements)
    (site_packages,) = image.venv.glob("lib/python*/site-packages")
    (site_packages / "pyspark.pth").write_text(str(Path(PYSPARK.origin).parents[1]))
    images.register(uri, image)
    return uri


@pytest.fixture(scope="session")
def s3a_jars(local_cloud_server: LocalCloud) -> Path:
    """The jars of S3A, in the cloud's image store."""
    try:
        return fetch_jars(local_cloud_server.settings.image_store)
    except NoJarsError as error:
        pytest.skip(f"the jars of S3A cannot be fetched: {error}")


@pytest.fixture
def role_arn(aws: Callable[[str], Client], name: str) -> str:
    """A role that functions and state machines may assume."""
    principal = {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return str(aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])


@pytest.fixture
def bucket(aws: Callable[[str], Client], name: str) -> str:
    """An empty bucket."""
    aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    return name


@pytest.fixture
def create_job(aws: Callable[[str], Client], bucket: str, image_uri: str, name: str) -> Callable[..., dict[str, Any]]:
    """Return a function that runs a job with a script, and returns the job's description."""

    def create(script: str, *, until: tuple[str, ...] = ("Completed", "Failed", "Stopped"), **more: Any) -> Any:
        request = job_request(aws("s3"), bucket, image_uri, name, script, **more)
        aws("sagemaker").create_processing_job(**request)
        return wait_for_job(aws("sagemaker"), name, until)

    return create


@pytest.fixture
def stacks(aws: Callable[[str], Client], name: str) -> Stacks:
    """The stack of this test."""
    return Stacks(aws("cloudformation"), name)


@pytest.fixture
def state_machines(aws: Callable[[str], Client], role_arn: str) -> StateMachines:
    """The state machines of this test."""
    return StateMachines(aws("stepfunctions"), role_arn)


@pytest.fixture
def lake(aws: Callable[[str], Client], name: str) -> Lake:
    """An empty bucket and database."""
    return Lake(aws, name)
