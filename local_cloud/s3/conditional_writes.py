"""S3: conditional writes. moto looks at the condition and writes in two steps, between which another thread may write."""

from __future__ import annotations

import threading
from typing import Any

from moto.s3.responses import S3Response

from local_cloud.patching import original_of, replace

writing = threading.RLock()


def install() -> None:
    """Let each put and each delete see the whole of any other."""
    replace(S3Response, "put_object", _put_object)
    replace(S3Response, "delete_object", _delete_object)


def _put_object(self: S3Response) -> Any:
    with writing:
        return original_of(S3Response, "put_object")(self)


def _delete_object(self: S3Response) -> Any:
    with writing:
        return original_of(S3Response, "delete_object")(self)
