"""The column statistics of tables and partitions, stored as given.

https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateColumnStatisticsForTable.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from moto.core.responses import ActionResult, EmptyResult
from moto.glue.exceptions import EntityNotFoundException, GlueClientError
from moto.glue.responses import GlueResponse

from local_cloud.patching import add

if TYPE_CHECKING:
    from moto.glue.models import FakePartition, FakeTable

# Deleted with the table or partition.
_statistics: WeakKeyDictionary[FakeTable | FakePartition, dict[str, dict[str, Any]]] = WeakKeyDictionary()


def keep_column_statistics() -> None:
    """Add the operations on column statistics."""
    # moto: Glue's operations on column statistics of tables and partitions are missing; not reported yet: the six operations store, return
    # and delete statistics by column.
    for kind in ("table", "partition"):
        add(GlueResponse, f"get_column_statistics_for_{kind}", _get)
        add(GlueResponse, f"update_column_statistics_for_{kind}", _update)
        add(GlueResponse, f"delete_column_statistics_for_{kind}", _delete)


def _get(self: GlueResponse) -> ActionResult:
    _, kept = _kept(self)
    names: list[str] = self.parameters["ColumnNames"]
    errors = [{"ColumnName": name, "Error": _missing(name)} for name in names if name not in kept]
    return ActionResult({"ColumnStatisticsList": [kept[name] for name in names if name in kept], "Errors": errors})


def _update(self: GlueResponse) -> ActionResult:
    columns, kept = _kept(self)
    given: list[dict[str, Any]] = self.parameters["ColumnStatisticsList"]
    for one in given:
        kind = one["StatisticsData"]["Type"]
        member = f"{kind.capitalize()}ColumnStatisticsData"
        if member not in one["StatisticsData"]:
            raise GlueClientError(
                "InvalidInputException", f"the statistics of column {one['ColumnName']} are {kind}, without {member}"
            )
    errors = [
        {"ColumnStatistics": one, "Error": _missing(one["ColumnName"])}
        for one in given
        if one["ColumnName"] not in columns
    ]
    kept |= {one["ColumnName"]: one for one in given if one["ColumnName"] in columns}
    return ActionResult({"Errors": errors})


def _delete(self: GlueResponse) -> EmptyResult:
    name = self.parameters["ColumnName"]
    if _kept(self)[1].pop(name, None) is None:
        raise EntityNotFoundException(_missing(name)["ErrorMessage"])
    return EmptyResult()


def _kept(response: GlueResponse) -> tuple[set[str], dict[str, dict[str, Any]]]:
    """Return the names of the table's columns, and the statistics of the table or partition."""
    request: dict[str, Any] = response.parameters
    table = response.glue_backend.get_table(request["DatabaseName"], request["TableName"])
    columns = {column["Name"] for column in table.as_dict().get("StorageDescriptor", {}).get("Columns", [])}
    values = request.get("PartitionValues")
    owner = table if values is None else table.get_partition(values)
    return columns, _statistics.setdefault(owner, {})


def _missing(name: str) -> dict[str, str]:
    return {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"Column {name} not found."}
