"""Tests of the requirements and references of stand-ins; nothing is installed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local_cloud import spark
from local_cloud.images import ImageStore, UnknownImageError
from local_cloud.images.virtual_environment import ImageBuildError
from partitioned_pipelines.cli.deployment.deployment import register_stand_ins
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.steps.step_image import (
    fetch_spark_jars,
    image_reference,
    local_image,
    stand_in_requirements,
)
from partitioned_pipelines.spec import load_project
from partitioned_pipelines.spec.model.image import SKLEARN_VERSIONS, SPARK_VERSIONS
from partitioned_pipelines.spec.model.pipeline import SklearnImage, SparkImage, UriImage
from stacks.pipeline.step_image import REGISTRIES
from tests.end_to_end.deployment import PROJECTS, ROOT

if TYPE_CHECKING:
    from local_cloud.images import LocalImage

EMPTY = "# nothing but Python\n"


def with_images(project: Path, *images: dict[str, str]) -> Path:
    """Return the project with a step for each image, and a requirements file that installs nothing."""
    file = Path("pipelines", "word_count.yaml")
    text = (PROJECTS / "outside" / file).read_text(encoding="utf-8")
    head, steps, rest = re.split(r"(?m)^steps:$|^(?=table:)", text)
    named = [
        steps.replace("name: count", f"name: count{index or ''}").rstrip() + f"\n    image: {json.dumps(image)}"
        for index, image in enumerate(images)
    ]
    (project / file).write_text(f"{head}steps:{''.join(named)}\n{rest}", encoding="utf-8")
    (project / "empty.txt").write_text(EMPTY, encoding="utf-8")
    (project / "other.txt").write_text("# another, of nothing\n", encoding="utf-8")
    return project


def uri(image: SklearnImage | SparkImage, region: str) -> str:
    """Return the URI that a deployed stack in a region requests."""
    return f"{REGISTRIES[image.framework][region]}.dkr.ecr.{region}.amazonaws.com/{image.repository}:{image.tag}"


@pytest.fixture(autouse=True)
def jars(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the image stores for which Spark's jars were requested; nothing is downloaded."""
    asked: list[Path] = []
    monkeypatch.setattr(spark, "fetch_jars", asked.append)
    return asked


@pytest.mark.parametrize("region", ["ap-northeast-1", "us-east-1"])
def test_a_managed_image_has_a_stand_in_in_every_region(project: Path, tmp_path: Path, region: str) -> None:
    images = {"sklearn": "1.4-2"}, {"spark": "3.5"}
    with_images(project, *({**image, "local_requirements": "empty.txt"} for image in images))
    store = ImageStore(tmp_path / "images")
    register_stand_ins(load_project(project), store)
    expected = store.stand_in(project / "empty.txt")
    assert store.resolve(uri(SklearnImage(sklearn="1.4-2"), region)) == expected
    assert store.resolve(uri(SparkImage(spark="3.5"), region)) == expected
    for other in SklearnImage(sklearn="1.4-2-py312"), SklearnImage(sklearn="1.2-1"), SparkImage(spark="3.3"):
        with pytest.raises(UnknownImageError):
            store.resolve(uri(other, region))


@pytest.mark.parametrize(("image", "fetched"), [({"spark": "3.5"}, True), ({"sklearn": "1.4-2"}, False)])
def test_spark_alone_has_a_client_of_s3(
    project: Path, tmp_path: Path, jars: list[Path], image: dict[str, str], fetched: bool
) -> None:
    store = ImageStore(tmp_path / "images")
    with_images(project, {**image, "local_requirements": "empty.txt"})
    register_stand_ins(load_project(project), store)
    assert jars == ([store.root] if fetched else [])


def test_without_the_client_of_s3_a_note_says_what_is_different(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_store: Path) -> None:
        raise spark.NoJarsError("Maven is not installed")

    monkeypatch.setattr(spark, "fetch_jars", fail)
    fetch_spark_jars(ImageStore(tmp_path))
    said = " ".join(capsys.readouterr().err.split())
    assert "cannot be fetched: Maven is not installed. Spark's jobs see S3 as folders" in said


def test_a_client_of_s3_that_is_not_the_pinned_one_ends_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_store: Path) -> None:
        raise spark.WrongJarsError("s3.jar does not have the SHA-256")

    monkeypatch.setattr(spark, "fetch_jars", fail)
    with pytest.raises(CommandError, match=r"was not installed: s3\.jar does not have the SHA-256") as caught:
        fetch_spark_jars(ImageStore(tmp_path))
    assert caught.value.exit_code == ExitCode.FAILED


def test_every_version_has_the_reference_that_a_stack_asks_for() -> None:
    managed = [SklearnImage(sklearn=version) for version in SKLEARN_VERSIONS]
    sparks = [SparkImage(spark=version) for version in (*SPARK_VERSIONS, "3.5-cpu-py312-v1.3")]
    images: list[SklearnImage | SparkImage] = [*managed, *sparks]
    for image in images:
        assert image_reference(image) == f"*/{uri(image, 'eu-west-1').partition('/')[2]}"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.4-2", ("scikit-learn==1.4.*", "pandas<3", "numpy<2")),
        ("1.4-2-py312", ("scikit-learn==1.4.*", "pandas<3", "numpy<2")),
        ("0.20.0", ("scikit-learn==0.20.*", "pandas<3", "numpy<2")),
        ("1.9-0", ("scikit-learn==1.9.*", "pandas", "numpy")),
    ],
)
def test_what_a_scikit_learn_image_is_known_for(tmp_path: Path, version: str, expected: tuple[str, ...]) -> None:
    assert stand_in_requirements(SklearnImage(sklearn=version), tmp_path) == ("--only-binary=:all:", *expected)


def test_spark_has_the_version_that_the_project_is_tested_with(tmp_path: Path) -> None:
    requirements = stand_in_requirements(SparkImage(spark="3.5"), tmp_path)
    assert isinstance(requirements, tuple)
    (requirement,) = requirements
    assert re.fullmatch(r"pyspark==\d+(\.\d+)+", requirement)
    assert f"\n{requirement} \\\n" in (ROOT / "requirements" / "all.txt").read_text(encoding="utf-8")


def test_what_is_named_comes_before_what_is_known(tmp_path: Path) -> None:
    for image in (
        SklearnImage(sklearn="1.4-2", local_requirements="here.txt"),
        SparkImage(spark="3.5", local_requirements="here.txt"),
        UriImage(uri="example.com/image:1", local_requirements="here.txt"),
    ):
        assert stand_in_requirements(image, tmp_path) == tmp_path / "here.txt"
    assert stand_in_requirements(UriImage(uri="example.com/image:1"), tmp_path) is None


def test_only_the_images_of_steps_are_built(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[object] = []
    bare = ImageStore(tmp_path / "images").stand_in(None)

    def stand_in(_store: ImageStore, requirements: object, say: object) -> LocalImage:
        built.append(requirements)
        return bare

    monkeypatch.setattr(ImageStore, "stand_in", stand_in)
    register_stand_ins(load_project(project), ImageStore(tmp_path / "images"))
    assert built == [], "its Dockerfile is the CDK CLI's"
    with_images(project, {"sklearn": "1.4-2"}, {"sklearn": "1.4-2"}, {"uri": "example.com/image:1"})
    register_stand_ins(load_project(project), ImageStore(tmp_path / "images"))
    assert built == [("--only-binary=:all:", "scikit-learn==1.4.*", "pandas<3", "numpy<2"), None], "each once"


def test_an_image_with_two_stand_ins_is_refused(project: Path, tmp_path: Path) -> None:
    image = {"sklearn": "1.4-2"}
    named = [{**image, "local_requirements": name} for name in ("empty.txt", "other.txt")]
    for images in named, [named[0], image]:
        store = ImageStore(tmp_path / "images")
        with pytest.raises(CommandError, match=r"sklearn: 1\.4-2 has one local image") as caught:
            register_stand_ins(load_project(with_images(project, *images)), store)
        assert "`local_requirements:`" in str(caught.value.remedy)
        assert not (tmp_path / "images").exists(), "nothing is built before"


def test_a_stand_in_that_does_not_install_says_what_to_do(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ImageBuildError("pip install scikit-learn==1.0.* failed:\nNo matching distribution")

    monkeypatch.setattr(ImageStore, "stand_in", fail)
    with pytest.raises(CommandError, match=r"(?s)sklearn: 1\.0-1 cannot be built: .*No matching") as caught:
        register_stand_ins(load_project(with_images(project, {"sklearn": "1.0-1"})), ImageStore(tmp_path))
    assert caught.value.exit_code == ExitCode.FAILED
    assert "`local_requirements:`" in str(caught.value.remedy)
    with pytest.raises(CommandError, match=r"spark: 3\.3 cannot be built"):
        local_image(SparkImage(spark="3.3"), project, ImageStore(tmp_path))
