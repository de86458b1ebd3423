"""Athena's metadata operations, answered from Glue.

https://docs.aws.amazon.com/athena/latest/APIReference/API_GetTableMetadata.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from moto.athena.exceptions import MetadataException
from moto.athena.responses import AthenaResponse

from local_cloud.athena.errors import invalid_token
from local_cloud.clients import client
from local_cloud.pages import page_of
from local_cloud.patching import add, original_of, replace
from local_cloud.settings import ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Callable

CATALOG = "AwsDataCatalog"
_PAGE = 50
_DESCRIPTION = {
    "Name": CATALOG,
    "Description": "AWS Glue Data Catalog",
    "Type": "GLUE",
    "Parameters": {"catalog-id": ACCOUNT_ID},
}


def install() -> None:
    """Replace moto's metadata operations."""
    # moto: Athena's metadata operations do not read Glue, lack AwsDataCatalog, and GetTableMetadata and ListTableMetadata are missing; not
    # reported yet: AwsDataCatalog is the Glue Data Catalog.
    replace(AthenaResponse, "get_database", _get_database)
    replace(AthenaResponse, "list_databases", _list_databases)
    replace(AthenaResponse, "get_data_catalog", _get_data_catalog)
    replace(AthenaResponse, "list_data_catalogs", _list_data_catalogs)
    add(AthenaResponse, "get_table_metadata", _get_table_metadata)
    add(AthenaResponse, "list_table_metadata", _list_table_metadata)


def _get_database(self: AthenaResponse) -> str:
    request = _request(self)
    found = _ask(self, lambda glue: glue.get_database(Name=request["DatabaseName"]))
    return json.dumps({"Database": _database(found["Database"])})


def _list_databases(self: AthenaResponse) -> str:
    request = _request(self)
    pages = client("glue", self.region).get_paginator("get_databases").paginate()
    databases = [_database(item) for page in pages for item in page["DatabaseList"]]
    return _page("DatabaseList", sorted(databases, key=lambda item: item["Name"]), request)


def _get_table_metadata(self: AthenaResponse) -> str:
    request = _request(self)
    found = _ask(
        self,
        lambda glue: glue.get_table(DatabaseName=request["DatabaseName"], Name=request["TableName"]),
    )
    return json.dumps({"TableMetadata": _table(found["Table"])})


def _list_table_metadata(self: AthenaResponse) -> str:
    request = _request(self)
    wanted = re.compile(request.get("Expression") or ".*", re.IGNORECASE)

    def ask(glue: Any) -> list[dict[str, Any]]:
        pages = glue.get_paginator("get_tables").paginate(DatabaseName=request["DatabaseName"])
        return [item for page in pages for item in page["TableList"]]

    tables = [item for item in _ask(self, ask) if wanted.fullmatch(item["Name"])]
    return _page("TableMetadataList", [_table(item) for item in sorted(tables, key=lambda item: item["Name"])], request)


def _get_data_catalog(self: AthenaResponse) -> str:
    if self._get_param("Name").lower() == CATALOG.lower():
        return json.dumps({"DataCatalog": _DESCRIPTION})
    answer: str = original_of(AthenaResponse, "get_data_catalog")(self)
    return answer


def _list_data_catalogs(self: AthenaResponse) -> str:
    others = json.loads(original_of(AthenaResponse, "list_data_catalogs")(self))["DataCatalogsSummary"]
    return json.dumps({"DataCatalogsSummary": [{"CatalogName": CATALOG, "Type": "GLUE"}, *others]})


def _request(response: AthenaResponse) -> dict[str, Any]:
    request: dict[str, Any] = json.loads(response.body)
    if request["CatalogName"].lower() != CATALOG.lower():
        raise MetadataException(f"Catalog {request['CatalogName']} does not exist")
    return request


def _ask(response: AthenaResponse, question: Callable[[Any], Any]) -> Any:
    glue = client("glue", response.region)
    try:
        return question(glue)
    except glue.exceptions.EntityNotFoundException as error:
        raise MetadataException(
            f"{error.response['Error']['Message']} (Service: AmazonDataCatalog; Status Code: 400; "
            f"Error Code: EntityNotFoundException; Request ID: {error.response['ResponseMetadata']['RequestId']}; Proxy: null)"
        ) from error


def _database(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("Name", "Description", "Parameters") if name in found}


def _table(found: dict[str, Any]) -> dict[str, Any]:
    storage = found.get("StorageDescriptor", {})
    serde = storage.get("SerdeInfo", {})
    formats = {
        "inputformat": storage.get("InputFormat"),
        "location": storage.get("Location"),
        "outputformat": storage.get("OutputFormat"),
        "serde.serialization.lib": serde.get("SerializationLibrary"),
        **{f"serde.param.{name}": value for name, value in serde.get("Parameters", {}).items()},
    }
    return {
        "Name": found["Name"],
        "CreateTime": found["CreateTime"].timestamp() if "CreateTime" in found else None,
        "TableType": found.get("TableType"),
        "Columns": storage.get("Columns", []),
        "PartitionKeys": found.get("PartitionKeys", []),
        "Parameters": {
            **found.get("Parameters", {}),
            **{name: value for name, value in formats.items() if value is not None},
        },
    }


def _page(name: str, items: list[dict[str, Any]], request: dict[str, Any]) -> str:
    return json.dumps(page_of(name, items, request, _PAGE, invalid_token))
