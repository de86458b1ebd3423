"""Versions of tables, from 0 on. An update with a stale VersionId is rejected, by which writers of Iceberg tables detect conflicts.

https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html, and observed answers of AWS:
https://github.com/floci-io/floci/issues/1205.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.glue.exceptions import GlueClientError, VersionNotFoundException
from moto.glue.models import FakeTable
from moto.glue.responses import GlueResponse

from local_cloud.glue.pages import glue_page
from local_cloud.patching import original_of, replace

# The maximum size of a page: https://docs.aws.amazon.com/glue/latest/webapi/API_GetTableVersions.html
_PAGE = 100


def keep_versions() -> None:
    """Replace moto's operations on versions."""
    # moto: Glue's table versions begin at 1, UpdateTable ignores VersionId and SkipArchive, and GetTableVersions does not return pages; not
    # reported yet: versions begin at 0, a stale VersionId raises ConcurrentModificationException, and pages have at most 100 versions.
    replace(FakeTable, "__init__", _init)
    replace(FakeTable, "delete_version", _delete_version)
    replace(GlueResponse, "create_table", _create_table)
    replace(GlueResponse, "update_table", _update_table)
    replace(GlueResponse, "get_table_version", _get_table_version)
    replace(GlueResponse, "get_table_versions", _get_table_versions)


def _init(
    self: FakeTable,
    database_name: str,
    table_name: str,
    table_input: dict[str, Any],
    catalog_id: str,
    open_table_format_input: dict[str, Any] | None = None,
) -> None:
    original_of(FakeTable, "__init__")(
        self, database_name, table_name, table_input, catalog_id, open_table_format_input
    )
    self._current_version = 0
    self.versions = {"0": table_input}


def _create_table(self: GlueResponse) -> Any:
    _check_input(self.parameters)
    return original_of(GlueResponse, "create_table")(self)


def _update_table(self: GlueResponse) -> EmptyResult:
    request: dict[str, Any] = self.parameters
    name = _check_input(request)["Name"]
    table = self.glue_backend.get_table(request["DatabaseName"], name)
    stale = str(table._current_version)
    if request.get("VersionId", stale) != stale:
        raise GlueClientError("ConcurrentModificationException", "Update table failed due to concurrent modifications.")
    self.glue_backend.update_table(request["DatabaseName"], name, request["TableInput"])
    if request.get("SkipArchive"):
        del table.versions[stale]
    return EmptyResult()


def _check_input(request: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] | None = request.get("TableInput")
    if given is None:
        raise GlueClientError(
            "InvalidInputException", "TableInput is missing: the local cloud does not write Iceberg metadata"
        )
    return given


def _get_table_version(self: GlueResponse) -> ActionResult:
    request: dict[str, Any] = self.parameters
    table = self.glue_backend.get_table(request["DatabaseName"], request["TableName"]).as_dict(request.get("VersionId"))
    return ActionResult({"TableVersion": {"Table": table, "VersionId": table["VersionId"]}})


def _get_table_versions(self: GlueResponse) -> ActionResult:
    request: dict[str, Any] = self.parameters
    table = self.glue_backend.get_table(request["DatabaseName"], request["TableName"])
    versions = [{"Table": table.as_dict(version), "VersionId": version} for version in list(table.versions)]
    return ActionResult(glue_page(versions, "TableVersions", request, _PAGE))


def _delete_version(self: FakeTable, version_id: str) -> None:
    if version_id not in self.versions:
        raise VersionNotFoundException
    if version_id == str(self._current_version):
        raise GlueClientError("InvalidInputException", f"version {version_id} is the table's current version")
    original_of(FakeTable, "delete_version")(self, version_id)
