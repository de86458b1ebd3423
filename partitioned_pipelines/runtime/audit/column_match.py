"""The comparison of a file's columns with a table's, including nested types, for formats whose files contain a schema."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from partitioned_pipelines.lake.tables.content import Column
    from partitioned_pipelines.lake.tables.hive_type import HiveType

_MOST_NAMES = 20


class StoredColumn(Protocol):
    """A column of a file, or a part of one; its string is the type's name in the format."""

    @property
    def name(self) -> str:
        """The name, possibly empty for an array's items and a map's keys and values."""

    @property
    def decimal(self) -> tuple[int, int] | None:
        """Precision and scale; None if it is not a decimal."""


Stored = TypeVar("Stored", bound=StoredColumn)


class ColumnMatch(ABC, Generic[Stored]):
    """The comparison of one file's columns with its table's; columns and fields are matched by name, ignoring case.

    Parameters
    ----------
    add
        Called with each problem.
    """

    READ_AS: ClassVar[Mapping[str, Collection[str]]]
    """The file's types that engines read as a plain type of the table, including narrower ones, by the kind of the table's type."""
    TO_WRITE: ClassVar[Mapping[str, str]]
    """The type that a script should write, in the format's terms, by the kind of the table's type."""

    def __init__(self, add: Callable[[str], None]) -> None:
        self.add = add

    def compare_columns(self, columns: Iterable[Column], found: Sequence[Stored]) -> None:
        """Compare all columns of the table with the file's."""
        by_name = self._by_name("", found)
        for column in columns:
            if column.name in by_name:
                self.compare(column.name, column.type, by_name[column.name])
            else:
                names = sorted(by_name)[:_MOST_NAMES]
                self.add(f"it has no column {column.name!r}, which would be null; its columns are {names!r}")

    def compare(self, path: str, wanted: HiveType, found: Stored) -> None:
        """Compare a column, or a part of one, with its expected type; ``path`` is its name in a finding."""
        if wanted.kind == "array":
            item = self.item(found)
            if item is None:
                self.differs(path, wanted, found)
            else:
                self.compare(f"{path}[]", wanted.parts[0], item)
        elif wanted.kind == "map":
            entries = self.entries(found)
            if entries is None:
                self.differs(path, wanted, found)
            else:
                for place, part, child in zip(("key", "value"), wanted.parts, entries, strict=True):
                    self.compare(f"{path}[{place}]", part, child)
        elif wanted.kind == "struct":
            fields = self.fields(found)
            if fields is None:
                self.differs(path, wanted, found)
            else:
                self._compare_fields(path, wanted, fields)
        else:
            self.compare_plain(path, wanted, found)

    @abstractmethod
    def item(self, found: Stored) -> Stored | None:
        """Return the type of an array's items; None if it is not an array."""

    @abstractmethod
    def entries(self, found: Stored) -> Sequence[Stored] | None:
        """Return a map's key and value; None if it is not a map."""

    @abstractmethod
    def fields(self, found: Stored) -> Sequence[Stored] | None:
        """Return a struct's fields; None if it is not a struct."""

    def compare_plain(self, path: str, wanted: HiveType, found: Stored) -> None:
        """Compare a column of a type that is not nested."""
        if not self._is_read_as(wanted, found):
            self.differs(path, wanted, found)

    def differs(self, path: str, wanted: HiveType, found: Stored, remedy: str = "") -> None:
        """Report a column whose type engines do not read as the table's type."""
        self.add(f"{path} is {found}, the table's is {wanted}: {remedy or f'write {self.to_write(wanted)}'}")

    def to_write(self, wanted: HiveType) -> str:
        """Return the type that a script should write."""
        return self.TO_WRITE.get(wanted.kind, wanted.text)

    def _is_read_as(self, wanted: HiveType, found: Stored) -> bool:
        if wanted.kind == "decimal":
            precision, scale = wanted.sizes
            return found.decimal is not None and found.decimal[1] == scale and found.decimal[0] <= precision
        readable = self.READ_AS.get(wanted.kind)
        return readable is None or str(found) in readable

    def _compare_fields(self, path: str, wanted: HiveType, found: Sequence[Stored]) -> None:
        fields = self._by_name(path, found)
        common = [(name, part) for name, part in zip(wanted.names, wanted.parts, strict=True) if name in fields]
        if not common:
            self.add(
                f"{path} has none of the table's fields ({', '.join(wanted.names[:_MOST_NAMES])}), and would be a row of nulls; "
                f"its fields are {sorted(fields)[:_MOST_NAMES]!r}"
            )
        for name, part in common:
            self.compare(f"{path}.{name}", part, fields[name])

    def _by_name(self, path: str, columns: Sequence[Stored]) -> dict[str, Stored]:
        """Return columns, or a struct's fields, by their lower-case names."""
        found = {column.name.lower(): column for column in columns}
        if len(found) < len(columns):
            names = sorted(column.name for column in columns)
            what = f"fields of {path}" if path else "columns"
            self.add(f"{what} have the same name, or differ only in case, {names!r}: engines read one of them")
        return found
