"""Where a table is: its name in the Data Catalog, and its folders in the lake."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.key_layout import data_prefix, receipts_prefix
from partitioned_pipelines.lake.s3_uri import S3Folder

if TYPE_CHECKING:
    from partitioned_pipelines.lake.key_layout import Layout

_SCHEME = re.compile(r"s3[an]?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableAddress:
    """A table of the lake, whether or not the Data Catalog has it."""

    bucket: str
    database_name: str
    table_name: str
    layout: Layout

    @property
    def full_name(self) -> str:
        """``database.table``."""
        return f"{self.database_name}.{self.table_name}"

    @property
    def in_place(self) -> bool:
        """Whether runs write over each other in one folder."""
        return self.layout == "in_place"

    @property
    def data(self) -> S3Folder:
        """The table's own Location: ``…/runs/``, or ``…/output/`` in place."""
        return S3Folder(self.bucket, data_prefix(self.database_name, self.table_name, self.layout))

    @property
    def receipts(self) -> S3Folder:
        """Where the receipts are; those of removed runs lie in ``removed/`` below it."""
        return S3Folder(self.bucket, receipts_prefix(self.database_name, self.table_name))

    def run_folder(self, run_id: str) -> S3Folder:
        """Return the folder of a run: of all its attempts."""
        return S3Folder(self.bucket, f"{self.data.prefix}{run_id}/")

    def run_of(self, location: str) -> str | None:
        """Say in which run's folder a location lies; None if that is none of this table's."""
        if self.in_place or not location.startswith(self.data.uri):
            return None
        run_id, slash, _ = location[len(self.data.uri) :].partition("/")
        return run_id if slash and run_id else None


def comparable_location(location: str) -> str:
    """Write a location as ours are: the scheme ``s3``, which Spark may call ``s3a``, and a slash at the end."""
    return f"{_SCHEME.sub('s3://', location, count=1).rstrip('/')}/"
