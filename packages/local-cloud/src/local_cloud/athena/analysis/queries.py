"""The analysis of queries, and their SQL in DuckDB.

Each column of each relation has a name of its own in DuckDB; the names of the query only exist here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from local_cloud.athena.analysis.aggregate_calls import sort_sql, sort_value
from local_cloud.athena.analysis.comparisons import compared
from local_cloud.athena.analysis.expressions import Expressions, NotAPartitionConditionError
from local_cloud.athena.analysis.relations import RelationAnalyzer
from local_cloud.athena.analysis.scope import Aggregation, Field, Relation, Scope, Value, located
from local_cloud.athena.analysis.walking import conjuncts, has_aggregates, has_query, walk
from local_cloud.athena.catalog.hive_types import quoted
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.casts import cast_sql
from local_cloud.athena.sql import tree
from local_cloud.athena.types.coercions import common_type
from local_cloud.athena.types.trino_types import BOOLEAN, INTEGER, UNKNOWN, VARCHAR, Type, is_comparable, is_orderable

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

    # queries

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
        found = self._body(body, parent, environment)
        if node.order:
            found = replace(
                found, sql=f"SELECT * FROM ({found.sql}) ORDER BY {self._order_of_columns(node, found, parent)}"
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

    def _body(self, body: tree.Body, parent: Scope | None, environment: Environment) -> Relation:
        match body:
            case tree.Nested():
                return self.query(body.query, parent, environment)
            case tree.SetOperation():
                return self._set_operation(body, parent, environment)
            case tree.Values():
                return self._values(body, parent, environment)
            case tree.Select():
                query = tree.Query(body.position, [], False, body, [], None, None, False)
                return self._select(body, query, parent, environment)
        raise AssertionError(type(body))

    def _order_of_columns(self, node: tree.Query, found: Relation, parent: Scope | None) -> str:
        scope = Scope(found.fields, parent)
        expressions = Expressions(self, scope, clause="ORDER BY clause")
        items = []
        for item in node.order:
            column = self._ordinal(item, found.fields)
            value = Value(column.sql, column.type, plain=True) if column else sort_value(expressions, item)
            items.append(sort_sql(value, item))
        return ", ".join(items)

    def _ordinal(self, item: tree.SortItem, fields: Sequence[Field]) -> Field | None:
        if isinstance(item.value, tree.Literal) and item.value.kind == "integer":
            place = int(item.value.text)
            if not 1 <= place <= len(fields):
                raise located(
                    item.position, "INVALID_COLUMN_REFERENCE", f"ORDER BY position {place} is not in select list"
                )
            self.reading |= fields[place - 1].sources
            if not is_orderable(fields[place - 1].type):
                raise located(
                    item.position,
                    "TYPE_MISMATCH",
                    f"Type {fields[place - 1].type} is not orderable, and therefore cannot be used in ORDER BY",
                )
            return fields[place - 1]
        return None

    def _set_operation(self, node: tree.SetOperation, parent: Scope | None, environment: Environment) -> Relation:
        sides = [self._body(one, parent, environment) for one in self._sides(node)]
        first = sides[0]
        name = node.operator.upper()
        for side in sides[1:]:
            if len(side.fields) != len(first.fields):
                raise located(
                    node.position,
                    "TYPE_MISMATCH",
                    f"{name} query has different number of fields: {len(first.fields)}, {len(side.fields)}",
                )
        kinds = []
        for place, field in enumerate(first.fields):
            kind = field.type
            for side in sides[1:]:
                common = common_type(kind, side.fields[place].type)
                if common is None:
                    raise located(
                        node.position,
                        "TYPE_MISMATCH",
                        f"column {place + 1} in {name} query has incompatible types: {kind}, {side.fields[place].type}",
                    )
                kind = common
            if not node.all and not is_comparable(kind):
                raise located(
                    node.position,
                    "TYPE_MISMATCH",
                    f"Type {kind} is not comparable and therefore cannot be used in {name}",
                )
            kinds.append(kind)
        columns = [self.next("c") for _ in kinds]
        selects = []
        for side in sides:
            listed = ", ".join(
                f"{cast_sql(Value(one.sql, one.type, plain=True), kind, self.functions)} AS {column}"
                for one, kind, column in zip(side.fields, kinds, columns, strict=True)
            )
            selects.append(f"SELECT {listed} FROM ({side.sql})")
        is_union = node.operator == "union"
        fields = []
        for place, (kind, column) in enumerate(zip(kinds, columns, strict=True)):
            parts = [side.fields[place] for side in sides]
            origins = {scan: key for part in parts for scan, key in part.origins.items()} if is_union else {}
            fields.append(
                Field(parts[0].name, kind, column, (), origins, frozenset().union(*(part.sources for part in parts)))
            )
        if not is_union or not node.all:
            for field in fields:
                self.reading |= field.sources
        operator = f" {name}{' ALL' if node.all else ''} "
        return Relation(operator.join(selects), fields)

    def _sides(self, node: tree.SetOperation) -> list[tree.Body]:
        """Return the sides of a chain of the same operation, which may be long."""
        sides = [node.right]
        left = node.left
        while (
            isinstance(left, tree.SetOperation)
            and left.operator == node.operator
            and left.all == node.all
            and node.operator == "union"
        ):
            sides.append(left.right)
            left = left.left
        return [left, *reversed(sides)]

    def _values(self, node: tree.Values, parent: Scope | None, environment: Environment) -> Relation:
        expressions = Expressions(self, Scope([], parent))
        self.environment = environment
        rows: list[list[Value]] = []
        for item in node.rows:
            items = item.items if isinstance(item, tree.Row) else [item]
            rows.append([expressions.value(one) for one in items])
        if len({len(row) for row in rows}) > 1:
            raise located(node.position, "TYPE_MISMATCH", "Values rows have mismatched sizes")
        kinds: list[Type] = []
        for place in range(len(rows[0])):
            kind: Type = UNKNOWN
            for row in rows:
                common = common_type(kind, row[place].type)
                if common is None:
                    raise located(
                        node.position,
                        "TYPE_MISMATCH",
                        f"Values rows have mismatched types: {', '.join(str(one[0].type) for one in rows)}",
                    )
                kind = common
            kinds.append(kind)
        columns = [self.next("c") for _ in kinds]
        typed = [
            f"({', '.join(self._typed(value, kind) for value, kind in zip(row, kinds, strict=True))})" for row in rows
        ]
        alias = self.next("r")
        sql = f"SELECT * FROM (VALUES {', '.join(typed)}) AS {alias}({', '.join(columns)})"
        return Relation(sql, [Field(None, kind, column) for kind, column in zip(kinds, columns, strict=True)])

    def _typed(self, value: Value, kind: Type) -> str:
        sql = cast_sql(value, kind, self.functions)
        return f"CAST({sql} AS {kind.duckdb})" if kind.base not in {"varchar", "char"} else sql

    # SELECT

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
            group_sql = self._groups(node, scope, inner)
        expressions = Expressions(self, inner, clause="SELECT clause" if not aggregated else "", windows=node.windows)
        columns = self._items(node, expressions, inner)
        having = self._having(node, inner)
        order = self._order(node, query, inner, columns)
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
        sql = expressions.boolean(condition, "WHERE clause must evaluate to a boolean: actual type ")
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

    def _groups(self, node: tree.Select, scope: Scope, inner: Scope) -> str:
        aggregation = inner.aggregation
        if aggregation is None:
            raise AssertionError("no aggregation")
        if node.group is None:
            return ""
        expressions = Expressions(self, scope, clause="GROUP BY clause")
        elements = []
        for kind, sets in node.group.elements:
            listed = []
            for one in sets:
                keys = [self._grouping_key(item, node, expressions, inner) for item in one]
                listed.append(f"({', '.join(keys)})" if kind != "simple" or len(keys) != 1 else keys[0])
            elements.append(
                f"{kind.upper()} ({', '.join(listed)})"
                if kind != "simple"
                else listed[0]
                if listed[0] != "()"
                else "GROUPING SETS (())"
            )
        return f" GROUP BY {', '.join(elements)}"

    def _grouping_key(self, item: tree.Expression, node: tree.Select, expressions: Expressions, inner: Scope) -> str:
        aggregation = inner.aggregation
        if aggregation is None:
            raise AssertionError("no aggregation")
        if isinstance(item, tree.Literal) and item.kind == "integer":
            place = int(item.text)
            chosen = self._item_at(place, node, expressions)
            if chosen is None:
                raise located(
                    item.position, "INVALID_COLUMN_REFERENCE", f"GROUP BY position {place} is not in select list"
                )
            if not isinstance(chosen, Value):
                if has_aggregates(chosen):
                    raise located(
                        item.position,
                        "EXPRESSION_NOT_SCALAR",
                        "GROUP BY clause cannot contain aggregations, window functions or grouping operations",
                    )
                item = chosen
                value = expressions.value(item)
            else:
                value = chosen
        else:
            value = expressions.value(item)
        if not is_comparable(value.type):
            raise located(
                item.position,
                "TYPE_MISMATCH",
                f"{value.type} is not comparable, and therefore cannot be used in GROUP BY",
            )
        sql = value.sql
        if sql not in aggregation.keys:
            column = f"k{len(aggregation.keys) + 1}"
            aggregation.keys[sql] = Value(f"{aggregation.alias}.{column}", value.type, plain=True)
            aggregation.has_expressions |= not isinstance(item, tree.Name | tree.Dereference)
        if (
            value.plain and not isinstance(item, tree.Name | tree.Dereference) and value.text is not None
        ) or sql.isdigit():
            return f"CAST({sql} AS {value.type.duckdb})"
        return sql

    def _item_at(self, place: int, node: tree.Select, expressions: Expressions) -> tree.Expression | Value | None:
        listed: list[tree.Expression | Value] = []
        for item in node.items:
            if isinstance(item, tree.SelectItem):
                listed.append(item.value)
            else:
                listed += [
                    Value(field.sql, field.type, plain=True) for field in self._fields_of(item, expressions.scope)
                ]
        return listed[place - 1] if 1 <= place <= len(listed) else None

    def _fields_of(self, item: tree.AllColumns, scope: Scope) -> list[Field]:
        if item.base is None:
            if not scope.fields:
                raise located(item.position, "COLUMN_NOT_FOUND", "SELECT * not allowed in queries without FROM clause")
            return [field for field in scope.fields if not field.hidden]
        parts = tuple(_names(item.base))
        return [
            field for field in scope.fields if parts and field.qualifier[-len(parts) :] == parts and not field.hidden
        ]

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
        found = self._fields_of(item, scope)
        if not found and item.base is not None:
            names = _names(item.base)
            if names and expressions.resolve(names, item.position) is None:
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
        return expressions.boolean(node.having, "HAVING clause must evaluate to a boolean: actual type ")

    def _order(self, node: tree.Select, query: tree.Query, scope: Scope, columns: list[tuple[Field, Value]]) -> str:
        if not query.order:
            return ""
        aliases: dict[str, list[Value]] = {}
        for field, value in columns:
            if field.name is not None:
                aliases.setdefault(field.name.lower(), []).append(value)
        expressions = Expressions(
            self, scope, aliases=aliases, windows=node.windows, clause="" if scope.aggregation else "ORDER BY clause"
        )
        by_sql = {value.sql: field for field, value in columns}
        by_column = {field.sql: value for field, value in columns}
        items = []
        for item in query.order:
            chosen = self._ordinal(item, [field for field, _ in columns])
            value = by_column[chosen.sql] if chosen is not None else sort_value(expressions, item)
            if node.distinct:
                chosen = chosen or by_sql.get(value.sql)
                if chosen is None:
                    raise located(
                        item.position,
                        "EXPRESSION_NOT_IN_DISTINCT",
                        "For SELECT DISTINCT, ORDER BY expressions must appear in select list",
                    )
                value = Value(chosen.sql, chosen.type, plain=True)
            items.append(sort_sql(value, item))
        return ", ".join(items)

    # queries inside expressions

    def subquery(
        self, expressions: Expressions, node: tree.ScalarQuery | tree.Exists | tree.InQuery | tree.QuantifiedComparison
    ) -> Value:
        """Analyze a query in an expression."""
        environment = self.environment
        found = self.query(node.query, expressions.scope, environment)
        self.environment = environment
        for field in found.fields:
            self.reading |= field.sources
        if isinstance(node, tree.Exists):
            return Value(f"EXISTS ({found.sql})", BOOLEAN)
        if isinstance(node, tree.ScalarQuery):
            if len(found.fields) == 1:
                return Value(f"({found.sql})", found.fields[0].type)
            raise located(
                node.position,
                "NOT_SUPPORTED",
                "Subqueries with several columns are not supported by the local cloud here",
            )
        if isinstance(node, tree.InQuery):
            return self._in_query(expressions, node, found)
        value = expressions.value(node.left)
        if len(found.fields) != 1:
            raise located(
                node.position,
                "TYPE_MISMATCH",
                f"Multiple columns returned by subquery are not yet supported. Found {len(found.fields)}",
            )
        column = self.next("c")
        item = Value(column, found.fields[0].type, plain=True)
        condition = compared(expressions, node.operator, value, item, node.position).sql
        every = node.quantifier == "all"
        decided = f"coalesce(bool_{'and' if every else 'or'}({condition}), {'true' if every else 'false'})"
        unknown = f"count(*) FILTER (WHERE ({condition}) IS NULL) > 0"
        known = f"bool_or({condition})" if not every else f"NOT bool_and({condition})"
        known = f"WHEN coalesce({known}, false) THEN {'false' if every else 'true'}"
        chosen = f"CASE {known} WHEN {unknown} THEN NULL ELSE {decided} END"
        return Value(f"(SELECT {chosen} FROM ({found.sql}) AS {self.next('r')}({column}))", BOOLEAN)

    def _in_query(self, expressions: Expressions, node: tree.InQuery, found: Relation) -> Value:
        items = node.value.items if isinstance(node.value, tree.Row) else [node.value]
        if len(items) != len(found.fields):
            raise located(
                node.position,
                "TYPE_MISMATCH",
                f"Multiple columns returned by subquery are not yet supported. Found {len(found.fields)}",
            )
        values = [expressions.value(item) for item in items]
        ours, theirs = [], []
        for value, field in zip(values, found.fields, strict=True):
            kind = common_type(value.type, field.type)
            if kind is None:
                raise located(
                    node.position,
                    "TYPE_MISMATCH",
                    f"Value expression and result of subquery must be of the same type: {value.type} vs {field.type}",
                )
            sql = cast_sql(value, kind, self.functions)
            theirs.append(cast_sql(Value(field.sql, field.type, plain=True), kind, self.functions))
            ours.append(sql)
        left = ours[0] if len(ours) == 1 else f"({', '.join(ours)})"
        right = theirs[0] if len(theirs) == 1 else f"({', '.join(theirs)})"
        return Value(f"({left} IN (SELECT {right} FROM ({found.sql})))", BOOLEAN)

    def grouping(self, expressions: Expressions, node: tree.Grouping) -> Value:
        """Analyze ``GROUPING``."""
        aggregation = expressions.scope.aggregation
        if aggregation is None or not aggregation.keys:
            raise located(
                node.position,
                "MISSING_GROUP_BY",
                "A GROUPING() operation can only be used with a corresponding GROUPING SET/CUBE/ROLLUP/GROUP BY clause",
            )
        plain = Expressions(self, Scope(expressions.scope.fields, expressions.scope.parent))
        keys = [plain.value(argument).sql for argument in node.arguments]
        if any(key not in aggregation.keys for key in keys):
            raise located(
                node.position,
                "INVALID_ARGUMENTS",
                "The arguments to GROUPING() must be expressions referenced by the GROUP BY at line 1:1 and line 1:1",
            )
        sql = f"CAST(grouping({', '.join(keys)}) AS INTEGER)"
        column = aggregation.aggregates.setdefault(sql, f"a{len(aggregation.aggregates) + 1}")
        return Value(f"{aggregation.alias}.{column}", INTEGER, plain=True)


def _reshapes(node: tree.Select) -> bool:
    """Return whether rows of a partition change the results of others, so that conditions on the result do not prune partitions."""
    if node.group is not None and any(kind != "simple" for kind, _ in node.group.elements):
        return True
    return any(isinstance(inner, tree.Call) and inner.window is not None for item in node.items for inner in walk(item))


def _names(node: tree.Expression) -> list[str]:
    if isinstance(node, tree.Name):
        return [node.name.lower()]
    if isinstance(node, tree.Dereference):
        base = _names(node.base)
        return [*base, node.name.lower()] if base else []
    return []


def _column_name(node: tree.Expression) -> str | None:
    if isinstance(node, tree.Name):
        return node.name
    return node.name if isinstance(node, tree.Dereference) else None


__all__ = ["VARCHAR", "QueryAnalyzer", "quoted"]
