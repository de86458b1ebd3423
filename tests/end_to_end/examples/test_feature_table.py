"""Tests of the article's pipeline: plain scripts, and a partition at a fixed path that Athena reads immediately."""

from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.deployment import Deployment

RAW = Path(__file__).parents[3] / "examples" / "feature_table" / "raw.csv"
TABLE = "tables/analytics/partitioned_table_sample"
SELECT = "SELECT * FROM analytics.partitioned_table_sample"

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]


@pytest.fixture(scope="module")
def run(deployment: Deployment) -> dict[str, object]:
    document: dict[str, object] = deployment.json(
        "run", "feature_table", "--date", "2021-12-15", "--input", f"raw={RAW}"
    )
    return document


def test_the_run_says_what_it_did(run: dict[str, object]) -> None:
    assert run["status"] == "SUCCEEDED"
    assert (run["process_start"], run["process_end"]) == ("2021-12-15", "2021-12-16")
    assert run["partitions"] == {"created": 1, "repointed": 0, "unchanged": 0, "kept_newer": 0}
    assert run["error"] is None


def test_the_partition_lies_where_the_article_has_it(deployment: Deployment, run: dict[str, object]) -> None:
    # The table is shared with other tests, which use other days.
    folder = f"{TABLE}/output/process_date_jst=2021-12-15/"
    assert deployment.keys(folder) == [f"{folder}partition.csv"]
    values = {"process_date_jst": "2021-12-15"}
    (partition,) = [item for item in deployment.json("partitions", "feature_table") if item["values"] == values]
    assert partition["location"] == f"s3://{deployment.lake}/{TABLE}/output/process_date_jst=2021-12-15/"
    assert partition["parameters"]["run_id"] == run["run_id"]


def test_a_query_gives_the_rows_of_the_raw_file(deployment: Deployment, run: dict[str, object]) -> None:
    rows = deployment.json("query", f"{SELECT} WHERE process_date_jst = '2021-12-15' ORDER BY feature2")
    expected = pd.read_csv(RAW, dtype=str).sort_values("feature2")[["feature1", "feature2", "y"]]
    assert rows == [{**row, "process_date_jst": "2021-12-15"} for row in expected.to_dict("records")]


def test_a_scheduled_event_runs_once_for_the_day_before_in_tokyo(deployment: Deployment) -> None:
    """06:00 on the 17th in Tokyo is 21:00 on the 16th in UTC; its run processes the 16th."""
    s3, sfn = deployment.client("s3"), deployment.client("stepfunctions")
    s3.upload_file(str(RAW), deployment.lake, "raw/feature_table/2021/12/16/raw.csv")
    machine = deployment.outputs("pipelines-feature-table")["StateMachineArn"]
    scheduled = '{"scheduled_time": "2021-12-16T21:00:00Z"}'
    outcomes = []
    for _ in range(2):
        execution = sfn.start_execution(stateMachineArn=machine, input=scheduled)["executionArn"]
        outcomes.append(deployment.finished(execution))
    first, second = outcomes
    assert first["plan"]["process_date"] == "2021-12-16"
    assert second["plan"]["outcome"] == "duplicate"
    assert second["registrations"] == {}
    days = [partition["values"]["process_date_jst"] for partition in deployment.json("partitions", "feature_table")]
    assert days.count("2021-12-16") == 1
