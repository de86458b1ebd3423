"""S3: settings of buckets, conditional deletes, listings, multipart uploads, keys, files of objects, events, and S3 Select of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.s3 import (
    bucket_settings,
    conditional_deletes,
    listing,
    multipart_uploads,
    object_checksums,
    object_created,
    object_files,
    object_keys,
    received_bodies,
    select,
    sent_objects,
)

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Install the corrections of moto's S3."""
    bucket_settings.install()
    conditional_deletes.install()
    listing.install()
    multipart_uploads.install()
    object_checksums.install()
    object_created.install()
    object_files.install(settings)
    object_keys.install()
    received_bodies.install()
    select.install()
    sent_objects.install()
