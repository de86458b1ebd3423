"""The keys of JSON objects that a table's columns and fields are read from.

The properties of the OpenX SerDe: https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html, in detail as in Trino's
``OpenXJsonDeserializer.FieldName``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MAPPING = "mapping."


@dataclass(frozen=True, slots=True)
class JsonKeys:
    """How names are matched with keys, at every depth.

    Attributes
    ----------
    is_case_sensitive
        Whether ``Url`` and ``URL`` are different keys.
    replaces_dots
        Whether ``a.b`` is the key of the name ``a_b``, unless there is a key ``a_b``.
    mapped
        The keys of names that have another key.
    """

    is_case_sensitive: bool = False
    replaces_dots: bool = False
    mapped: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> JsonKeys:
        """Return the keys for the parameters of the OpenX SerDe."""
        mapped = {
            name.removeprefix(_MAPPING).lower(): key for name, key in parameters.items() if name.startswith(_MAPPING)
        }
        return cls(
            is_case_sensitive=parameters.get("case.insensitive", "true").lower() != "true",
            replaces_dots=parameters.get("dots.in.keys", "").lower() == "true",
            mapped=tuple(sorted(mapped.items())),
        )

    def folded(self, key: str) -> str:
        """Return a key in the form in which keys are compared."""
        return key if self.is_case_sensitive else key.lower()

    def reader(self, names: Sequence[str]) -> Callable[[Mapping[str, Any]], list[Any]]:
        """Return the function that returns an object's value for each name; None for a name that the object lacks."""
        mapped = dict(self.mapped)
        keys = [self.folded(mapped.get(name, name)) for name in names]

        def read(document: Mapping[str, Any]) -> list[Any]:
            values = {self.folded(key): value for key, value in document.items()}
            return [values.get(key) for key in keys]

        def read_dotted(document: Mapping[str, Any]) -> list[Any]:
            values = {self.folded(key): value for key, value in document.items()}
            dotted = {key.replace(".", "_"): value for key, value in values.items() if "." in key}
            return [values[key] if key in values else dotted.get(name) for key, name in zip(keys, names, strict=True)]

        return read_dotted if self.replaces_dots else read
