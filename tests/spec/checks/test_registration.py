"""Tests of a table's registration modes: errors, and the projection of its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.spec.derived.projection import projection_parameters
from partitioned_pipelines.spec.model.pipeline import (
    Column,
    KeyProjection,
    PartitionKey,
    Table,
    TableSource,
)
from tests.spec.project_folder import VALID

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

_KEY = '    - {name: dt, type: string, date_format: "%Y-%m-%d"}'
IN_PLACE = VALID.replace("layout: versioned", "layout: in_place")


def projected(key: str) -> str:
    return IN_PLACE.replace("format: csv", "registration: projection").replace(_KEY, f"    - {key}")


def parameters(*keys: PartitionKey) -> dict[str, str]:
    table = Table(
        source=TableSource(step="a", output="a"),
        database="db",
        name="t",
        layout="in_place",
        registration="projection",
        columns=(Column(name="c", type="string"),),
        partition_keys=keys,
    )
    made = projection_parameters(table, "s3://lake/tables/db/t/output/")
    return {
        name.removeprefix("projection.k."): value for name, value in made.items() if name.startswith("projection.k.")
    }


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (
            PartitionKey(name="k", date_format="%Y-%m-%d", projection=KeyProjection(range=("2013-01-01", "NOW"))),
            {
                "type": "date",
                "format": "yyyy-MM-dd",
                "range": "2013-01-01,NOW",
                "interval": "1",
                "interval.unit": "DAYS",
            },
        ),
        (
            PartitionKey(name="k", type="date", projection=KeyProjection(range=("NOW-3YEARS", "NOW+1MONTH"))),
            {
                "type": "date",
                "format": "yyyy-MM-dd",
                "range": "NOW-3YEARS,NOW+1MONTH",
                "interval": "1",
                "interval.unit": "DAYS",
            },
        ),
        (
            PartitionKey(name="k", date_format="y%ym%m", projection=KeyProjection(range=("y13m01", "NOW"))),
            {"type": "date", "format": "'y'yy'm'MM", "range": "y13m01,NOW", "interval": "1", "interval.unit": "MONTHS"},
        ),
        (
            PartitionKey(name="k", date_format="%Y", projection=KeyProjection(range=("2013", "NOW"))),
            {"type": "date", "format": "yyyy", "range": "2013,NOW", "interval": "1", "interval.unit": "YEARS"},
        ),
        (
            PartitionKey(name="k", date_format="%Y/%m/%d/%H", projection=KeyProjection(range=("2024/01/01/00", "NOW"))),
            {
                "type": "date",
                "format": "yyyy/MM/dd/HH",
                "range": "2024/01/01/00,NOW",
                "interval": "1",
                "interval.unit": "HOURS",
            },
        ),
        (
            PartitionKey(name="k", date_format="%Y%m%dT%H%M", projection=KeyProjection(range=("20240101T0000", "NOW"))),
            {
                "type": "date",
                "format": "yyyyMMdd'T'HHmm",
                "range": "20240101T0000,NOW",
                "interval": "1",
                "interval.unit": "MINUTES",
            },
        ),
        (
            PartitionKey(name="k", type="int", projection=KeyProjection(range=(1, 12))),
            {"type": "integer", "range": "1,12"},
        ),
        (
            PartitionKey(name="k", type="int", date_format="%m", projection=KeyProjection(range=(1, 12))),
            {"type": "integer", "range": "1,12", "digits": "2"},
        ),
        (
            PartitionKey(name="k", projection=KeyProjection(values=("EWR", "JFK"))),
            {"type": "enum", "values": "EWR,JFK"},
        ),
    ],
)
def test_what_athena_is_told(key: PartitionKey, expected: dict[str, str]) -> None:
    assert parameters(key) == expected


@pytest.mark.parametrize(
    "key",
    [
        '{name: dt, date_format: "%Y-%m-%d", projection: {range: ["2013-01-01", NOW]}}',
        '{name: dt, date_format: "%Y/%Y-%m", projection: {range: ["2013/2013-01", NOW]}}',
        '{name: dt, date_format: "%Y-%m-%d", projection: {range: ["0999-01-01", NOW]}}',
        "{name: dt, type: date, projection: {range: [NOW-10DAYS, NOW]}}",
        "{name: dt, type: int, projection: {range: [-5, 5], digits: 2}}",
        '{name: dt, date_format: "%Y/%m/%d/%H", projection: {range: [2024/01/01/00, NOW]}}',
        '{name: dt, date_format: "%Y-%m-%d-%H-%M", projection: {range: [NOW-2DAYS, NOW+1HOUR]}}',
        '{name: dt, date_format: "%Y-%m-%d", projection: {range: [2024-01-01, 2024-01-01]}}',
        '{name: dt, date_format: "%G-%V", projection: {values: [2021-01, 2021-02]}}',
        "{name: dt, projection: {values: [a, b_c, d-e, f.g]}}",
    ],
)
def test_keys_that_can_be_projected(project: ProjectFolder, key: str) -> None:
    assert project.problems_of(projected(key)) == []


@pytest.mark.parametrize(
    ("key", "field", "says"),
    [
        ("{name: dt}", "", "list them, projection: {values: [a, b]}, or use registration: lambda for the table"),
        (
            '{name: dt, date_format: "%Y-%m-%d"}',
            "",
            "needs its first and last date, projection: {range: ['2013-01-01', NOW]}",
        ),
        ("{name: dt, type: int}", "", "needs its first and last number"),
        (
            '{name: dt, date_format: "%G-%V", projection: {range: [2021-01, NOW]}}',
            "",
            "Athena projects days, months and years",
        ),
        (
            '{name: dt, date_format: "%m", projection: {range: ["01", "12"]}}',
            "",
            "Athena projects days, months and years",
        ),
        (
            '{name: dt, date_format: "%Y-%j", projection: {range: [2021-001, NOW]}}',
            "",
            "Athena projects days, months and years",
        ),
        (
            '{name: dt, date_format: "%Y-%d", projection: {range: [2021-01, NOW]}}',
            "",
            "Athena projects days, months and years",
        ),
        (
            '{name: dt, date_format: "%Y-%m-%d", projection: {range: [2013-1-1, NOW]}}',
            ".projection.range",
            "holds '2013-1-1'",
        ),
        (
            '{name: dt, date_format: "%Y-%m-%d", projection: {range: [yesterday, NOW]}}',
            ".projection.range",
            "NOW-3YEARS",
        ),
        (
            '{name: dt, date_format: "%Y-%m-%d", projection: {range: [2013-01-01, NOW], digits: 2}}',
            ".projection.digits",
            ": remove it",
        ),
        (
            '{name: dt, date_format: "%Y-%m-%d", projection: {range: [2024-02-01, 2024-01-01]}}',
            ".projection.range",
            "runs from '2024-02-01' back to '2024-01-01'",
        ),
        (
            '{name: dt, date_format: "%d.%m.%Y", projection: {range: [01.02.2024, 31.01.2024]}}',
            ".projection.range",
            "back to",
        ),
        (
            "{name: dt, type: date, projection: {range: [NOW, NOW-3DAYS]}}",
            ".projection.range",
            "runs from 'NOW' back to",
        ),
        ("{name: dt, type: date, projection: {range: [NOW-1MONTH, NOW-2YEARS]}}", ".projection.range", "back to"),
        ("{name: dt, type: date, projection: {range: [NOW+2DAYS, NOW]}}", ".projection.range", "back to"),
        ("{name: dt, type: date, projection: {range: [NOW, 2013-01-01]}}", ".projection.range", "back to"),
        ("{name: dt, type: date, projection: {range: [2204-01-01, NOW]}}", ".projection.range", "back to"),
        (
            '{name: dt, date_format: "%Y/%m/%d/%H", projection: {range: [2024/01/01/05, 2024/01/01/04]}}',
            ".projection.range",
            "back to",
        ),
        (
            '{name: dt, date_format: "%Y-%m-%d %M", projection: {range: ["2024-01-01 05", NOW]}}',
            "",
            "Athena projects days, months",
        ),
        (
            '{name: dt, date_format: "%Y-%m %H", projection: {range: ["2024-01 05", NOW]}}',
            "",
            "Athena projects days, months",
        ),
        ("{name: dt, type: int, projection: {range: [5, 1]}}", ".projection.range", "the first and the last number"),
        ("{name: dt, type: int, projection: {range: [1, NOW]}}", ".projection.range", "the first and the last number"),
        (
            "{name: dt, type: int, projection: {range: [1, 2], values: [a]}}",
            ".projection.values",
            "is for keys of type string",
        ),
        (
            "{name: dt, projection: {values: [a/b]}}",
            ".projection.values",
            "holds 'a/b': Athena looks for letters, digits",
        ),
        ('{name: dt, projection: {values: ["a,b"]}}', ".projection.values", "holds 'a,b'"),
        ("{name: dt, projection: {values: [a], range: [1, 2]}}", "", "remove `range:` and `digits:`"),
    ],
)
def test_keys_that_cannot(project: ProjectFolder, key: str, field: str, says: str) -> None:
    problem = project.only_problem_of(projected(key))
    assert problem.field == f"table.partition_keys[0]{field}"
    assert says in problem.message


@pytest.mark.parametrize("way", ["msck", "projection"])
def test_a_versioned_table_is_refused_with_the_reason(project: ProjectFolder, way: str) -> None:
    text = projected('{name: dt, date_format: "%Y-%m-%d", projection: {range: ["2013-01-01", NOW]}}')
    text = text.replace("layout: in_place", "layout: versioned").replace(
        "registration: projection", f"registration: {way}"
    )
    problems = {problem.field: problem.message for problem in project.problems_of(text)}
    assert "add layout: in_place" in problems["table.registration"]


@pytest.mark.parametrize("setting", ["on_bad_path: skip", "allow_empty: true"])
def test_what_only_the_audit_looks_at_is_refused_without_it(project: ProjectFolder, setting: str) -> None:
    problem = project.only_problem_of(IN_PLACE.replace("format: csv", f"registration: msck\n  {setting}"))
    assert problem.field == f"table.{setting.partition(':')[0]}"
    assert "is for registration: lambda" in problem.message


def test_msck_in_place(project: ProjectFolder) -> None:
    table = project.load(IN_PLACE.replace("format: csv", "registration: msck")).tables[0]
    assert (table.registration, table.layout) == ("msck", "in_place")


_SPARK = '{spark: "3.5"}'


@pytest.mark.parametrize("way", ["lambda", "msck"])
@pytest.mark.parametrize("image_of", ["pipeline", "step"])
def test_spark_in_place_is_refused(project: ProjectFolder, image_of: str, way: str) -> None:
    """Spark writes a partition of a second day only by deleting the others."""
    text = IN_PLACE.replace("format: csv", f"registration: {way}")
    if image_of == "pipeline":
        text = text.replace("image: {dockerfile: scripts/Dockerfile}", f"image: {_SPARK}", 1)
    else:
        text = text.replace("  - name: transform\n", f"  - name: transform\n    image: {_SPARK}\n")
    problem = project.only_problem_of(text)
    assert problem.field == "table.layout"
    assert "the step 'transform' is Spark" in problem.message
    assert "layout: versioned" in problem.message
    assert ("registration: msck" in problem.message) is (way == "msck")


def test_a_step_that_is_not_spark_writes_in_place_beside_one_that_is(project: ProjectFolder) -> None:
    text = IN_PLACE.replace("  - name: extract\n", f"  - name: extract\n    image: {_SPARK}\n")
    assert project.load(text).tables[0].layout == "in_place"
