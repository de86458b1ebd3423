"""The analysis of FROM: tables, subqueries, joins, UNNEST."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from local_cloud.athena.analysis.expressions import Expressions
from local_cloud.athena.analysis.scope import Field, Relation, Scope, Value, located, matching
from local_cloud.athena.analysis.walking import has_aggregates
from local_cloud.athena.catalog.hive_types import literal, quoted
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.casts import cast_sql
from local_cloud.athena.sql import tree
from local_cloud.athena.types.coercions import can_coerce, common_type
from local_cloud.athena.types.trino_types import BIGINT, DOUBLE, Type

if TYPE_CHECKING:
    from local_cloud.athena.analysis.queries import Environment, QueryAnalyzer

_DEEPEST_VIEW = 10
_DEEPEST_RECURSION = 10


class RelationAnalyzer:
    """The analyzer of the items of one FROM."""

    def __init__(self, queries: QueryAnalyzer, environment: Environment) -> None:
        self._queries, self._environment = queries, environment

    def relation(self, node: tree.Relation, parent: Scope | None) -> Relation:
        """Analyze an item of FROM; its SQL is one, too."""
        match node:
            case tree.Aliased():
                return self._aliased(node, parent)
            case tree.TableName():
                return self._table(node)
            case tree.SubqueryRelation():
                found = self._queries.query(node.query, parent, self._environment)
                return self._wrapped(found, lateral=node.lateral)
            case tree.Join():
                return self._join(node, parent)
            case tree.Unnest():
                return self._unnest(node, parent)
            case tree.Sampled():
                return self._sampled(node, parent)
            case tree.TableFunction():
                return self._table_function(node)
        raise AssertionError(type(node))

    def _wrapped(self, found: Relation, *, lateral: bool = False) -> Relation:
        alias = self._queries.next("r")
        fields = [replace(one, sql=f"{alias}.{one.sql}") for one in found.fields]
        return Relation(f"{'LATERAL ' if lateral else ''}({found.sql}) AS {alias}", fields)

    def _aliased(self, node: tree.Aliased, parent: Scope | None) -> Relation:
        found = self.relation(node.relation, parent)
        shown = [one for one in found.fields if not one.hidden]
        if node.columns is not None and len(node.columns) != len(shown):
            raise located(
                node.position,
                "MISMATCHED_COLUMN_ALIASES",
                f"Column alias list has {len(node.columns)} entries but '{node.name}' has {len(shown)} columns available",
            )
        names = iter(node.columns or ())
        fields = []
        for one in found.fields:
            name = one.name if node.columns is None or one.hidden else next(names)
            fields.append(replace(one, name=name, qualifier=(node.name,)))
        return Relation(found.sql, fields)

    def _table(self, node: tree.TableName) -> Relation:
        if len(node.parts) == 1 and node.parts[0] in self._queries.recursive:
            return self._queries.recursive[node.parts[0]]
        if len(node.parts) == 1 and node.parts[0] in self._environment:
            return self._named_query(node)
        queries = self._queries
        if len(node.parts) > 3:
            raise located(node.position, "SYNTAX_ERROR", f"Too many dots in table name: {'.'.join(node.parts)}")
        catalog, database, name = (*("awsdatacatalog", queries.database)[: 3 - len(node.parts)], *node.parts)
        position = f"line {node.position[0]}:{node.position[1]}"
        if catalog != "awsdatacatalog":
            raise QueryFailedError("CATALOG_NOT_FOUND", f"{position}: Catalog '{catalog}' does not exist")
        view = queries.tables.view(database, name, position)
        if view is not None:
            return self._view(view, (catalog, database, name))
        scan = queries.tables.scan(database, name, position)
        alias = queries.next("r")
        fields = [
            Field(
                column,
                kind,
                f"{alias}.{quoted(column)}",
                (catalog, database, name),
                {scan.number: column} if column in scan.keys else {},
                frozenset({(scan.number, column)}),
                hidden=column.startswith("$"),
            )
            for column, kind in scan.columns
        ]
        return Relation(f"{scan.view} AS {alias}", fields)

    def _view(self, view: tuple[tree.Query, str], qualifier: tuple[str, ...]) -> Relation:
        queries = self._queries
        query, database = view
        outer, queries.database = queries.database, database
        queries.tables.depth += 1
        try:
            if queries.tables.depth > _DEEPEST_VIEW:
                raise QueryFailedError("VIEW_IS_RECURSIVE", f"View '{'.'.join(qualifier[1:])}' is recursive")
            found = self._wrapped(queries.query(query, None, {}))
        finally:
            queries.database = outer
            queries.tables.depth -= 1
        return Relation(found.sql, [replace(one, qualifier=qualifier) for one in found.fields])

    def _named_query(self, node: tree.TableName) -> Relation:
        named, environment, recursive = self._environment[node.parts[0]]
        if recursive and _mentions(named.query, named.name):
            found = self._recursive(named, environment)
        else:
            found = self._wrapped(self._queries.query(named.query, None, environment))
        if named.columns is not None and len(named.columns) != len(found.fields):
            raise located(
                named.position,
                "MISMATCHED_COLUMN_ALIASES",
                f"Column alias list has {len(named.columns)} entries but relation has {len(found.fields)} columns",
            )
        names: list[str | None] = [*(named.columns or (one.name for one in found.fields))]
        fields = [
            replace(one, name=name, qualifier=(named.name,)) for one, name in zip(found.fields, names, strict=True)
        ]
        return Relation(found.sql, fields)

    def _recursive(self, named: tree.NamedQuery, environment: Environment) -> Relation:
        queries = self._queries
        body = named.query.body
        if not isinstance(body, tree.SetOperation) or body.operator != "union" or named.columns is None:
            raise located(
                named.position, "INVALID_RECURSIVE_REFERENCE", "Recursive query must be a UNION with column aliases"
            )
        base = queries.body(body.left, None, environment)
        name = queries.next("w")
        columns = [queries.next("c") for _ in base.fields]
        table = Relation(
            name,
            [
                Field(alias, one.type, f"{name}.{column}", (named.name,))
                for alias, one, column in zip(named.columns, base.fields, columns, strict=True)
            ],
        )
        outer = queries.recursive.get(named.name)
        queries.recursive[named.name] = table
        try:
            step = queries.body(body.right, None, environment)
        finally:
            queries.recursive.pop(named.name)
            if outer is not None:
                queries.recursive[named.name] = outer
        selected = []
        for one, own in zip(base.fields, step.fields, strict=True):
            if not can_coerce(own.type, one.type):
                raise located(
                    named.position,
                    "TYPE_MISMATCH",
                    f"recursion step relation output type ({own.type}) is not coercible to recursion base relation output type ({one.type})",
                )
            selected.append(cast_sql(Value(own.sql, own.type, plain=True), one.type, queries.functions))
        quantifier = " ALL" if body.all else ""
        union = f"{base.sql} UNION{quantifier} SELECT {', '.join(selected)} FROM ({step.sql})"
        sql = f"WITH RECURSIVE {name}({', '.join(columns)}) AS ({union}) SELECT * FROM {name}"
        return self._wrapped(
            Relation(
                sql, [replace(one, sql=column, origins={}) for one, column in zip(base.fields, columns, strict=True)]
            )
        )

    def _join(self, node: tree.Join, parent: Scope | None) -> Relation:
        left = self.relation(node.left, parent)
        right = self.relation(node.right, Scope(left.fields, parent) if _is_lateral(node.right) else parent)
        left_fields, right_fields = list(left.fields), list(right.fields)
        if node.kind in {"right", "full"}:
            left_fields = [replace(one, origins={}) for one in left_fields]
        if node.kind in {"left", "full"}:
            right_fields = [replace(one, origins={}) for one in right_fields]
        fields = left_fields + right_fields
        if node.kind == "cross":
            return Relation(f"{left.sql} CROSS JOIN {right.sql}", fields)
        if node.using is not None:
            return self._using(node, left, right, left_fields, right_fields)
        if node.condition is None:
            raise AssertionError("no condition")
        if has_aggregates(node.condition):
            raise located(
                node.condition.position,
                "EXPRESSION_NOT_SCALAR",
                "JOIN clause cannot contain aggregations, window functions or grouping operations",
            )
        scope = Scope([*left.fields, *right.fields], parent)
        self._queries.environment = self._environment
        condition = Expressions(self._queries, scope, clause="JOIN clause").boolean(
            node.condition, "JOIN ON clause", is_clause=True
        )
        return Relation(f"{left.sql} {node.kind.upper()} JOIN {right.sql} ON {condition}", fields)

    def _using(
        self, node: tree.Join, left: Relation, right: Relation, left_fields: list[Field], right_fields: list[Field]
    ) -> Relation:
        conditions, keys, used = [], [], []
        for name, position in node.using or []:
            pair = []
            for side, fields in (("left", left_fields), ("right", right_fields)):
                found = matching(fields, [name])
                if not found:
                    raise located(position, "COLUMN_NOT_FOUND", f"Column '{name}' is missing from {side} side of join")
                if len(found) > 1:
                    raise located(position, "AMBIGUOUS_NAME", f"Column '{name}' is ambiguous")
                pair.append(found[0])
            one, other = pair
            kind = common_type(one.type, other.type)
            if kind is None:
                raise located(
                    position, "TYPE_MISMATCH", f"Column types of '{name}' do not match: {one.type}, {other.type}"
                )
            first, second = (
                cast_sql(Value(field.sql, field.type, plain=True), kind, self._queries.functions) for field in pair
            )
            conditions.append(f"{first} = {second}")
            self._queries.reading |= one.sources | other.sources
            merged = {"left": first, "inner": first, "right": second}.get(node.kind, f"coalesce({first}, {second})")
            keys.append(
                Field(
                    name,
                    kind,
                    merged,
                    (),
                    one.origins | other.origins if node.kind == "inner" else one.origins if node.kind == "left" else {},
                    one.sources | other.sources,
                )
            )
            used += pair
        rest = [one for one in [*left_fields, *right_fields] if not any(one is other for other in used)]
        return Relation(
            f"{left.sql} {node.kind.upper()} JOIN {right.sql} ON {' AND '.join(conditions)}", [*keys, *rest]
        )

    def _unnest(self, node: tree.Unnest, parent: Scope | None) -> Relation:
        queries = self._queries
        expressions = Expressions(queries, parent or Scope([]))
        selected, fields = [], []
        lengths = []
        alias, inner = queries.next("r"), queries.next("r")
        for item in node.values:
            value = expressions.value(item)
            column = queries.next("u")
            match value.type.base:
                case "array":
                    selected.append(f"unnest({value.sql}) AS {column}")
                    part = value.type.parts[0]
                    if part.base == "row":
                        for name, kind, own in zip(part.names, part.parts, part.fields, strict=True):
                            fields.append((name, kind, f"struct_extract({inner}.{column}, {literal(own)})"))
                    else:
                        fields.append((None, part, f"{inner}.{column}"))
                case "map":
                    selected.append(f"unnest(map_entries({value.sql})) AS {column}")
                    for own, kind in zip(("key", "value"), value.type.parts, strict=True):
                        fields.append((None, kind, f"struct_extract({inner}.{column}, {literal(own)})"))
                case _:
                    raise located(item.position, "INVALID_FUNCTION_ARGUMENT", f"Cannot unnest type: {value.type}")
            lengths.append(
                f"coalesce(len({value.sql}), 0)"
                if value.type.base == "array"
                else f"coalesce(cardinality({value.sql}), 0)"
            )
        if node.ordinality:
            column = queries.next("u")
            longest = lengths[0] if len(lengths) == 1 else f"greatest({', '.join(lengths)})"
            selected.append(f"unnest(range(1, CAST({longest} AS BIGINT) + 1)) AS {column}")
            fields.append((None, BIGINT, f"{inner}.{column}"))
        columns = [queries.next("c") for _ in fields]
        listed = ", ".join(f"{sql} AS {column}" for (_, _, sql), column in zip(fields, columns, strict=True))
        sql = f"LATERAL (SELECT {listed} FROM (SELECT {', '.join(selected)}) AS {inner}) AS {alias}"
        return Relation(
            sql,
            [Field(name, kind, f"{alias}.{column}") for (name, kind, _), column in zip(fields, columns, strict=True)],
        )

    def _sampled(self, node: tree.Sampled, parent: Scope | None) -> Relation:
        found = self.relation(node.relation, parent)
        share = Expressions(self._queries, Scope([])).value(node.percentage)
        if not can_coerce(share.type, DOUBLE):
            raise located(node.position, "TYPE_MISMATCH", "Sample percentage should be a numeric expression")
        columns = [self._queries.next("c") for _ in found.fields]
        listed = ", ".join(f"{one.sql} AS {column}" for one, column in zip(found.fields, columns, strict=True))
        alias = self._queries.next("r")
        limit = cast_sql(share, DOUBLE, self._queries.functions)
        sql = f"(SELECT {listed or '1'} FROM {found.sql} WHERE random() * 100 < {limit}) AS {alias}"
        return Relation(
            sql, [replace(one, sql=f"{alias}.{column}") for one, column in zip(found.fields, columns, strict=True)]
        )

    def _table_function(self, node: tree.TableFunction) -> Relation:
        if node.name != "sequence":
            raise located(node.position, "FUNCTION_NOT_FOUND", f"Table function '{node.name}' not registered")
        expressions = Expressions(self._queries, Scope([]))
        given: dict[str, str] = {}
        for place, (name, value) in enumerate(node.arguments):
            found = expressions.value(value)
            given[name or ("start", "stop", "step")[place]] = cast_sql(found, BIGINT, self._queries.functions)
        if "stop" not in given:
            raise located(node.position, "MISSING_ARGUMENT", "Missing argument: STOP")
        alias, column = self._queries.next("r"), self._queries.next("c")
        sql = f"(SELECT unnest(generate_series({given.get('start', '0')}, {given['stop']}, {given.get('step', '1')})) AS {column}) AS {alias}"
        return Relation(sql, [Field("sequential_number", BIGINT, f"{alias}.{column}")])


def _is_lateral(node: tree.Relation) -> bool:
    if isinstance(node, tree.Aliased | tree.Sampled):
        return _is_lateral(node.relation)
    return isinstance(node, tree.Unnest) or (isinstance(node, tree.SubqueryRelation) and node.lateral)


def _mentions(node: object, name: str) -> bool:
    from local_cloud.athena.analysis.walking import parts_of

    if isinstance(node, tree.TableName):
        return node.parts == [name]
    return any(_mentions(part, name) for part in parts_of(node))


__all__ = ["RelationAnalyzer", "Type"]
