"""Glue: the Data Catalog's own rules for names and partitions, and its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.glue.default_permissions import give_default_permissions
from local_cloud.glue.names import fold_names
from local_cloud.glue.pages import page_partitions
from local_cloud.glue.partition_values import check_partition_values

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Refuse, fold and page as Glue does."""
    check_partition_values()
    fold_names()
    give_default_permissions()
    page_partitions()
