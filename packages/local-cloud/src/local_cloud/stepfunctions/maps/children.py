"""The child executions of a Map Run."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext, EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramError, ProgramTimedOut
from moto.stepfunctions.parser.asl.eval.states import ItemData, MapData

from local_cloud.daemon_thread import start_daemon_thread
from local_cloud.stepfunctions.executions.progress import progress_of
from local_cloud.stepfunctions.language.timestamps import format_timestamp

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.eval.environment import Environment

    from local_cloud.stepfunctions.maps.map_run import Child, MapRun

_LOOKS_SECONDS = 0.1
_MOST_AT_A_TIME = 100  # of a state without MaxConcurrency: each needs threads, and AWS promises no number


class Children:
    """The child executions of a Map Run.

    Parameters
    ----------
    component
        The state's item processor.
    env
        The environment of the state.
    given
        The state's fields.
    """

    def __init__(self, component: Any, env: Environment, given: Any, run: MapRun, items: list[Any]) -> None:
        self._program = component._get_iteration_program()
        self._env = env
        self._run = run
        self._parts = progress_of(env).parts
        self._inputs = self._select(given, items)
        self._outputs: list[Any] = [None] * len(items)
        self._frames: dict[int, Environment] = {}
        self._changed = threading.Condition()

    def run(self) -> list[Any]:
        """Run a child execution for each item, until the failure threshold is exceeded or the state is stopped. Returns their outputs."""
        waiting = [number for number in range(len(self._inputs)) if not self._has_ended(number)]
        waiting.reverse()
        with self._changed:
            while self._goes_on() and (waiting or self._frames):
                while waiting and len(self._frames) < (self._run.max_concurrency or _MOST_AT_A_TIME):
                    self._start(waiting.pop())
                self._changed.wait(_LOOKS_SECONDS)
            for frame in self._frames.values():
                frame.set_stop(stop_date=dt.datetime.now(dt.UTC), cause=None, error=None)
            while self._frames:
                self._changed.wait(_LOOKS_SECONDS)
        return self._outputs

    def _goes_on(self) -> bool:
        return self._env.is_running() and not self._run.exceeds_a_threshold()

    def _has_ended(self, number: int) -> bool:
        """Return whether an item has succeeded before a redrive."""
        part = self._parts.get(number)
        if part is None or not part.has_ended:
            return False
        self._outputs[number] = part.given
        return True

    def _select(self, given: Any, items: list[Any]) -> list[Any]:
        """Return the inputs of the child executions."""
        if given.item_selector is None and given.parameters is None:
            return items
        whole = self._env.stack[-1]
        frame = self._env.open_inner_frame()
        inputs = []
        for number, item in enumerate(items):
            frame.states.context_object.context_object_data["Map"] = MapData(Item=ItemData(Index=number, Value=item))
            frame.states.reset(input_value=whole)
            frame.stack = [whole]
            (given.item_selector or given.parameters).eval(frame)
            inputs.append(frame.stack.pop())
        self._env.delete_frame(frame)
        return inputs

    def _start(self, number: int) -> None:
        child = self._run.start_child(number)
        frame: Any = self._env.open_inner_frame()
        frame.item_number = number
        frame.event_manager = EventManager()  # a child execution has a history of its own
        frame.event_history_context = EventHistoryContext.of_program_start()
        frame.states.reset(input_value=self._inputs[number])
        self._fill_context(frame, child, self._inputs[number])
        self._frames[number] = frame
        start_daemon_thread(
            f"child-{child.name}",
            lambda: self._execute(number, frame),
            lambda _error: self._end(number, "failed"),
        )

    def _fill_context(self, frame: Environment, child: Child, given: Any) -> None:
        context: Any = frame.states.context_object.context_object_data
        context["Execution"] = context["Execution"] | {
            "Id": child.arn,
            "Name": child.name,
            "Input": given,
            "StartTime": format_timestamp(child.started),
            "RedriveCount": child.redrives.count,
        }
        arn = self._run.map_state_machine_arn
        context["StateMachine"] = {"Id": arn, "Name": arn.rpartition(":")[2]}

    def _execute(self, number: int, frame: Environment) -> None:
        self._program.eval(frame)
        part = self._parts.get(number)
        if part is not None and part.has_ended:
            self._outputs[number] = part.given
            self._end(number, "succeeded")
        elif isinstance(frame.program_state(), ProgramError):
            self._end(number, "failed")
        elif isinstance(frame.program_state(), ProgramTimedOut) and self._env.is_running():
            self._end(number, "timedOut")
        else:
            self._end(number, "aborted")

    def _end(self, number: int, status: str) -> None:
        with self._changed:
            self._run.end_child(number, status)
            self._env.delete_frame(self._frames.pop(number))
            self._changed.notify_all()
