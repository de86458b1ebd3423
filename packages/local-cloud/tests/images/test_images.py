"""Local images are built once for each digest, found by reference, and pushed by the CDK CLI."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.extras import needs_namespaces
from local_cloud.container import ContainerSpec, run_container
from local_cloud.images import ImageStore, UnknownImageError, UnsupportedDockerfileError
from local_cloud.images.docker_shim import main, write_docker_command
from local_cloud.images.virtual_environment import ImageBuildError

if TYPE_CHECKING:
    from pathlib import Path

    from local_cloud.server import LocalCloud

DOCKERFILE = """FROM python
ENV GREETING=hello
WORKDIR /app
COPY greetings-1.0-py3-none-any.whl /wheels/
COPY code/ .
RUN pip install --no-index --no-deps /wheels/greetings-1.0-py3-none-any.whl
ENTRYPOINT ["python3", "main.py"]
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A build context with a wheel of one module, so that no package index is needed."""
    folder = tmp_path / "context"
    (folder / "code" / "data").mkdir(parents=True)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "code" / "main.py").write_text(
        "import os, greetings; print(os.environ['GREETING'], greetings.WHOM, open('data/file.txt').read())"
    )
    (folder / "code" / "data" / "file.txt").write_text("from a file")
    write_wheel(folder / "greetings-1.0-py3-none-any.whl", "WHOM = 'you'\n")
    return folder


def write_wheel(path: Path, module: str) -> None:
    """Write a wheel whose only module is ``greetings``."""
    info = "greetings-1.0.dist-info"
    files = {
        "greetings.py": module,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: greetings\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},{len(text)}"
        for name, text in files.items()
    ]
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": "\n".join([*record, f"{info}/RECORD,,"])}.items():
            wheel.writestr(zipfile.ZipInfo(name), text)


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    """An empty store."""
    return ImageStore(tmp_path / "store")


@needs_namespaces
def test_an_image_has_its_packages_files_and_environment(store: ImageStore, context: Path, tmp_path: Path) -> None:
    image = store.build(context / "Dockerfile", context)
    lines: list[str] = []
    result = run_container(ContainerSpec(image=image, command=image.entrypoint, opt_ml=tmp_path / "ml"), lines.append)
    assert (result.exit_code, lines) == (0, ["hello you from a file"])


def test_an_image_is_built_once_for_each_digest(store: ImageStore, context: Path) -> None:
    said: list[str] = []
    image = store.build(context / "Dockerfile", context, said.append)
    assert any(line.startswith("pip install") for line in said)
    said.clear()
    assert store.build(context / "Dockerfile", context, said.append) == image
    assert said == []


@pytest.mark.parametrize("changed", ["code/main.py", "code/data/file.txt", "Dockerfile"])
def test_a_change_of_the_dockerfile_or_of_what_it_copies_is_another_image(
    store: ImageStore, context: Path, changed: str
) -> None:
    first = store.build(context / "Dockerfile", context)
    path = context / changed
    path.write_text(path.read_text().replace("hello", "goodbye") + "\n# changed")
    second = store.build(context / "Dockerfile", context)
    assert second.digest != first.digest


def test_a_file_that_is_not_copied_changes_nothing(store: ImageStore, context: Path) -> None:
    first = store.build(context / "Dockerfile", context)
    (context / "README.md").write_text("new")
    assert store.build(context / "Dockerfile", context).digest == first.digest


def test_builds_at_the_same_time_are_one(store: ImageStore, context: Path) -> None:
    said: list[str] = []
    with ThreadPoolExecutor(4) as pool:
        built = [pool.submit(store.build, context / "Dockerfile", context, said.append) for _ in range(4)]
        images = {build.result().digest for build in built}
    assert len(images) == 1
    assert len([line for line in said if line.startswith("pip install")]) == 1


def test_what_an_interrupted_build_left_is_built_again(store: ImageStore, context: Path) -> None:
    image = store.build(context / "Dockerfile", context)
    (image.folder / "image.json").unlink()
    (image.folder / "half").write_text("x")
    assert store.build(context / "Dockerfile", context) == image
    assert not (image.folder / "half").exists()


def test_a_package_that_can_not_be_installed_is_told_with_pips_words(store: ImageStore, context: Path) -> None:
    (context / "Dockerfile").write_text("FROM python\nRUN pip install --no-index no-such-package-here\n")
    with pytest.raises(ImageBuildError, match=r"\(line 2 of the Dockerfile\) failed:(.|\n)*no-such-package-here"):
        store.build(context / "Dockerfile", context)


@pytest.mark.parametrize("source", ["missing.txt", "../outside.txt"])
def test_a_copy_from_outside_the_context_is_refused(store: ImageStore, context: Path, source: str) -> None:
    (context.parent / "outside.txt").write_text("secret")
    (context / "Dockerfile").write_text(f"FROM python\nCOPY {source} /\n")
    with pytest.raises(UnsupportedDockerfileError, match=f"Dockerfile:2: COPY: '{source}' is not in the build context"):
        store.build(context / "Dockerfile", context)


def test_a_reference_means_the_image_that_was_registered_last(store: ImageStore, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    plain, other = store.stand_in(None), store.stand_in(requirements)
    assert plain.digest != other.digest
    for image in (plain, other):
        store.register("registry/repository:1", image)
        assert ImageStore(tmp_path / "store").resolve("registry/repository:1") == image


def test_a_reference_that_nobody_registered_is_named(store: ImageStore) -> None:
    with pytest.raises(UnknownImageError, match=r"registry/none:1 has no stand-in on this machine.*local_requirements"):
        store.resolve("registry/none:1")


MANAGED = "354813040037.dkr.ecr.ap-northeast-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"


def test_a_pattern_means_the_managed_image_of_every_region(store: ImageStore, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    plain, other = store.stand_in(None), store.stand_in(requirements)
    store.register("*/sagemaker-scikit-learn:*", plain)
    assert store.resolve(MANAGED) == plain
    assert (
        store.resolve(MANAGED.replace("354813040037", "683313688378").replace("ap-northeast-1", "us-east-1")) == plain
    )
    store.register("*/sagemaker-scikit-learn:1.4-2-*", other)
    assert store.resolve(MANAGED) == other, "the longer pattern comes first"
    assert store.resolve(MANAGED.replace("1.4-2", "1.2-1")) == plain
    store.register(MANAGED, plain)
    assert store.resolve(MANAGED) == plain, "a whole reference comes before any pattern"


@pytest.mark.parametrize(
    "reference",
    [
        MANAGED.replace("scikit-learn", "scikit-learn-2"),
        MANAGED.replace("1.4-2", "1.4-21"),
        "docker.io/sagemaker-scikit-learn:1.4-2-cpu-py3",
    ],
)
def test_a_pattern_means_nothing_beside_it(store: ImageStore, reference: str) -> None:
    store.register("*/sagemaker-scikit-learn:1.4-2-*", store.stand_in(None))
    with pytest.raises(UnknownImageError, match="has no stand-in"):
        store.resolve(reference)


def test_requirements_may_be_given_as_they_are(store: ImageStore, context: Path, tmp_path: Path) -> None:
    image = store.stand_in(["--no-index", str(context / "greetings-1.0-py3-none-any.whl")])
    lines: list[str] = []
    command = ("python3", "-c", "import greetings; print(greetings.WHOM)")
    run_container(ContainerSpec(image=image, command=command, opt_ml=tmp_path / "ml"), lines.append)
    assert lines == ["you"]
    assert store.stand_in([]) == store.stand_in(None)


class TestDockerCommand:
    """The commands that the CDK CLI uses, called by the command's path."""

    def docker(self, tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = write_docker_command(tmp_path / "bin", tmp_path / "store")
        return subprocess.run(
            [command, *arguments], capture_output=True, text=True, check=False, env={**os.environ, **environment}
        )

    def test_an_image_is_built_tagged_and_pushed(
        self, aws: Any, local_cloud_server: LocalCloud, context: Path, tmp_path: Path, name: str
    ) -> None:
        uri = f"123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/{name}:abc"
        credentials = {
            "AWS_ENDPOINT_URL": local_cloud_server.endpoint_url,
            **local_cloud_server.access_key.environment,
        }
        aws("ecr").create_repository(repositoryName=name)
        assert self.docker(tmp_path, "inspect", "cdkasset-abc").returncode == 1
        built = self.docker(tmp_path, "build", "--tag", "cdkasset-abc", "--platform", "linux/amd64", str(context))
        assert built.returncode == 0, built.stderr
        inspected = self.docker(tmp_path, "inspect", "cdkasset-abc")
        (found,) = json.loads(inspected.stdout)
        assert self.docker(tmp_path, "tag", "cdkasset-abc", uri).returncode == 0
        pushed = self.docker(tmp_path, "push", uri, **credentials)
        assert pushed.returncode == 0, pushed.stderr
        (image,) = aws("ecr").batch_get_image(repositoryName=name, imageIds=[{"imageTag": "abc"}])["images"]
        assert json.loads(image["imageManifest"])["config"]["digest"] == found["Id"]
        assert ImageStore(tmp_path / "store").resolve(uri).digest == found["Id"]

    def test_nothing_is_pushed_to_aws(self, tmp_path: Path) -> None:
        pushed = self.docker(tmp_path, "push", "x", AWS_ENDPOINT_URL="https://ecr.ap-northeast-1.amazonaws.com")
        assert pushed.returncode == 2
        assert "images are only pushed to a local cloud" in pushed.stderr

    def test_login_is_taken_as_it_is(self, tmp_path: Path) -> None:
        assert self.docker(tmp_path, "login", "--username", "AWS", "--password-stdin", "registry").returncode == 0

    def test_a_dockerfile_that_is_refused_ends_the_build(self, context: Path, tmp_path: Path) -> None:
        (context / "Dockerfile").write_text("FROM ubuntu\n")
        built = self.docker(tmp_path, "build", "--tag", "t", str(context))
        assert built.returncode == 2
        assert f"{context / 'Dockerfile'}:1: FROM: 'ubuntu' is not an image of Python" in built.stderr

    def test_any_other_command_is_refused_by_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main(["run", "ubuntu"])
        assert "'run'" in capsys.readouterr().err
