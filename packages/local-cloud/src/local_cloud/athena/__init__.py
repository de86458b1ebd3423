"""Athena: queries evaluated by DuckDB over the partitions registered in Glue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.api import metadata, prepared_statements, tags, work_groups
from local_cloud.athena.api.queries import QueryApi

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Replace moto's calls on queries, prepared statements, metadata, tags and workgroups."""
    engine = settings.trino.query if settings.trino is not None else None
    QueryApi(settings.state_dir / "athena", engine).install()
    metadata.install()
    prepared_statements.install()
    tags.install()
    work_groups.install()
