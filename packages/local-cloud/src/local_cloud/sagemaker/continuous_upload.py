"""Outputs with ``S3UploadMode: Continuous``: files are uploaded while the job runs."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from local_cloud.container import UnreadableOutputError
from local_cloud.sagemaker.job_files import output_files, upload_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

_POLL_SECONDS = 0.2
_Place = tuple[int, str, str]  # the output, the host and the path of a file
_Version = tuple[int, int]  # the modification time and the size of a file


class ContinuousUpload:
    """Context manager that uploads files while it is entered, and the remaining ones at its exit.

    Parameters
    ----------
    outputs
        The outputs that are uploaded continuously.
    folders
        The hosts' folders for ``/opt/ml``.
    kms_key_id
        The KMS key of the job's outputs.
    """

    def __init__(
        self, outputs: Sequence[dict[str, Any]], folders: Sequence[Path], kms_key_id: str | None = None
    ) -> None:
        self._places = [(output, folder) for output in outputs for folder in folders]
        self._kms_key_id = kms_key_id
        self._seen: dict[_Place, _Version] = {}
        self._uploaded: dict[_Place, _Version] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="continuous-upload", daemon=True)

    def __enter__(self) -> ContinuousUpload:
        """Start uploading."""
        if self._places:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Upload the remaining files."""
        if self._places:
            self._ended.set()
            self._thread.join()
            self._upload(settled_only=False)

    def _watch(self) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            # It may be deleted before the job ends; otherwise it fails the job then.
            with contextlib.suppress(UnreadableOutputError):
                self._upload(settled_only=True)

    def _upload(self, *, settled_only: bool) -> None:
        """Upload changed files; while the job runs, only those that did not change since the last look."""
        for output, opt_ml in self._places:
            for file in output_files(output, opt_ml):
                place = (id(output), str(opt_ml), file.name)
                settled = self._seen.get(place) == file.version or not settled_only
                if settled and self._uploaded.get(place) != file.version:
                    upload_file(output, file, self._kms_key_id)
                    self._uploaded[place] = file.version
                self._seen[place] = file.version
