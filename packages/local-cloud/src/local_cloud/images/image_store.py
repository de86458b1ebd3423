"""The local images of this machine, built once for each digest and found by reference."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import fnmatch
import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_cloud.images.dockerfile import Copy, ImageBuild, PipInstall, UnsupportedDockerfileError, read_dockerfile
from local_cloud.images.local_image import LocalImage
from local_cloud.images.python_interpreter import find_python
from local_cloud.images.virtual_environment import build_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Say = Callable[[str], None]

_ANY_REGISTRY = "*/"
_ECR = re.compile(r"\d+\.dkr\.ecr\.[a-z0-9-]+\.[^/]+/(?P<image>.+)")
_DIGEST_VERSION = "2"  # to be changed when the same Dockerfile is built differently


class UnknownImageError(LookupError):
    """A reference without a local image on this machine."""


class ImageStore:
    """A folder of local images.

    Several processes may use it at the same time: a build locks its digest, and is used once it is complete.

    Attributes
    ----------
    root
        The folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def build(self, dockerfile: Path, context: Path, say: Say | None = None) -> LocalImage:
        """Return the local image of a Dockerfile, which is built if necessary.

        Raises
        ------
        UnsupportedDockerfileError
            If it needs a real container engine.
        ImageBuildError
            If pip could not install its packages.
        """
        build = read_dockerfile(dockerfile)
        copies = {step: _copied_files(dockerfile, step, context) for step in build.steps if isinstance(step, Copy)}
        return self._build(build, copies, say)

    def stand_in(self, requirements: Path | Sequence[str] | None, say: Say | None = None) -> LocalImage:
        """Return the local image for an image that exists elsewhere, which is built if necessary.

        Parameters
        ----------
        requirements
            A requirements file, the requirements themselves, or None for Python only.
        """
        build = ImageBuild(python_version=None)
        copies: dict[Copy, dict[str, Path]] = {}
        if requirements is not None and not isinstance(requirements, Path):
            build.steps = [PipInstall(tuple(requirements), "/", 0)] if requirements else []
        elif requirements is not None:
            copy = Copy((requirements.name,), "/opt/requirements.txt", 0)
            copies[copy] = {"/opt/requirements.txt": requirements}
            build.steps = [copy, PipInstall(("-r", "/opt/requirements.txt"), "/", 0)]
        return self._build(build, copies, say)

    def register(self, reference: str, image: LocalImage) -> None:
        """Register a local image for a reference, ``registry/repository:tag`` or ``…@sha256:…``.

        A reference that begins with ``*/`` is a pattern of repository and tag, such as ``*/sagemaker-scikit-learn:1.4-2-*``, for all ECR
        registries, since AWS keeps its managed images in one for each region. Full references take precedence over patterns, and longer
        patterns over shorter ones.
        """
        path = self._reference_path(reference)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{image.digest[7:19]}.partial")
        partial.write_text(json.dumps({"reference": reference, "digest": image.digest}), encoding="utf-8")
        partial.rename(path)

    def resolve(self, reference: str) -> LocalImage:
        """Return the local image for a reference.

        Raises
        ------
        UnknownImageError
            If the image does not exist, or its Python was removed from this machine.
        """
        for registered in (reference, *self._patterns(reference)):
            path = self._reference_path(registered)
            if path.exists():
                image = self._load(self._folder(json.loads(path.read_text(encoding="utf-8"))["digest"]))
                if image is not None and not image.python_works:
                    raise UnknownImageError(
                        f"the stand-in of the image {reference} cannot run: its Python, {image.python.resolve()}, was removed from this "
                        "machine. Build and push the image again"
                    )
                if image is not None:
                    return image
        raise UnknownImageError(
            f"the image {reference} has no stand-in on this machine: deploy the stack that builds it, or name its requirements "
            "with `local_requirements:` beside its `uri:`"
        )

    def _build(self, build: ImageBuild, copies: dict[Copy, dict[str, Path]], say: Say | None) -> LocalImage:
        python, version = find_python(build.python_version)
        digest = _digest(build, copies, version)
        folder = self._folder(digest)
        with self._locked(digest):
            if (image := self._load(folder)) is not None and image.python_works:
                return image
            if build.python_version not in (None, version) and say:
                say(f"Python {build.python_version} is not on this machine: Python {version} stands in for it")
            shutil.rmtree(folder, ignore_errors=True)  # left by an interrupted build
            image = LocalImage(digest, folder, build.environment, build.working_directory, build.entrypoint)
            build_environment(image, build, copies, python, say)
            document = {**dataclasses.asdict(image), "folder": None}
            (folder / "image.json").write_text(json.dumps(document), encoding="utf-8")
            return image

    @staticmethod
    def _load(folder: Path) -> LocalImage | None:
        try:
            document: dict[str, Any] = json.loads((folder / "image.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return LocalImage(**{**document, "folder": folder, "entrypoint": tuple(document["entrypoint"])})

    @contextlib.contextmanager
    def _locked(self, digest: str) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / f"{digest[7:23]}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _patterns(self, reference: str) -> list[str]:
        """Return the registered patterns that match a reference, the longest first."""
        of_ecr = _ECR.fullmatch(reference)
        if of_ecr is None or not (folder := self.root / "references").is_dir():
            return []
        registered = [json.loads(path.read_text(encoding="utf-8"))["reference"] for path in folder.glob("*.json")]
        fitting = [
            pattern
            for pattern in registered
            if pattern.startswith(_ANY_REGISTRY)
            and fnmatch.fnmatchcase(of_ecr["image"], pattern.removeprefix(_ANY_REGISTRY))
        ]
        return sorted(fitting, key=lambda pattern: (-len(pattern), pattern))

    def _folder(self, digest: str) -> Path:
        return self.root / "images" / digest.removeprefix("sha256:")

    def _reference_path(self, reference: str) -> Path:
        return self.root / "references" / f"{hashlib.sha256(reference.encode()).hexdigest()}.json"


def _digest(build: ImageBuild, copies: dict[Copy, dict[str, Path]], python_version: str) -> str:
    digest = hashlib.sha256(f"{_DIGEST_VERSION} {python_version} {dataclasses.asdict(build)}".encode())
    for files in copies.values():
        for target, source in sorted(files.items()):
            digest.update(f"{target}:{source.stat().st_size}:".encode())
            digest.update(source.read_bytes())
    return f"sha256:{digest.hexdigest()}"


def _copied_files(dockerfile: Path, step: Copy, context: Path) -> dict[str, Path]:
    """Return the files that a COPY adds, by their paths in the image."""
    files: dict[str, Path] = {}
    for pattern in step.sources:
        sources = sorted(context.glob(pattern)) if any(c in pattern for c in "*?[") else [context / pattern]
        for source in sources:
            if not source.resolve().is_relative_to(context.resolve()) or not source.exists():
                raise UnsupportedDockerfileError(
                    f"{dockerfile}:{step.line}: COPY: {pattern!r} is not in the build context {context}"
                )
            if source.is_dir():
                below = [path for path in sorted(source.rglob("*")) if path.is_file()]
                for path in below:
                    if not path.resolve().is_relative_to(context.resolve()):
                        what = f"{path.relative_to(context)} is a link to {path.resolve()}, outside the build context"
                        raise UnsupportedDockerfileError(f"{dockerfile}:{step.line}: COPY: {what}")
                root = step.destination.rstrip("/")
                files |= {f"{root}/{path.relative_to(source).as_posix()}": path for path in below}
            else:
                into = step.destination.endswith("/") or len(sources) > 1
                files[f"{step.destination.rstrip('/')}/{source.name}" if into else step.destination] = source
    return files
