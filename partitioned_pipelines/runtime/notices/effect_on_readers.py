"""What the readers of a pipeline's tables see after a run that failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from partitioned_pipelines.runtime.executions.pipeline_steps import REGISTRATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from partitioned_pipelines.lake.function_events.ended_events import NoticeTable
    from partitioned_pipelines.runtime.notices.ended_run import Story

Seen = Literal["unchanged", "published", "partly", "in_place"]
_SENTENCES: Mapping[Seen, tuple[str, str]] = {
    "published": ("shows this run, which published it before it failed", "show this run, which published them before it failed"),
    "partly": ("may show this run in some of its partitions", "may show this run in some of their partitions"),
    "in_place": ("is written in place, and may contain files of this run", "are written in place, and may contain files of this run"),
    "unchanged": ("is what it was before this run", "are what they were before this run"),
}  # fmt: skip


def readers_see(story: Story, tables: Sequence[NoticeTable]) -> dict[str, Seen]:
    """Return what readers see in each table, after a run that failed."""
    return {table["name"]: _seen(story, table) for table in tables}


def sentences(seen: Mapping[str, Seen]) -> list[str]:
    """Return a sentence for each group of tables in which readers see the same, the unchanged ones last."""
    found = []
    for kind, (one, several) in _SENTENCES.items():
        names = [name for name, each in seen.items() if each == kind]
        if names:
            listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
            found.append(f"{listed} {one if len(names) == 1 else several}.")
    return found


def _seen(story: Story, table: NoticeTable) -> Seen:
    outcome = story.registered.get(table["name"])
    if outcome == "registered":
        return "published"
    if outcome is not None or _may_have_begun(story, table):
        return "partly"
    return "in_place" if table["in_place"] and any(job.step == table["step"] for job in story.jobs) else "unchanged"


def refused_files(story: Story) -> bool:
    """Check whether the registration refused the run's files: a retry would find them unchanged."""
    if story.failure is None or story.failure.state.partition(".")[0] != REGISTRATION:
        return False
    # Imported here: only a failed registration needs it, and each import delays a cold start.
    from partitioned_pipelines.runtime.registration.refusals import REFUSED_FILES

    return _said(story, REFUSED_FILES)


def _may_have_begun(story: Story, table: NoticeTable) -> bool:
    """Check whether the run failed while it registered this table, with another error than those that come before the first partition."""
    failure = story.failure
    if failure is None or failure.state not in (REGISTRATION, f"{REGISTRATION}.{table['name']}"):
        return False
    from partitioned_pipelines.runtime.registration.refusals import REFUSALS  # here for the same reason

    return not _said(story, REFUSALS)


def _said(story: Story, errors: Iterable[type[Exception]]) -> bool:
    """Check whether a run failed with one of these errors. A SageMaker pipeline passes on the exception's name in a text."""
    failure, explanation = story.failure, story.explanation
    words = re.findall(r"\w+", f"{explanation.error} {failure.cause}") if failure and explanation else []
    return not {error.__name__ for error in errors}.isdisjoint(words)
