"""The tree of a query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local_cloud.athena.sql.tokens import Position
    from local_cloud.athena.types.trino_types import Type


@dataclass(slots=True)
class Node:
    """Any part of a query."""

    position: Position


class Expression(Node):
    """An expression."""


@dataclass(slots=True)
class Null(Expression):
    """``NULL``."""


@dataclass(slots=True)
class Literal(Expression):
    """A literal: ``integer``, ``decimal``, ``double``, ``string``, ``binary`` or ``boolean``."""

    kind: str
    text: str


@dataclass(slots=True)
class TypedLiteral(Expression):
    """A literal with a type's name, such as ``DATE '2024-01-01'``."""

    type: str
    text: str


@dataclass(slots=True)
class IntervalLiteral(Expression):
    """``INTERVAL -'1' DAY TO SECOND``."""

    sign: int
    text: str
    first: str
    last: str | None


@dataclass(slots=True)
class Name(Expression):
    """A name; names are not case-sensitive."""

    name: str


@dataclass(slots=True)
class Dereference(Expression):
    """``base.name``."""

    base: Expression
    name: str


@dataclass(slots=True)
class Parameter(Expression):
    """A question mark."""

    index: int


@dataclass(slots=True)
class Negative(Expression):
    """``-x``, or ``+x``."""

    sign: str
    value: Expression


@dataclass(slots=True)
class Arithmetic(Expression):
    """``+``, ``-``, ``*``, ``/``, ``%`` or ``||``."""

    operator: str
    left: Expression
    right: Expression
    operator_position: Position


@dataclass(slots=True)
class Comparison(Expression):
    """A comparison; ``distinct`` is ``IS DISTINCT FROM``."""

    operator: str
    left: Expression
    right: Expression
    operator_position: Position


@dataclass(slots=True)
class QuantifiedComparison(Expression):
    """``left = ALL (query)``; the quantifier is ``all`` or ``any``."""

    operator: str
    quantifier: str
    left: Expression
    query: Query


@dataclass(slots=True)
class Logical(Expression):
    """Terms joined by ``AND`` or ``OR``."""

    operator: str
    terms: list[Expression]


@dataclass(slots=True)
class Not(Expression):
    """``NOT x``."""

    value: Expression


@dataclass(slots=True)
class Between(Expression):
    """``value BETWEEN low AND high``."""

    value: Expression
    low: Expression
    high: Expression
    operator_position: Position


@dataclass(slots=True)
class InList(Expression):
    """``value IN (a, b)``."""

    value: Expression
    items: list[Expression]


@dataclass(slots=True)
class InQuery(Expression):
    """``value IN (query)``."""

    value: Expression
    query: Query


@dataclass(slots=True)
class Like(Expression):
    """``value LIKE pattern ESCAPE escape``."""

    value: Expression
    pattern: Expression
    escape: Expression | None


@dataclass(slots=True)
class IsNull(Expression):
    """``value IS NULL``."""

    value: Expression


@dataclass(slots=True)
class AtTimeZone(Expression):
    """``value AT TIME ZONE zone``."""

    value: Expression
    zone: Expression


@dataclass(slots=True)
class Subscript(Expression):
    """``base[index]``."""

    base: Expression
    index: Expression


@dataclass(slots=True)
class Lambda(Expression):
    """``(x, y) -> body``."""

    parameters: list[str]
    body: Expression


@dataclass(slots=True)
class Cast(Expression):
    """``CAST(value AS type)``, or ``TRY_CAST``."""

    value: Expression
    type: Type
    safe: bool


@dataclass(slots=True)
class Case(Expression):
    """``CASE``, with an operand or without."""

    operand: Expression | None
    branches: list[tuple[Expression, Expression]]
    default: Expression | None


@dataclass(slots=True)
class Row(Expression):
    """A row; fields may have names."""

    items: list[Expression]
    names: list[str | None]


@dataclass(slots=True)
class Array(Expression):
    """``ARRAY[a, b]``."""

    items: list[Expression]


@dataclass(slots=True)
class Extract(Expression):
    """``EXTRACT(field FROM value)``."""

    field: str
    value: Expression


@dataclass(slots=True)
class ScalarQuery(Expression):
    """A query as a value."""

    query: Query


@dataclass(slots=True)
class Exists(Expression):
    """``EXISTS (query)``."""

    query: Query


@dataclass(slots=True)
class SortItem(Node):
    """One item of ``ORDER BY``."""

    value: Expression
    descending: bool
    nulls_first: bool | None


@dataclass(slots=True)
class Frame(Node):
    """The frame of a window, as written, and its values."""

    unit: str
    bounds: list[tuple[str, Expression | None]]


@dataclass(slots=True)
class Window(Node):
    """``OVER (…)``; ``base`` is the name of a window of the ``WINDOW`` clause."""

    base: str | None
    partition: list[Expression]
    order: list[SortItem]
    frame: Frame | None


@dataclass(slots=True)
class Call(Expression):
    """A function call."""

    name: str
    arguments: list[Expression]
    star: bool = False
    distinct: bool = False
    order: list[SortItem] = field(default_factory=list)
    filter: Expression | None = None
    nulls: str | None = None
    window: Window | None = None


@dataclass(slots=True)
class Grouping(Expression):
    """``GROUPING(a, b)``."""

    arguments: list[Expression]


@dataclass(slots=True)
class SqlJson(Expression):
    """A call of one of SQL's JSON functions.

    The arguments are the document, or the members, keys and values in turn.
    """

    name: str
    arguments: list[Expression]
    path: str = ""
    returning: Type | None = None
    on_empty: str = ""
    on_error: str = ""
    default: Expression | None = None
    wrapper: str = ""
    omits_quotes: bool = False
    absent_on_null: bool = False


class Relation(Node):
    """An item of ``FROM``."""


@dataclass(slots=True)
class TableName(Relation):
    """A table's name, with its database and catalog if they are written."""

    parts: list[str]


@dataclass(slots=True)
class SubqueryRelation(Relation):
    """A query, lateral or not."""

    query: Query
    lateral: bool = False


@dataclass(slots=True)
class Unnest(Relation):
    """``UNNEST(a, b) WITH ORDINALITY``."""

    values: list[Expression]
    ordinality: bool


@dataclass(slots=True)
class TableFunction(Relation):
    """``TABLE(name(…))``."""

    name: str
    arguments: list[tuple[str | None, Expression]]


@dataclass(slots=True)
class Aliased(Relation):
    """``relation AS name (columns)``."""

    relation: Relation
    name: str
    columns: list[str] | None


@dataclass(slots=True)
class Sampled(Relation):
    """``relation TABLESAMPLE BERNOULLI (10)``."""

    relation: Relation
    method: str
    percentage: Expression


@dataclass(slots=True)
class Join(Relation):
    """A join; ``kind`` is ``cross``, ``inner``, ``left``, ``right`` or ``full``."""

    kind: str
    left: Relation
    right: Relation
    condition: Expression | None = None
    using: list[tuple[str, Position]] | None = None


@dataclass(slots=True)
class SelectItem(Node):
    """One item of ``SELECT``."""

    value: Expression
    alias: str | None


@dataclass(slots=True)
class AllColumns(Node):
    """``*``, ``base.*``, or ``base.* AS (a, b)``."""

    base: Expression | None
    aliases: list[str]


@dataclass(slots=True)
class GroupBy(Node):
    """Each element is a list of grouping sets; a plain expression is one set."""

    distinct: bool
    elements: list[tuple[str, list[list[Expression]]]]


class Body(Node):
    """The body of a query: a SELECT, VALUES, a set operation or a query in parentheses."""


@dataclass(slots=True)
class Select(Body):
    """A SELECT."""

    distinct: bool
    items: list[SelectItem | AllColumns]
    source: Relation | None
    where: Expression | None
    group: GroupBy | None
    having: Expression | None
    windows: dict[str, Window]


@dataclass(slots=True)
class Values(Body):
    """``VALUES``."""

    rows: list[Expression]


@dataclass(slots=True)
class SetOperation(Body):
    """``union``, ``intersect`` or ``except``."""

    operator: str
    all: bool
    left: Body
    right: Body


@dataclass(slots=True)
class Nested(Body):
    """A query in parentheses."""

    query: Query


@dataclass(slots=True)
class NamedQuery(Node):
    """``name (columns) AS (query)`` of ``WITH``."""

    name: str
    columns: list[str] | None
    query: Query


@dataclass(slots=True)
class Query(Node):
    """A query."""

    named: list[NamedQuery]
    recursive: bool
    body: Body
    order: list[SortItem]
    offset: Expression | None
    limit: Expression | None
    ties: bool
