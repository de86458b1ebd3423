"""Stopping a backfill: its state machine's execution, and the runs that it started."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.backfills.progress import open_runs, wait_for_end
from partitioned_pipelines.cli.runs.executions.pipeline_execution import is_pipeline_execution, stop_pipeline
from partitioned_pipelines.cli.terminal.output import spinner

if TYPE_CHECKING:
    from partitioned_pipelines.cli.backfills.machine import Backfill, BackfillMachine

_CAUSE = "pipelines backfill --stop"
# A run may be starting at the moment at which the backfill is stopped.
_EMPTY_LOOKS = 2


def stop_backfill(machine: BackfillMachine, backfill: Backfill) -> str:
    """Stop a backfill and wait until none of its runs is open; return its status.

    Step Functions stops the executions that a state machine waits for, some time after the machine has stopped; the executions of a SageMaker
    pipeline go on, and are stopped from here. https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html
    """
    assert backfill.execution_arn is not None  # it is running  # noqa: S101
    machine.cloud.step_functions.stop_execution(executionArn=backfill.execution_arn, cause=_CAUSE)
    status = wait_for_end(machine, backfill)
    stopped: set[str] = set()
    empty = 0
    with spinner(f"{backfill.name}  stopping its runs") as show:
        while empty < _EMPTY_LOOKS:
            runs = open_runs(machine, backfill)
            empty = 0 if runs else empty + 1
            if runs:
                show(f"{backfill.name}  {len(runs):,} of its runs are stopping")
            for run in runs:
                if is_pipeline_execution(run.arn) and run.arn not in stopped:
                    stop_pipeline(machine.cloud, run.arn)
                    stopped.add(run.arn)
            time.sleep(machine.cloud.poll_seconds)
    return status
