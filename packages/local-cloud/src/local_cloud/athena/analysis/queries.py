"""The analysis of queries, and their SQL in DuckDB.

Each column of each relation has a name of its own in DuckDB; the names of the query only exist here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from local_cloud.athena.analysis.columns import NotAPartitionConditionError, fields_of, names_of, resolve_name
from local_cloud.athena.analysis.expressions import Expressions
from local_cloud.athena.analysis.grouping import group_by
from local_cloud.athena.analysis.ordering import order_of_columns, order_of_select
from local_cloud.athena.analysis.relations import RelationAnalyzer
from local_cloud.athena.analysis.scope import Aggregation, Field, Relation, Scope, Value, located
from local_cloud.athena.analysis.set_operations import set_operation, values_of
from local_cloud.athena.analysis.walking import conjuncts, has_aggregates, has_query, walk
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.sql import tree
from local_cloud.athena.types.trino_types import is_comparable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local_cloud.athena.analysis.tables import Tables
    from local_cloud.athena.functions.python_functions import PythonFunctions

Environment = dict[str, tuple[tree.NamedQuery, "Environment", bool]]


class QueryAnalyzer:
    """The analyzer of one statement.

    Attributes
    ----------
    reading
        The columns of scans that are read: those that conditions and results depend on.
    """

    def __init__(
        self, tables: Tables, functions: PythonFunctions, parameters: Sequence[tree.Expression], database: str
    ) -> None:
        self.tables, self.functions, self.database = tables, functions, database
        self._parameters = parameters
        self.reading: set[tuple[int, str]] = set()
        self._numbers: dict[str, int] = {}
        self.environment: Environment = {}
        self.recursive: dict[str, Relation] = {}  # the tables of recursive queries, in their own steps

    def next(self, prefix: str) -> str:
        """Return a new name."""
        number = self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
        return f"{prefix}{number}"

    def parameter(self, node: tree.Parameter) -> tree.Expression:
        """Return the value of a question mark."""
        return self._parameters[node.index]

    def statement(self, query: tree.Query) -> Relation:
        """Analyze the outermost query."""
        found = self.query(query, None, {})
        for one in found.fields:
            self.reading |= one.sources
        return found

    def query(self, node: tree.Query, parent: Scope | None, environment: Environment) -> Relation:
        """Analyze a query; its SQL is a SELECT whose columns are those of its fields."""
        if node.named:
            environment = self._with_named(node, environment)
        body = node.body
        while isinstance(body, tree.Nested) and not (
            body.query.order or body.query.limit or body.query.offset or body.query.named or node.order
        ):
            body = body.query.body
        if isinstance(body, tree.Select):
            return self._limited(node, self._select(body, node, parent, environment))
        found = self.body(body, parent, environment)
        if node.order:
            found = replace(
                found, sql=f"SELECT * FROM ({found.sql}) ORDER BY {order_of_columns(self, node, found, parent)}"
            )
        return self._limited(node, found)

    def _with_named(self, node: tree.Query, environment: Environment) -> Environment:
        names = [named.name for named in node.named]
        for named in node.named:
            if names.count(named.name) > 1:
                raise located(
                    named.position, "DUPLICATE_NAMED_QUERY", f"WITH query name '{named.name}' specified more than once"
                )
        inner = dict(environment)
        for named in node.named:
            inner[named.name] = (named, dict(inner), node.recursive)
        return inner

    def _limited(self, node: tree.Query, found: Relation) -> Relation:
        if node.limit is None and node.offset is None:
            return found
        if node.ties and not node.order:
            raise located(node.position, "MISSING_ORDER_BY", "FETCH FIRST WITH TIES clause requires ORDER BY")
        fields = [replace(one, origins={}) for one in found.fields]
        if node.ties:
            return Relation(found.sql, fields)  # done by the order
        limit = f" LIMIT {self._count(node.limit)}" if node.limit is not None else ""
        offset = f" OFFSET {self._count(node.offset)}" if node.offset is not None else ""
        source = (
            found.sql
            if node.order or not isinstance(node.body, tree.SetOperation | tree.Nested)
            else f"SELECT * FROM ({found.sql})"
        )
        return Relation(f"{source}{limit}{offset}", fields)

    def _count(self, node: tree.Expression | None) -> int:
        if isinstance(node, tree.Parameter):
            node = self.parameter(node)
        if not isinstance(node, tree.Literal) or node.kind != "integer":
            raise QueryFailedError("TYPE_MISMATCH", "line 1:1: Non constant parameter value for LIMIT or OFFSET")
        return int(node.text)

    def body(self, body: tree.Body, parent: Scope | None, environment: Environment) -> Relation:
        """Analyze the part of a query that ORDER BY and LIMIT apply to."""
        match body:
            case tree.Nested():
                return self.query(body.query, parent, environment)
            case tree.SetOperation():
                return set_operation(self, body, parent, environment)
            case tree.Values():
                return values_of(self, body, parent, environment)
            case tree.Select():
                query = tree.Query(body.position, [], False, body, [], None, None, False)
                return self._select(body, query, parent, environment)
        raise AssertionError(type(body))

    def _select(self, node: tree.Select, query: tree.Query, parent: Scope | None, environment: Environment) -> Relation:
        relations = RelationAnalyzer(self, environment)
        self.environment = environment
        source = relations.relation(node.source, parent) if node.source is not None else Relation("", [])
        self.environment = environment
        scope = Scope(source.fields, parent)
        where = self._where(node.where, scope)
        aggregated = (
            node.group is not None or node.having is not None or any(map(has_aggregates, [*node.items, *query.order]))
        )
        base = (f" FROM {source.sql}" if source.sql else "") + (f" WHERE {where}" if where else "")
        inner = scope
        group_sql = ""
        if aggregated:
            inner = Scope(source.fields, parent, aggregation=Aggregation(self.next("g")))
            group_sql = group_by(self, node, scope, inner)
        expressions = Expressions(self, inner, clause="SELECT clause" if not aggregated else "", windows=node.windows)
        columns = self._items(node, expressions, inner)
        having = self._having(node, inner)
        order = order_of_select(self, node, query, inner, columns)
        if aggregated:
            aggregation = inner.aggregation
            if aggregation is None:
                raise AssertionError("no aggregation")
            computed = [f"{sql} AS {value.sql.partition('.')[2]}" for sql, value in aggregation.keys.items()]
            computed += [f"{sql} AS {name}" for sql, name in aggregation.aggregates.items()]
            base = f" FROM (SELECT {', '.join(computed or ['1 AS k0'])}{base}{group_sql}) AS {aggregation.alias}" + (
                f" WHERE {having}" if having else ""
            )
        selected = ", ".join(f"{value.sql} AS {field.sql}" for field, value in columns)
        sql = f"SELECT {'DISTINCT ' if node.distinct else ''}{selected}{base}"
        fields = [field for field, _ in columns]
        if _reshapes(node):
            fields = [replace(field, origins={}) for field in fields]
        if node.distinct:
            for field in fields:
                self.reading |= field.sources
                if not is_comparable(field.type):
                    raise located(
                        node.position,
                        "TYPE_MISMATCH",
                        f"DISTINCT can only be applied to comparable types (actual: {field.type})",
                    )
        if query.ties and query.order:
            rank = self.next("k")
            listed = ", ".join(field.sql for field in fields)
            ranked = f"SELECT {selected}, rank() OVER (ORDER BY {order}) AS {rank}{base}"
            sql = f"SELECT {listed} FROM ({ranked}) WHERE {rank} <= {self._count(query.limit)} ORDER BY {rank}"
        elif order and node.distinct:
            sql = f"SELECT * FROM ({sql}) ORDER BY {order}"
        elif order:
            sql = f"{sql} ORDER BY {order}"
        return Relation(sql, fields)

    def _where(self, condition: tree.Expression | None, scope: Scope) -> str:
        if condition is None:
            return ""
        expressions = Expressions(self, scope, clause="WHERE clause")
        sql = expressions.boolean(condition, "WHERE clause", is_clause=True)
        scans = {scan for field in scope.fields for scan in field.origins}
        for one in conjuncts(condition) if scans else ():
            if has_query(one):
                continue
            for scan in scans:
                try:
                    found = Expressions(self, scope, clause="WHERE clause", scan=scan).value(one).sql
                except NotAPartitionConditionError:
                    continue
                self.tables.add_condition(scan, found, one, scope)
        return sql

    def _items(self, node: tree.Select, expressions: Expressions, scope: Scope) -> list[tuple[Field, Value]]:
        columns: list[tuple[Field, Value]] = []
        for item in node.items:
            if isinstance(item, tree.SelectItem):
                reading, self.reading = self.reading, set()
                value = expressions.value(item.value)
                sources, self.reading = frozenset(self.reading), reading
                name = item.alias or _column_name(item.value)
                columns.append((self._output(name, value, item.value, scope, sources), value))
                continue
            for field, value in self._star(item, expressions, scope):
                columns.append((replace(field, sql=self.next("c"), qualifier=(), hidden=False), value))
        return columns

    def _star(self, item: tree.AllColumns, expressions: Expressions, scope: Scope) -> list[tuple[Field, Value]]:
        found = fields_of(item, scope)
        if not found and item.base is not None:
            names = names_of(item.base)
            if names and resolve_name(expressions, names, item.position) is None:
                raise located(item.position, "TABLE_NOT_FOUND", f"Unable to resolve reference {'.'.join(names)}")
            base = expressions.value(item.base)
            if base.type.base != "row":
                raise located(item.position, "TYPE_MISMATCH", f"Cannot select all fields of {base.type}")
            names_of_fields: list[str | None] = [*(item.aliases or base.type.names)]
            return [
                (Field(name, part, ""), expressions.field_of_row(base, place))
                for place, (name, part) in enumerate(zip(names_of_fields, base.type.parts, strict=True))
            ]
        if item.aliases and len(item.aliases) != len(found):
            raise located(
                item.position,
                "MISMATCHED_COLUMN_ALIASES",
                f"Column alias list has {len(item.aliases)} entries but relation has {len(found)} columns",
            )
        columns = []
        for place, field in enumerate(found):
            if scope.aggregation is not None and field.sql not in scope.aggregation.keys:
                raise located(
                    item.position,
                    "EXPRESSION_NOT_AGGREGATE",
                    f"'{field.name}' must be an aggregate expression or appear in GROUP BY clause",
                )
            value = (
                scope.aggregation.keys[field.sql]
                if scope.aggregation is not None
                else Value(field.sql, field.type, plain=True)
            )
            columns.append((replace(field, name=item.aliases[place] if item.aliases else field.name), value))
        return columns

    def _output(
        self, name: str | None, value: Value, node: tree.Expression, scope: Scope, sources: frozenset[tuple[int, str]]
    ) -> Field:
        origins: dict[int, str] = {}
        if isinstance(node, tree.Name | tree.Dereference):
            for field in scope.fields:
                if field.sql == value.sql or (
                    scope.aggregation is not None and scope.aggregation.keys.get(field.sql) is value
                ):
                    origins = field.origins
        return Field(name, value.type, self.next("c"), (), origins, sources)

    def _having(self, node: tree.Select, scope: Scope) -> str:
        if node.having is None:
            return ""
        expressions = Expressions(self, scope)
        return expressions.boolean(node.having, "HAVING clause", is_clause=True)


def _reshapes(node: tree.Select) -> bool:
    """Return whether rows of a partition change the results of others, so that conditions on the result do not prune partitions."""
    if node.group is not None and any(kind != "simple" for kind, _ in node.group.elements):
        return True
    return any(isinstance(inner, tree.Call) and inner.window is not None for item in node.items for inner in walk(item))


def _column_name(node: tree.Expression) -> str | None:
    if isinstance(node, tree.Name):
        return node.name
    return node.name if isinstance(node, tree.Dereference) else None
