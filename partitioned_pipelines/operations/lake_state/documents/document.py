"""The JSON form of the read model, and its schemas."""

from __future__ import annotations

from typing import Any, Final, TypeVar, cast

from pydantic import TypeAdapter

from partitioned_pipelines.operations.lake_state.documents.detail import Detail
from partitioned_pipelines.operations.lake_state.documents.lake import Lake
from partitioned_pipelines.operations.lake_state.documents.log_page import LogPage
from partitioned_pipelines.operations.lake_state.documents.run import Run

AnyDocument = Lake | Detail | Run | LogPage
Document = TypeVar("Document", Lake, Detail, Run, LogPage)


_adapters: Final[dict[type[Any], TypeAdapter[Any]]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """Return what converts a part of the read model, built when it is first used: most commands need none."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def to_document(model: AnyDocument) -> dict[str, Any]:
    """Return the JSON form of a part of the read model: objects, lists, strings and numbers."""
    return cast("dict[str, Any]", _adapter(type(model)).dump_python(model, mode="json", by_alias=True))


def from_document(kind: type[Document], document: object) -> Document:
    """Return a part of the read model from its JSON form. Raises ValueError (pydantic's ValidationError) if it does not fit."""
    return cast("Document", _adapter(kind).validate_python(document))


def schema_of(kind: type[AnyDocument]) -> dict[str, Any]:
    """Return the JSON Schema of a part of the read model."""
    return _adapter(kind).json_schema(by_alias=True, mode="serialization")
