"""The analysis of expressions: their types by Trino's rules, and their SQL in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from local_cloud.athena.analysis.aggregate_calls import aggregate_call, window_call
from local_cloud.athena.analysis.comparisons import compared, distinct
from local_cloud.athena.analysis.lambdas import HIGHER_ORDER
from local_cloud.athena.analysis.literals import interval_literal, literal_value, typed_literal
from local_cloud.athena.analysis.operators import arithmetic, negated
from local_cloud.athena.analysis.scope import Field, Scope, Value, located, matching
from local_cloud.athena.analysis.sql_json import sql_json
from local_cloud.athena.analysis.walking import is_aggregate_name
from local_cloud.athena.catalog.hive_types import literal, quoted
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.casts import cast_sql
from local_cloud.athena.functions.collections import subscript_of_array, subscript_of_map
from local_cloud.athena.functions.conversions import is_castable
from local_cloud.athena.functions.dates import at_zone
from local_cloud.athena.functions.format_strings import formatted
from local_cloud.athena.functions.implementation import Invocation
from local_cloud.athena.functions.registry import implementation_of
from local_cloud.athena.functions.regular_expressions import like
from local_cloud.athena.functions.signatures import AmbiguousCallError, LambdaArgument, resolve, signatures_of
from local_cloud.athena.sql import tree
from local_cloud.athena.types.coercions import can_coerce, common_type
from local_cloud.athena.types.trino_types import (
    BIGINT,
    BOOLEAN,
    INTEGER,
    INTEGERS,
    UNKNOWN,
    VARCHAR,
    Type,
    array,
    is_comparable,
    is_orderable,
    row,
    timestamp,
    varchar,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local_cloud.athena.analysis.queries import QueryAnalyzer
    from local_cloud.athena.functions.signatures import Bound
    from local_cloud.athena.sql.tokens import Position

_CURRENT_TIMES = {
    "current_time": "time with time zone",
    "current_timestamp": "timestamp with time zone",
    "localtime": "time",
    "localtimestamp": "timestamp",
}


class NotAPartitionConditionError(Exception):
    """An expression that does not only use partition keys of one scan."""


class Expressions:
    """The analyzer of the expressions of one clause.

    Parameters
    ----------
    aliases
        The columns of the result, which ORDER BY can name.
    scan
        The scan whose partition keys are the only columns, for a condition on partitions.
    clause
        The clause in which aggregates are an error; empty where they are none.
    """

    def __init__(
        self,
        queries: QueryAnalyzer,
        scope: Scope,
        *,
        clause: str = "",
        aliases: dict[str, list[Value]] | None = None,
        scan: int | None = None,
        windows: dict[str, tree.Window] | None = None,
    ) -> None:
        self.queries, self.scope, self.clause = queries, scope, clause
        self.functions = queries.functions
        self._aliases = aliases or {}
        self._scan = scan
        self.windows = windows or {}

    def value(self, node: tree.Expression) -> Value:
        """Analyze an expression."""
        if self.scope.aggregation is not None and (found := self._key(node)) is not None:
            return found
        match node:
            case tree.Name() | tree.Dereference():
                return self._column(node)
            case tree.Literal():
                return literal_value(node)
            case tree.Null():
                return Value("NULL", UNKNOWN, plain=True)
            case tree.TypedLiteral():
                return typed_literal(node, self.functions)
            case tree.IntervalLiteral():
                return interval_literal(node)
            case tree.Parameter():
                return self.value(self.queries.parameter(node))
            case tree.Negative():
                return negated(self, node, self.value(node.value))
            case tree.Arithmetic():
                return self._arithmetic(node)
            case tree.Comparison():
                left, right = self.value(node.left), self.value(node.right)
                if node.operator == "distinct":
                    return distinct(self, left, right, node.operator_position)
                return compared(self, node.operator, left, right, node.operator_position)
            case tree.Call():
                return self._call(node)
            case tree.Cast():
                return self.cast(self.value(node.value), node.type, node.position, safe=node.safe)
            case tree.Logical():
                terms = [
                    self._boolean(term, "Logical expression term must evaluate to a boolean") for term in node.terms
                ]
                return Value("(" + f" {node.operator.upper()} ".join(terms) + ")", BOOLEAN)
            case tree.Not():
                return Value(
                    f"(NOT {self._boolean(node.value, 'Value of logical NOT expression must evaluate to a boolean')})",
                    BOOLEAN,
                )
            case tree.IsNull():
                return Value(f"({self.value(node.value).sql} IS NULL)", BOOLEAN)
            case tree.Case():
                return self._case(node)
            case tree.Like():
                return self._like(node)
            case tree.Between():
                return self._between(node)
            case tree.InList():
                return self._in_list(node)
            case tree.Row():
                return self._row(node)
            case tree.Array():
                return self._array(node)
            case tree.Subscript():
                return self._subscript(node)
            case tree.Extract():
                return self.call(node.field, [self.value(node.value)], node.position, shown="extract")
            case tree.AtTimeZone():
                return self._at_time_zone(node)
            case tree.Lambda():
                raise located(
                    node.position, "TYPE_MISMATCH", "Lambda expression should always be used inside a function"
                )
            case tree.ScalarQuery() | tree.Exists() | tree.InQuery() | tree.QuantifiedComparison():
                return self._query(node)
            case tree.SqlJson():
                return sql_json(self, node)
            case tree.Grouping():
                return self.queries.grouping(self, node)
        raise AssertionError(type(node))

    def _arithmetic(self, node: tree.Arithmetic) -> Value:
        """Analyze a chain of operators, which may be longer than Python's stack."""
        chain = [node]
        while isinstance(chain[-1].left, tree.Arithmetic) and (
            self.scope.aggregation is None or not self.scope.aggregation.has_expressions
        ):
            chain.append(chain[-1].left)
        value = self.value(chain[-1].left)
        for one in reversed(chain):
            value = arithmetic(self, one, value, self.value(one.right))
        return value

    # columns

    def _key(self, node: tree.Expression) -> Value | None:
        """Return the group's column that an expression is, if it is one of the keys."""
        aggregation = self.scope.aggregation
        if aggregation is None or isinstance(node, tree.Literal | tree.Null):
            return None
        if not aggregation.has_expressions and not isinstance(node, tree.Name | tree.Dereference):
            return None
        plain = Scope(self.scope.fields, self.scope.parent, self.scope.variables)
        try:
            found = Expressions(self.queries, plain, clause="GROUP BY clause", windows=self.windows).value(node)
        except QueryFailedError:
            return None
        return aggregation.keys.get(found.sql)

    def _column(self, node: tree.Name | tree.Dereference) -> Value:
        parts = _parts(node)
        if parts is not None:
            found = self.resolve(parts, node.position)
            if found is not None:
                return found
        if isinstance(node, tree.Name) or (parts is not None and not self._is_known(parts, node)):
            name = ".".join(parts or [])
            raise located(
                node.position,
                "COLUMN_NOT_FOUND",
                f"Column '{name.lower()}' cannot be resolved or requester is not authorized to access requested resources",
            )
        if not isinstance(node, tree.Dereference):
            raise TypeError(type(node))
        base = self.value(node.base)
        if base.type.base != "row":
            raise located(node.position, "TYPE_MISMATCH", f"Expression {_text(node.base)} is not of type ROW")
        wanted = node.name.lower()
        places = [place for place, name in enumerate(base.type.names) if name is not None and name.lower() == wanted]
        if not places:
            raise located(node.position, "INVALID_COLUMN_REFERENCE", f"Column reference '{wanted}' is invalid")
        if len(places) > 1:
            raise located(node.position, "AMBIGUOUS_NAME", f"Ambiguous row field reference: {wanted}")
        return self.field_of_row(base, places[0])

    def _is_known(self, parts: Sequence[str], node: tree.Expression) -> bool:
        """Return whether the beginning of a qualified name refers to a column, whose fields the rest names."""
        return any(self.resolve(parts[:end], node.position) is not None for end in range(1, len(parts)))

    def field_of_row(self, base: Value, place: int) -> Value:
        """Return a field of a row."""
        return Value(f"struct_extract({base.sql}, {literal(base.type.fields[place])})", base.type.parts[place])

    def resolve(self, parts: Sequence[str], position: Position) -> Value | None:
        """Return the column that a name, qualified or not, refers to."""
        scope: Scope | None = self.scope
        while scope is not None:
            if len(parts) == 1 and parts[0].lower() in scope.variables:
                return scope.variables[parts[0].lower()]
            if scope is self.scope and len(parts) == 1 and (aliased := self._aliases.get(parts[0].lower())):
                if len({one.sql for one in aliased}) > 1:
                    raise located(position, "AMBIGUOUS_NAME", f"Column '{parts[0].lower()}' is ambiguous")
                return aliased[0]
            found = matching(scope.fields, parts)
            if len(found) > 1:
                raise located(position, "AMBIGUOUS_NAME", f"Column '{'.'.join(parts).lower()}' is ambiguous")
            if found:
                return self._field(found[0], scope, position, parts)
            scope = scope.parent
        return None

    def _field(self, found: Field, scope: Scope, position: Position, parts: Sequence[str]) -> Value:
        self.queries.reading |= found.sources
        if self._scan is not None:
            if self._scan not in found.origins or scope is not self.scope:
                raise NotAPartitionConditionError
            return Value(quoted(found.origins[self._scan]), found.type, plain=True)
        if scope.aggregation is not None:
            key = scope.aggregation.keys.get(found.sql)
            if key is None:
                raise located(
                    position,
                    "EXPRESSION_NOT_AGGREGATE",
                    f"'{'.'.join(parts).lower()}' must be an aggregate expression or appear in GROUP BY clause",
                )
            return key
        return Value(found.sql, found.type, plain=True)

    # conversions

    def coerce(self, value: Value, target: Type) -> str:
        """Return the SQL of a value, converted to another type implicitly."""
        return cast_sql(value, target, self.functions)

    def cast(self, value: Value, target: Type, position: Position, *, safe: bool = False) -> Value:
        """Cast a value."""
        if not is_castable(value.type, target):
            raise located(position, "TYPE_MISMATCH", f"Cannot cast {value.type} to {target}")
        sql = cast_sql(value, target, self.functions)
        return Value(f"TRY({sql})" if safe else sql, target)

    def boolean(self, node: tree.Expression, otherwise: str) -> str:
        """Return the SQL of a condition. Raises QueryFailedError for any other type."""
        value = self.value(node)
        if value.type.base not in {"boolean", "unknown"}:
            raise located(node.position, "TYPE_MISMATCH", f"{otherwise}{value.type}")
        return "CAST(NULL AS BOOLEAN)" if value.type.base == "unknown" else value.sql

    def _boolean(self, node: tree.Expression, otherwise: str) -> str:
        value = self.value(node)
        if value.type.base not in {"boolean", "unknown"}:
            raise located(node.position, "TYPE_MISMATCH", f"{otherwise} (actual: {value.type})")
        return "CAST(NULL AS BOOLEAN)" if value.type.base == "unknown" else value.sql

    def common(self, values: Sequence[Value], nodes: Sequence[tree.Expression], subject: str) -> Type:
        """Return the common type of some expressions. Raises QueryFailedError if they have none."""
        common = UNKNOWN
        for value, node in zip(values, nodes, strict=True):
            found = common_type(common, value.type)
            if found is None:
                kinds = ", ".join(dict.fromkeys(str(one.type) for one in values))
                raise located(
                    node.position,
                    "TYPE_MISMATCH",
                    f"{subject} must be the same type or coercible to a common type. Cannot find common type between "
                    f"{common} and {value.type}, all types (without duplicates): [{kinds}]",
                )
            common = found
        return common

    # forms

    def _case(self, node: tree.Case) -> Value:
        results = [result for _, result in node.branches] + ([node.default] if node.default else [])
        values = [self.value(result) for result in results]
        kind = self.common(values, results, "All CASE results")
        conditions = []
        operand = self.value(node.operand) if node.operand else None
        for condition, _ in node.branches:
            if operand is None:
                conditions.append(self._boolean(condition, "CASE WHEN clause must evaluate to a boolean"))
                continue
            when = self.value(condition)
            if common_type(operand.type, when.type) is None:
                raise located(
                    condition.position,
                    "TYPE_MISMATCH",
                    f"CASE operand type does not match WHEN clause operand type: {operand.type} vs {when.type}",
                )
            conditions.append(compared(self, "=", operand, when, condition.position).sql)
        branches = " ".join(
            f"WHEN {condition} THEN {self.coerce(value, kind)}"
            for condition, value in zip(conditions, values, strict=False)
        )
        default = f" ELSE {self.coerce(values[-1], kind)}" if node.default else ""
        return Value(f"CASE {branches}{default} END", kind)

    def _like(self, node: tree.Like) -> Value:
        value, pattern = self.value(node.value), self.value(node.pattern)
        escape = self.value(node.escape) if node.escape else None
        for one, place, name in (
            (value, node.value, "Left side of LIKE expression"),
            (pattern, node.pattern, "Pattern for LIKE expression"),
            (escape, node.escape, "Escape for LIKE expression"),
        ):
            if one is not None and place is not None and not one.type.is_string and one.type.base != "unknown":
                raise located(
                    place.position, "TYPE_MISMATCH", f"{name} must evaluate to a varchar (actual: {one.type})"
                )
        if escape is None and pattern.text is not None and "\\" not in pattern.text:
            return Value(f"({value.sql} LIKE {pattern.sql})", BOOLEAN)
        arguments = [value.sql, pattern.sql, *([escape.sql] if escape else [])]
        return Value(self.functions.call(like, arguments, [VARCHAR] * len(arguments), BOOLEAN), BOOLEAN)

    def _between(self, node: tree.Between) -> Value:
        value, low, high = self.value(node.value), self.value(node.low), self.value(node.high)
        kind = common_type(value.type, low.type)
        kind = common_type(kind, high.type) if kind else None
        if kind is None or not (is_orderable(kind) or kind.base == "unknown"):
            raise located(
                node.operator_position,
                "TYPE_MISMATCH",
                f"Cannot check if {value.type} is BETWEEN {low.type} and {high.type}",
            )
        first = compared(self, ">=", value, low, node.operator_position)
        last = compared(self, "<=", value, high, node.operator_position)
        return Value(f"({first.sql} AND {last.sql})", BOOLEAN)

    def _in_list(self, node: tree.InList) -> Value:
        value = self.value(node.value)
        items = [self.value(item) for item in node.items]
        kind = self.common([value, *items], [node.value, *node.items], "IN value and list items")
        if kind.is_floating or kind.is_zoned or kind.parts or kind.base == "unknown":
            found = " OR ".join(compared(self, "=", value, item, node.position).sql for item in items)
            return Value(f"({found})", BOOLEAN)
        listed = ", ".join(self.coerce(item, kind) for item in items)
        return Value(f"({self.coerce(value, kind)} IN ({listed}))", BOOLEAN)

    def _row(self, node: tree.Row) -> Value:
        values = [self.value(item) for item in node.items]
        kind = row([value.type for value in values], node.names)
        fields = ", ".join(f"{quoted(name)}: {_held(value)}" for name, value in zip(kind.fields, values, strict=True))
        return Value("{" + fields + "}", kind)

    def _array(self, node: tree.Array) -> Value:
        values = [self.value(item) for item in node.items]
        kind = self.common(values, node.items, "All ARRAY elements")
        return Value(
            f"CAST([{', '.join(self.coerce(value, kind) for value in values)}] AS {array(kind).duckdb})", array(kind)
        )

    def _subscript(self, node: tree.Subscript) -> Value:
        base = self.value(node.base)
        index = self.value(node.index)
        if base.type.base == "array" and can_coerce(index.type, BIGINT):
            item = base.type.parts[0]
            sql = self.functions.call(
                subscript_of_array, [base.sql, self.coerce(index, BIGINT)], [base.type, BIGINT], item
            )
            return Value(sql, item)
        if base.type.base == "map" and can_coerce(index.type, base.type.parts[0]):
            key, held = base.type.parts
            sql = self.functions.call(
                subscript_of_map(key),
                [base.sql, self.coerce(index, key)],
                [base.type, key],
                held,
                key=("subscript", str(key)),
            )
            return Value(sql, held)
        if base.type.base == "row":
            if not isinstance(node.index, tree.Literal) or node.index.kind != "integer":
                raise located(
                    node.position, "INVALID_ARGUMENTS", "Subscript expression on ROW requires a constant index"
                )
            place = int(node.index.text)
            if not 1 <= place <= len(base.type.parts):
                said = (
                    f"Invalid subscript index: {place}. ROW indices start at 1"
                    if place < 1
                    else f"Subscript index out of bounds: {place}, max value is {len(base.type.parts)}"
                )
                raise located(node.position, "INVALID_FUNCTION_ARGUMENT", said)
            return self.field_of_row(base, place - 1)
        raise located(node.position, "TYPE_MISMATCH", f"Cannot use {index.type} for subscript of {base.type}")

    def _at_time_zone(self, node: tree.AtTimeZone) -> Value:
        value, zone = self.value(node.value), self.value(node.zone)
        if value.type.base == "timestamp":
            value = Value(
                self.coerce(value, timestamp(value.type.size, zoned=True)), timestamp(value.type.size, zoned=True)
            )
        if value.type.base != "timestamp with time zone" or not zone.type.is_string:
            raise located(
                node.position,
                "TYPE_MISMATCH",
                f"Type of value must be a time or timestamp with or without time zone (actual {value.type})",
            )
        return Value(self.functions.call(at_zone, [value.sql, zone.sql], [value.type, VARCHAR], value.type), value.type)

    # queries

    def _query(self, node: tree.ScalarQuery | tree.Exists | tree.InQuery | tree.QuantifiedComparison) -> Value:
        if self._scan is not None:
            raise NotAPartitionConditionError
        return self.queries.subquery(self, node)

    # calls

    def _call(self, node: tree.Call) -> Value:
        name = node.name
        if node.window is not None:
            return window_call(self, node)
        if is_aggregate_name(name):
            if self.scope.aggregation is None:
                self._misplaced_aggregate(node)
            return aggregate_call(self, node)
        if signatures_of(name) and signatures_of(name)[0].kind == "window":
            raise located(
                node.position, "MISSING_OVER", f"Window function system.builtin.{name} requires an OVER clause"
            )
        for present, what in (
            (node.distinct, "DISTINCT"),
            (node.filter is not None, "FILTER"),
            (bool(node.order), "ORDER BY"),
        ):
            if present and signatures_of(name):
                raise located(
                    node.position, "FUNCTION_NOT_AGGREGATE", f"{what} is not supported for non-aggregation functions"
                )
        if name in _FORMS:
            return getattr(self, _FORMS[name])(node)  # type: ignore[no-any-return]
        if any(isinstance(argument, tree.Lambda) for argument in node.arguments):
            return self._higher_order(node)
        return self.call(name, [self.value(argument) for argument in node.arguments], node.position)

    def _misplaced_aggregate(self, node: tree.Call) -> NoReturn:
        if self.clause == "aggregate":
            raise located(
                node.position,
                "NESTED_AGGREGATION",
                f"Cannot nest aggregations inside aggregation '{node.name}': [{_text(node)}]",
            )
        raise located(
            node.position,
            "EXPRESSION_NOT_SCALAR",
            f"{self.clause or 'WHERE clause'} cannot contain aggregations, window functions or grouping operations: [{_text(node)}]",
        )

    def call(self, name: str, values: Sequence[Value], position: Position, shown: str = "") -> Value:
        """Return a function's value for some arguments."""
        if name == "typeof" and len(values) == 1:
            return Value(literal(str(values[0].type)), VARCHAR, plain=True)
        bound = self.bound(name, [value.type for value in values], position)
        build = implementation_of(name, bound.arguments)
        if build is None:
            raise QueryFailedError("NOT_SUPPORTED", f"Function '{name}' is not supported by the local cloud")
        arguments = [self.coerce(value, kind) for value, kind in zip(values, bound.arguments, strict=True)]
        texts = [value.text for value in values]
        sql = build(Invocation(name, arguments, bound.arguments, bound.result, self.functions, texts))
        return Value(sql, bound.result)

    def bound(self, name: str, arguments: Sequence[Type | LambdaArgument], position: Position) -> Bound:
        """Return a function's signature for the types of its arguments. Raises QueryFailedError if there is none."""
        known = signatures_of(name)
        if not known:
            raise located(position, "FUNCTION_NOT_FOUND", f"Function '{name}' not registered")
        try:
            found = resolve(name, arguments)
        except AmbiguousCallError:
            raise located(
                position,
                "AMBIGUOUS_FUNCTION_CALL",
                "Could not choose a best candidate operator. Explicit type casts must be added.",
            ) from None
        if found is None:
            given = ", ".join(str(one) if isinstance(one, Type) else "<function>" for one in arguments)
            expected = ", ".join(sorted(map(str, known)))
            raise located(
                position,
                "FUNCTION_NOT_FOUND",
                f"Unexpected parameters ({given}) for function {name}. Expected: {expected}",
            )
        return found

    def _higher_order(self, node: tree.Call) -> Value:
        build = HIGHER_ORDER.get(node.name)
        values: list[Value | tree.Lambda] = [
            one if isinstance(one, tree.Lambda) else self.value(one) for one in node.arguments
        ]
        kinds: list[Type | LambdaArgument] = [
            LambdaArgument(len(one.parameters), self._lambda_type(one)) if isinstance(one, tree.Lambda) else one.type
            for one in values
        ]
        bound = self.bound(node.name, kinds, node.position)
        if build is None:
            raise QueryFailedError("NOT_SUPPORTED", f"Function '{node.name}' is not supported by the local cloud")
        return Value(build(self, values, bound), bound.result)

    def _lambda_type(self, node: tree.Lambda):  # type: ignore[no-untyped-def]
        return lambda types: self.lambda_body(node, types, [f"p{place}" for place in range(len(types))]).type

    def lambda_body(
        self, node: tree.Lambda, types: Sequence[Type], names: Sequence[str], values: Sequence[str] | None = None
    ) -> Value:
        """Return the body of a lambda, with its parameters under new names."""
        variables = {
            parameter.lower(): Value(sql, kind, plain=True)
            for parameter, kind, sql in zip(node.parameters, types, values or names, strict=True)
        }
        inner = Scope(
            self.scope.fields, self.scope.parent, {**self.scope.variables, **variables}, self.scope.aggregation
        )
        expressions = Expressions(self.queries, inner, clause=self.clause, aliases=self._aliases, scan=self._scan)
        return expressions.value(node.body)

    # functions with a form of their own

    def _coalesce(self, node: tree.Call) -> Value:
        if len(node.arguments) < 2:
            raise located(
                node.position, "INVALID_FUNCTION_ARGUMENT", "The 'coalesce' function must have at least two arguments"
            )
        values = [self.value(argument) for argument in node.arguments]
        kind = self.common(values, node.arguments, "All COALESCE operands")
        return Value(f"coalesce({', '.join(self.coerce(value, kind) for value in values)})", kind)

    def _nullif(self, node: tree.Call) -> Value:
        if len(node.arguments) != 2:
            raise located(
                node.position, "INVALID_FUNCTION_ARGUMENT", "Invalid number of arguments for 'nullif' function"
            )
        first, second = (self.value(argument) for argument in node.arguments)
        if common_type(first.type, second.type) is None:
            raise located(
                node.position, "TYPE_MISMATCH", f"Types are not comparable with NULLIF: {first.type} vs {second.type}"
            )
        same = compared(self, "=", first, second, node.position).sql
        return Value(f"CASE WHEN {same} THEN NULL ELSE {first.sql} END", first.type)

    def _if(self, node: tree.Call) -> Value:
        if len(node.arguments) not in {2, 3}:
            raise located(node.position, "INVALID_FUNCTION_ARGUMENT", "Invalid number of arguments for 'if' function")
        condition = self._boolean(node.arguments[0], "IF condition must evaluate to a boolean")
        results = node.arguments[1:]
        values = [self.value(result) for result in results]
        if len(values) == 2 and common_type(values[0].type, values[1].type) is None:
            raise located(
                node.position,
                "TYPE_MISMATCH",
                f"Result types for IF must be the same: {values[0].type} vs {values[1].type}",
            )
        kind = self.common(values, results, "All IF results")
        default = f" ELSE {self.coerce(values[1], kind)}" if len(values) == 2 else ""
        return Value(f"CASE WHEN {condition} THEN {self.coerce(values[0], kind)}{default} END", kind)

    def _try(self, node: tree.Call) -> Value:
        if len(node.arguments) != 1:
            raise located(
                node.position, "INVALID_FUNCTION_ARGUMENT", "The 'try' function must have exactly one argument"
            )
        value = self.value(node.arguments[0])
        return Value(f"TRY({value.sql})", value.type)

    def _format(self, node: tree.Call) -> Value:
        if len(node.arguments) < 2:
            raise located(
                node.position, "INVALID_FUNCTION_ARGUMENT", "Invalid number of arguments for function format()"
            )
        values = [self.value(argument) for argument in node.arguments]
        if not values[0].type.is_string:
            raise located(
                node.position,
                "TYPE_MISMATCH",
                f"Type of first argument to format() must be VARCHAR (actual: {values[0].type})",
            )
        kinds = [value.type for value in values]
        sql = self.functions.call(
            formatted(kinds),
            [value.sql for value in values],
            kinds,
            VARCHAR,
            nulls=True,
            key=("format", *map(str, kinds)),
        )
        return Value(sql, VARCHAR)

    def _current_time(self, node: tree.Call) -> Value:
        precision = 3
        if node.arguments and isinstance(node.arguments[0], tree.Literal):
            precision = int(node.arguments[0].text)
        kind = Type(_CURRENT_TIMES[node.name], (precision,))
        build = implementation_of(node.name, [])
        if build is None:
            raise AssertionError("no build")
        return Value(build(Invocation(node.name, [], [], kind, self.functions)), kind)

    def _current_name(self, node: tree.Call) -> Value:
        name = {"current_catalog": "awsdatacatalog", "current_schema": self.queries.database, "current_user": "local"}[
            node.name
        ]
        return Value(literal(name), VARCHAR, plain=True)


_FORMS = {
    "coalesce": "_coalesce",
    "format": "_format",
    "if": "_if",
    "nullif": "_nullif",
    "try": "_try",
    **dict.fromkeys(_CURRENT_TIMES, "_current_time"),
    **dict.fromkeys(("current_catalog", "current_schema", "current_user"), "_current_name"),
}


def _held(value: Value) -> str:
    return (
        f"CAST({value.sql} AS {value.type.duckdb})"
        if value.type.base == "unknown" or (value.text is None and value.type.base in {*INTEGERS, "decimal"})
        else value.sql
    )


def _parts(node: tree.Expression) -> list[str] | None:
    """Return the parts of a qualified name, or None if an expression is not one."""
    if isinstance(node, tree.Name):
        return [node.name]
    if isinstance(node, tree.Dereference):
        base = _parts(node.base)
        return [*base, node.name] if base else None
    return None


def _text(node: tree.Expression) -> str:
    match node:
        case tree.Name():
            return node.name
        case tree.Dereference():
            return f"{_text(node.base)}.{node.name}"
        case tree.Call():
            return f"{node.name}({'*' if node.star else ', '.join(map(_text, node.arguments))})"
        case tree.Literal():
            return node.text
    return "expression"


__all__ = ["INTEGER", "Expressions", "NotAPartitionConditionError", "is_comparable", "varchar"]
