"""Tests that text of a pipeline file which looks like an expression arrives unchanged at its destination."""

import json

from tests.checks.state_machine.dry_run import TaskRequest, dry_run
from tests.checks.state_machine.machine import ONE_DAY
from tests.synthesized.hostile_text import HOSTILE
from tests.synthesized.subject import Subject, filled_s3
from tests.synthesized.synthesis import Synthesis


def requests_of(every_option: Synthesis) -> dict[str, TaskRequest]:
    definition = Subject.of(every_option, "everything").stack.definition
    return {request.state: request for request in dry_run(definition, filled_s3(), ONE_DAY)}


def test_environment_reaches_the_job_literally(every_option: Synthesis) -> None:
    environment = requests_of(every_option)["split"].parameters["Environment"]
    assert environment["LITERAL"] == HOSTILE
    assert environment["PROCESS_DATE"] == "2021-12-15"


def test_arguments_reach_the_job_with_placeholders_resolved_and_nothing_else(every_option: Synthesis) -> None:
    subject = Subject.of(every_option, "everything")
    arguments = requests_of(every_option)["split"].parameters["AppSpecification"]["ContainerArguments"]
    assert arguments[:3] == ["--text", HOSTILE, subject.lake_bucket]


def test_comments_reach_the_registrar_literally(every_option: Synthesis) -> None:
    payload = requests_of(every_option)["RegisterPartitions.db_versioned.t_csv"].parameters["Payload"]
    assert payload["table"]["columns"][0] == {"name": "a", "type": "string", "comment": HOSTILE}


def test_no_hostile_text_stands_under_a_key_that_is_evaluated(every_option: Synthesis) -> None:
    def evaluated(node: object) -> list[str]:
        if isinstance(node, dict):
            return [
                text
                for key, value in node.items()
                for text in ([json.dumps(value)] if key.endswith(".$") else evaluated(value))
            ]
        return [text for item in node for text in evaluated(item)] if isinstance(node, list) else []

    texts = evaluated(Subject.of(every_option, "everything").stack.definition)
    assert len(texts) > 50
    assert not [text for text in texts if "特徴量" in text or "AccountId" in text or "<aws." in text]
