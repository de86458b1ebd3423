"""The address of a table: its name in the Data Catalog, and its folders in the lake."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.key_layout import data_prefix, receipts_prefix, run_of_location
from partitioned_pipelines.lake.s3_uri import S3Folder

if TYPE_CHECKING:
    from partitioned_pipelines.lake.key_layout import Layout

_SCHEME = re.compile(r"s3[an]?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableAddress:
    """A table of the lake, which may be missing in the Data Catalog."""

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
        """True if runs overwrite each other in one folder."""
        return self.layout == "in_place"

    @property
    def data(self) -> S3Folder:
        """The table's Location: ``…/runs/``, or ``…/output/`` in place."""
        return S3Folder(self.bucket, data_prefix(self.database_name, self.table_name, self.layout))

    @property
    def receipts(self) -> S3Folder:
        """The folder of the receipts of all runs but removed ones."""
        return S3Folder(self.bucket, receipts_prefix(self.database_name, self.table_name))

    @property
    def removed_receipts(self) -> S3Folder:
        """The folder of the receipts of removed runs."""
        return S3Folder(self.bucket, f"{self.receipts.prefix}removed/")

    def run_folder(self, run_id: str) -> S3Folder:
        """Return the folder of a run, shared by all of its attempts."""
        return S3Folder(self.bucket, f"{self.data.prefix}{run_id}/")

    def run_of(self, location: str) -> str | None:
        """Return the run id of a location; None if the location is not in a run's folder of this table."""
        return None if self.in_place else run_of_location(location, self.data.uri)


def comparable_location(location: str) -> str:
    """Return a location in this project's form: with the scheme ``s3``, which Spark may write as ``s3a``, and a trailing slash."""
    return f"{_SCHEME.sub('s3://', location, count=1).rstrip('/')}/"
