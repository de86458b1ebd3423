"""Files published so that a job finds them under their own names."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from collections.abc import Mapping


class PublishedFiles:
    """Files below one prefix of the bootstrap bucket, which becomes an input of jobs.

    The CDK stores a file asset under ``<hash><extension of the source>``. A hash that is a path, ``<tree hash>.files/lib/h.py``, keeps the
    names and puts all files below one prefix, without a custom resource that would unpack an archive.

    The dot is for ``cdk gc``, which keeps an asset as long as the template of a deployed stack holds its key up to the first dot: here the tree
    hash, which is in every URI of the folder. Were the first dot a file's own, the files of deployed pipelines would be deleted:
    https://github.com/aws/aws-cdk-cli/blob/main/packages/%40aws-cdk/toolkit-lib/lib/api/garbage-collection/garbage-collector.ts

    The source is a copy without an extension: were the
    extension left to it, the hashes of ``h.py`` and ``h.sql`` would be one, and so would their contents.

    Attributes
    ----------
    uri
        ``s3://<bootstrap bucket>/<tree hash>.files/``.
    bucket_name, prefix
        The same in two parts, for a role's policy.
    tree_hash
        SHA-256 of the files' names and contents.
    """

    def __init__(self, stack: cdk.Stack, *, title: str, files: Mapping[str, bytes]) -> None:
        digest = hashlib.sha256()
        for name, content in files.items():
            digest.update(f"{len(name.encode())}:{name}:{len(content)}:".encode())
            digest.update(content)
        self.tree_hash = digest.hexdigest()
        self.prefix = f"{self.tree_hash}.files/"
        stage = cdk.Stage.of(stack)
        assert stage is not None  # a stack is never without one  # noqa: S101
        copies = Path(stage.outdir, f"code.{self.tree_hash}")
        copies.mkdir(exist_ok=True)
        synthesizer = stack.synthesizer
        for number, (name, content) in enumerate(files.items()):
            (copies / str(number)).write_bytes(content)
            location = synthesizer.add_file_asset(
                source_hash=f"{self.prefix}{name}",
                file_name=f"{copies.name}/{number}",
                packaging=cdk.FileAssetPackaging.FILE,
                display_name=f"{title}/{name}",
            )
        self.bucket_name = location.bucket_name
        self.uri = f"s3://{self.bucket_name}/{self.prefix}"
