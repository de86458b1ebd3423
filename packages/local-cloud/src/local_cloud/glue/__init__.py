"""Glue's Data Catalog: names, partition values, versions, pages, search and column statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.glue.account_defaults import add_account_defaults
from local_cloud.glue.column_statistics import keep_column_statistics
from local_cloud.glue.names import fold_names
from local_cloud.glue.pages import page_partitions
from local_cloud.glue.partition_values import check_partition_values
from local_cloud.glue.table_search import search_tables
from local_cloud.glue.table_versions import keep_versions

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Replace and extend moto's Data Catalog."""
    check_partition_values()
    fold_names()
    page_partitions()
    keep_versions()
    keep_column_statistics()
    search_tables()
    add_account_defaults()
