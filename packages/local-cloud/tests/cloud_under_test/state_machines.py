"""State machines, created and executed through boto3."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from cloud_under_test.observation import wait_for_execution

Client = Any


@dataclass(frozen=True)
class StateMachines:
    """The state machines of a test.

    Attributes
    ----------
    client
        The Step Functions client.
    """

    client: Client
    role_arn: str

    def create(self, states: dict[str, Any], **more: Any) -> str:
        """Create a state machine that starts with the first state, and return its ARN."""
        definition = {"StartAt": next(iter(states)), "States": states}
        created = self.client.create_state_machine(
            **{
                "name": f"t-{uuid.uuid4().hex[:12]}",
                "definition": json.dumps(definition),
                "roleArn": self.role_arn,
                **more,
            }
        )
        return str(created["stateMachineArn"])

    def run(self, states: dict[str, Any], given: Any = None) -> dict[str, Any]:
        """Run an execution until it ends, and return its description."""
        started = self.client.start_execution(stateMachineArn=self.create(states), input=json.dumps(given))
        return wait_for_execution(self.client, started["executionArn"])

    def output(self, state: dict[str, Any], given: Any = None) -> Any:
        """Run one state, and return its output."""
        ended = self.run({"S": {"End": True, **state}}, given)
        assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"))
        return json.loads(ended["output"])

    def value(self, expression: str, given: Any = None) -> Any:
        """Return the value of a path or an intrinsic function in a payload template."""
        return self.output({"Type": "Pass", "Parameters": {"v.$": expression}}, given)["v"]

    def error(self, state: dict[str, Any], given: Any = None) -> tuple[str, str]:
        """Run one state that fails, and return its error and cause."""
        ended = self.run({"S": {"End": True, **state} if state["Type"] != "Choice" else state}, given)
        assert ended["status"] == "FAILED", ended.get("output")
        return ended["error"], ended["cause"]
