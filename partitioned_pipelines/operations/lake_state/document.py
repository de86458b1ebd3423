"""The JSON form of the read model, and its schemas."""

from __future__ import annotations

from typing import Any, Final, TypeVar, cast

from pydantic import TypeAdapter

from partitioned_pipelines.operations.lake_state.detail import Detail
from partitioned_pipelines.operations.lake_state.lake import Lake
from partitioned_pipelines.operations.lake_state.log_page import LogPage
from partitioned_pipelines.operations.lake_state.run import Run

AnyDocument = Lake | Detail | Run | LogPage
Document = TypeVar("Document", Lake, Detail, Run, LogPage)

_ADAPTERS: Final[dict[type[Any], TypeAdapter[Any]]] = {kind: TypeAdapter(kind) for kind in (Lake, Detail, Run, LogPage)}


def to_document(model: AnyDocument) -> dict[str, Any]:
    """Return the JSON form of a part of the read model: objects, lists, strings and numbers."""
    return cast("dict[str, Any]", _ADAPTERS[type(model)].dump_python(model, mode="json", by_alias=True))


def from_document(kind: type[Document], document: object) -> Document:
    """Return a part of the read model from its JSON form. Raises ValueError (pydantic's ValidationError) if it does not fit."""
    return cast("Document", _ADAPTERS[kind].validate_python(document))


def schema_of(kind: type[AnyDocument]) -> dict[str, Any]:
    """Return the JSON Schema of a part of the read model."""
    return _ADAPTERS[kind].json_schema(by_alias=True, mode="serialization")
