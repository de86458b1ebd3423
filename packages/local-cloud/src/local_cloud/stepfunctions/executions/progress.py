"""The progress of an execution, kept in its environments while it runs, so that a redrive can resume there.

Each program (the execution's own, that of a branch and that of an item) has its progress: the state that it is in with the state's input,
and the progress of the branches or items of that state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import IterationWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl import BranchesDecl
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.state_parallel import StateParallel
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.component.state.state_continue_with import ContinueWithEnd
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.stepfunctions.parser.api import HistoryEventType
    from moto.stepfunctions.parser.asl.component.program.program import Program
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.job import Job
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext

    from local_cloud.stepfunctions.maps.map_run import MapRun

_ENTERED = "StateEntered"


@dataclass
class Progress:
    """How far a program has come.

    Attributes
    ----------
    state
        The name of the state that it is in.
    given
        The input of that state; the output of the program if it has ended.
    parts
        The progress of the state's branches or items, by their position.
    has_ended
        Whether the program has succeeded.
    resumes
        Whether a redrive has just begun with it: the state is not entered again, and parts that have ended keep their output.
    map_run
        The Map Run of the state, and the items that it has read.
    """

    state: str
    given: Any
    parts: dict[int, Progress] = field(default_factory=dict)
    has_ended: bool = False
    resumes: bool = False
    map_run: MapRun | None = None
    items: list[Any] | None = None

    def move(self, state: str, given: Any) -> None:
        """Note that the next state begins."""
        self.state, self.given, self.parts, self.resumes = state, given, {}, False
        self.map_run = self.items = None

    def end(self, output: Any) -> None:
        """Note that the program has succeeded."""
        self.given, self.parts, self.has_ended = output, {}, True

    def begin_attempt(self) -> None:
        """Note that the state begins its branches or items: all of them, but for the first attempt after a redrive."""
        if not self.resumes:
            self.parts, self.map_run, self.items = {}, None, None
        self.resumes = False

    def for_redrive(self, *, reruns_all_parts: bool = False) -> Progress:
        """Return the progress from which a redrive resumes. Threads of the earlier attempt may still write to this one.

        Parameters
        ----------
        reruns_all_parts
            Whether a state runs again as a whole if all of its parts have ended: its result was too large.
        """
        if self.has_ended:
            return Progress(self.state, self.given, has_ended=True)
        parts = {
            number: part.for_redrive(reruns_all_parts=reruns_all_parts)
            for number, part in list(self.parts.items())  # a thread may add one
        }
        if reruns_all_parts and all(part.has_ended for part in parts.values()):
            return Progress(self.state, self.given, resumes=True)
        return Progress(self.state, self.given, parts, resumes=True, map_run=self.map_run, items=self.items)


def keep_progress() -> None:
    """Replace what moto does where environments are opened, and where states, branches and items begin and end."""
    # extension: RedriveExecution needs to know which states, branches and items have succeeded.
    for name in ("open_frame", "open_inner_frame"):
        replace(Environment, name, _opening(name))
    for kind in (CommonStateField, StateChoice):
        replace(kind, "_set_next", _setting_next(kind))
    replace(BranchesDecl, "_eval_body", _branches)
    replace(IterationWorker, "_eval_job", _item)
    for state in (StateMap, StateParallel):
        replace(state, "_eval_execution", _beginning_attempt(state))
    replace(EventManager, "add_event", _add_event)


def progress_of(env: Any) -> Progress:
    """Return the progress of the program to which an environment belongs."""
    while not hasattr(env, "progress"):
        env = env.opened_by
    progress: Progress = env.progress
    return progress


def begin_program(program: Program, env: Any) -> bool:
    """Note that a program begins, or resumes after a redrive, in its environment. Returns False if it has ended before."""
    if not hasattr(env, "progress"):
        first = Progress(program.start_at.start_at_name, env.states.get_input())
        env.progress = first
        if env.is_frame():
            above = env.opened_by
            number = getattr(env, "item_number", None)
            if number is None:
                number = next(place for place, branch in enumerate(above.branches) if branch is program)
            env.progress = progress_of(above).parts.setdefault(number, first)
    progress: Progress = env.progress
    env.states.reset(input_value=progress.given)
    env.next_state_name = progress.state
    if progress.has_ended:
        env.set_ended()
        return False
    if progress.resumes and isinstance(program._get_state(progress.state), ExecutionState):
        env.event_history_context.is_in_a_state = True
    else:
        progress.resumes = False
    return True


def _opening(name: str) -> Callable[[Environment, EventHistoryContext | None], Environment]:
    def open_frame(self: Environment, event_history_context: EventHistoryContext | None = None) -> Environment:
        frame: Any = original_of(Environment, name)(self, event_history_context)
        frame.opened_by = self
        opened: Environment = frame
        return opened

    return open_frame


def _setting_next(kind: type[CommonStateField]) -> Callable[[CommonStateField, Environment], None]:
    def set_next(self: CommonStateField, env: Environment) -> None:
        original_of(kind, "_set_next")(self, env)
        if env.next_state_name is not None:
            progress_of(env).move(env.next_state_name, env.states.get_input())
        elif isinstance(env.program_state(), ProgramEnded) and isinstance(self.continue_with, ContinueWithEnd):
            progress_of(env).end(env.states.get_input())

    return set_next


def _branches(self: BranchesDecl, env: Any) -> None:
    env.branches = self.programs
    original_of(BranchesDecl, "_eval_body")(self, env)


def _item(self: IterationWorker, env: Any, job: Job) -> None:
    env.item_number = job.job_index
    ended = progress_of(env.opened_by).parts.get(job.job_index)
    if ended is not None and ended.has_ended:
        job.job_output = ended.given
    else:
        original_of(IterationWorker, "_eval_job")(self, env, job)


def _beginning_attempt(kind: type[ExecutionState]) -> Callable[[ExecutionState, Environment], None]:
    def eval_execution(self: ExecutionState, env: Environment) -> None:
        progress_of(env).begin_attempt()
        original_of(kind, "_eval_execution")(self, env)

    return eval_execution


def _add_event(
    self: EventManager,
    context: Any,
    event_type: HistoryEventType,
    event_details: Any = None,
    timestamp: Any = None,
    update_source_event_id: bool = True,
) -> int:
    """Add an event, unless it is the entry of a state that the execution was in when it was redriven, or comes after the execution's end."""
    if getattr(context, "is_in_a_state", False) and event_type.endswith(_ENTERED):
        context.is_in_a_state = False
        return int(context.last_published_event_id)
    if getattr(context, "is_closed", False):
        return int(context.last_published_event_id)
    added: int = original_of(EventManager, "add_event")(
        self, context, event_type, event_details, timestamp, update_source_event_id
    )
    return added
