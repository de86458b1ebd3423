"""The analysis of expressions: their types by Trino's rules, and their SQL in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from local_cloud.athena.analysis.aggregate_calls import aggregate_call, window_call
from local_cloud.athena.analysis.call_forms import FORMS
from local_cloud.athena.analysis.columns import NotAPartitionConditionError, column
from local_cloud.athena.analysis.comparisons import compared, distinct
from local_cloud.athena.analysis.forms import (
    array_of,
    at_time_zone,
    between,
    case,
    grouping,
    in_list,
    like_pattern,
    row_of,
    subscript,
)
from local_cloud.athena.analysis.literals import interval_literal, literal_value, typed_literal
from local_cloud.athena.analysis.operators import arithmetic, negated
from local_cloud.athena.analysis.scalar_calls import higher_order_call, scalar_call
from local_cloud.athena.analysis.scope import Scope, Value, located
from local_cloud.athena.analysis.sql_json import sql_json
from local_cloud.athena.analysis.subqueries import subquery
from local_cloud.athena.analysis.walking import is_aggregate_name, shown
from local_cloud.athena.catalog.hive_types import literal
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.casts import cast_sql
from local_cloud.athena.functions.conversions import is_castable
from local_cloud.athena.functions.signatures import signatures_of
from local_cloud.athena.sql import tree
from local_cloud.athena.types.coercions import common_type
from local_cloud.athena.types.trino_types import (
    BOOLEAN,
    UNKNOWN,
    Type,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local_cloud.athena.analysis.queries import QueryAnalyzer
    from local_cloud.athena.sql.tokens import Position


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
        self.aliases = aliases or {}
        self.scan = scan
        self.windows = windows or {}

    def value(self, node: tree.Expression) -> Value:
        """Analyze an expression."""
        if self.scope.aggregation is not None and (found := self._key(node)) is not None:
            return found
        match node:
            case tree.Name() | tree.Dereference():
                return column(self, node)
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
                terms = [self.boolean(term, "Logical expression term") for term in node.terms]
                return Value("(" + f" {node.operator.upper()} ".join(terms) + ")", BOOLEAN)
            case tree.Not():
                return Value(
                    f"(NOT {self.boolean(node.value, 'Value of logical NOT expression')})",
                    BOOLEAN,
                )
            case tree.IsNull():
                return Value(f"({self.value(node.value).sql} IS NULL)", BOOLEAN)
            case tree.Case():
                return case(self, node)
            case tree.Like():
                return like_pattern(self, node)
            case tree.Between():
                return between(self, node)
            case tree.InList():
                return in_list(self, node)
            case tree.Row():
                return row_of(self, node)
            case tree.Array():
                return array_of(self, node)
            case tree.Subscript():
                return subscript(self, node)
            case tree.Extract():
                return scalar_call(self, node.field, [self.value(node.value)], node.position)
            case tree.AtTimeZone():
                return at_time_zone(self, node)
            case tree.Lambda():
                raise located(
                    node.position, "TYPE_MISMATCH", "Lambda expression should always be used inside a function"
                )
            case tree.ScalarQuery() | tree.Exists() | tree.InQuery() | tree.QuantifiedComparison():
                return self._query(node)
            case tree.SqlJson():
                return sql_json(self, node)
            case tree.Grouping():
                return grouping(self, node)
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

    def field_of_row(self, base: Value, place: int) -> Value:
        """Return a field of a row."""
        return Value(f"struct_extract({base.sql}, {literal(base.type.fields[place])})", base.type.parts[place])

    def _key(self, node: tree.Expression) -> Value | None:
        """Return the group's column that an expression is, if it is one of the keys."""
        aggregation = self.scope.aggregation
        if aggregation is None or isinstance(node, tree.Literal | tree.Null):
            return None
        if not aggregation.has_expressions and not isinstance(node, tree.Name | tree.Dereference):
            return None
        try:
            found = self.ungrouped().value(node)
        except QueryFailedError:
            return None
        return aggregation.keys.get(found.sql)

    def ungrouped(self) -> Expressions:
        """Return the analyzer of the expressions that GROUP BY may contain."""
        plain = Scope(self.scope.fields, self.scope.parent, self.scope.variables)
        return Expressions(self.queries, plain, clause="GROUP BY clause", windows=self.windows)

    def coerce(self, value: Value, target: Type) -> str:
        """Return the SQL of a value, converted to another type implicitly."""
        return cast_sql(value, target, self.functions)

    def cast(self, value: Value, target: Type, position: Position, *, safe: bool = False) -> Value:
        """Cast a value."""
        if not is_castable(value.type, target):
            raise located(position, "TYPE_MISMATCH", f"Cannot cast {value.type} to {target}")
        sql = cast_sql(value, target, self.functions)
        return Value(f"TRY({sql})" if safe else sql, target)

    def boolean(self, node: tree.Expression, what: str, *, is_clause: bool = False) -> str:
        """Return the SQL of a condition. Raises QueryFailedError for any other type."""
        value = self.value(node)
        if value.type.base not in {"boolean", "unknown"}:
            actual = f": actual type {value.type}" if is_clause else f" (actual: {value.type})"
            raise located(node.position, "TYPE_MISMATCH", f"{what} must evaluate to a boolean{actual}")
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

    def _query(self, node: tree.ScalarQuery | tree.Exists | tree.InQuery | tree.QuantifiedComparison) -> Value:
        if self.scan is not None:
            raise NotAPartitionConditionError
        return subquery(self.queries, self, node)

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
        if form := FORMS.get(name):
            return form(self, node)
        if any(isinstance(argument, tree.Lambda) for argument in node.arguments):
            return higher_order_call(self, node)
        return scalar_call(self, name, [self.value(argument) for argument in node.arguments], node.position)

    def _misplaced_aggregate(self, node: tree.Call) -> NoReturn:
        if self.clause == "aggregate":
            raise located(
                node.position,
                "NESTED_AGGREGATION",
                f"Cannot nest aggregations inside aggregation '{node.name}': [{shown(node)}]",
            )
        raise located(
            node.position,
            "EXPRESSION_NOT_SCALAR",
            f"{self.clause or 'WHERE clause'} cannot contain aggregations, window functions or grouping operations: [{shown(node)}]",
        )

    def lambda_type(self, node: tree.Lambda):  # type: ignore[no-untyped-def]
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
        expressions = Expressions(self.queries, inner, clause=self.clause, aliases=self.aliases, scan=self.scan)
        return expressions.value(node.body)
