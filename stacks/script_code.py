"""A script's folder, published so that a job finds its files under their own names."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Iterator


class ScriptCode(Construct):
    """The ``code`` input of the steps whose scripts share a folder.

    The CDK stores a file asset under ``<hash><extension of the source>``. A hash that is a path, ``<tree hash>/lib/h.py``, keeps the names and
    puts all files below one prefix, without a custom resource that would unpack an archive. The source is a copy without an extension: were the
    extension left to it, the hashes of ``h.py`` and ``h.sql`` would be one, and so would their contents.

    Attributes
    ----------
    uri
        ``s3://<bootstrap bucket>/<tree hash>/``.
    bucket_name, prefix
        The same in two parts, for a role's policy.
    tree_hash
        SHA-256 of the files' names and contents.
    """

    def __init__(self, scope: Construct, construct_id: str, *, folder: Path) -> None:
        super().__init__(scope, construct_id)
        files = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
        digest = hashlib.sha256()
        for name, path in files.items():
            content = path.read_bytes()
            digest.update(f"{len(name.encode())}:{name}:{len(content)}:".encode())
            digest.update(content)
        self.tree_hash = digest.hexdigest()
        self.prefix = f"{self.tree_hash}/"
        stage = cdk.Stage.of(self)
        assert stage is not None  # a stack is never without one  # noqa: S101
        copies = Path(stage.outdir, f"code.{self.tree_hash}")
        copies.mkdir(exist_ok=True)
        for number, (name, path) in enumerate(files.items()):
            shutil.copyfile(path, copies / str(number))
            location = cdk.Stack.of(self).synthesizer.add_file_asset(
                source_hash=f"{self.prefix}{name}",
                file_name=f"{copies.name}/{number}",
                packaging=cdk.FileAssetPackaging.FILE,
                display_name=f"{folder.name}/{name}",
            )
        self.bucket_name = location.bucket_name
        self.uri = f"s3://{self.bucket_name}/{self.prefix}"


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder in the order of their names, without caches and hidden files."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            yield path
