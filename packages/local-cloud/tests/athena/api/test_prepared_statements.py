"""Athena's operations on prepared statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake


def test_statements_of_a_workgroup(lake: Lake, name: str) -> None:
    lake.athena.create_work_group(Name=name)
    own = {"StatementName": "first", "WorkGroup": name}
    lake.athena.create_prepared_statement(QueryStatement="SELECT 1", Description="one", **own)
    with pytest.raises(lake.athena.exceptions.InvalidRequestException, match="already exists"):
        lake.athena.create_prepared_statement(QueryStatement="SELECT 2", **own)
    lake.athena.update_prepared_statement(QueryStatement="SELECT 3 AS x", **own)
    found = lake.athena.get_prepared_statement(**own)["PreparedStatement"]
    assert (found["QueryStatement"], found["WorkGroupName"], found["Description"]) == ("SELECT 3 AS x", name, "")
    assert lake.run("EXECUTE first", WorkGroup=name).rows == [("3",)]
    with pytest.raises(lake.athena.exceptions.InvalidRequestException, match="was not found in workGroup primary"):
        lake.start("EXECUTE first")
    lake.run('PREPARE "Second" FROM SELECT 2 AS x', WorkGroup=name)
    listed = lake.athena.list_prepared_statements(WorkGroup=name)["PreparedStatements"]
    assert [one["StatementName"] for one in listed] == ["first", "second"]
    several = lake.athena.batch_get_prepared_statement(PreparedStatementNames=["second", "third"], WorkGroup=name)
    assert [one["QueryStatement"] for one in several["PreparedStatements"]] == ["SELECT 2 AS x"]
    assert [one["StatementName"] for one in several["UnprocessedPreparedStatementNames"]] == ["third"]
    lake.athena.delete_prepared_statement(**own)
    assert [
        one["StatementName"] for one in lake.athena.list_prepared_statements(WorkGroup=name)["PreparedStatements"]
    ] == ["second"]


def test_an_unknown_one_is_named(lake: Lake) -> None:
    own = {"StatementName": "nope", "WorkGroup": "primary"}
    missing = lake.athena.exceptions.ResourceNotFoundException
    with pytest.raises(missing, match="PreparedStatement nope was not found in workGroup primary"):
        lake.athena.get_prepared_statement(**own)
    with pytest.raises(missing):
        lake.athena.update_prepared_statement(QueryStatement="SELECT 1", **own)
    with pytest.raises(missing):
        lake.athena.delete_prepared_statement(**own)
    with pytest.raises(lake.athena.exceptions.InvalidRequestException, match="WorkGroup nope is not found"):
        lake.athena.list_prepared_statements(WorkGroup="nope")
