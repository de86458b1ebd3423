"""Tests of which steps share a processing job, and of what the runner of such a job is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.spec import describe_jobs, job_layers, job_of, jobs_of, needed_jobs, plan_run_spec
from partitioned_pipelines.spec.derived.shared_job import steps_document
from partitioned_pipelines.spec.derived.step_graph import dependencies
from partitioned_pipelines.spec.model.pipeline import (
    Column,
    Instance,
    PartitionKey,
    Pipeline,
    SklearnImage,
    SparkImage,
    Step,
    StepInput,
    Table,
    TableInput,
    TableSource,
    UriImage,
)
from tests.spec.project_folder import VALID

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

IMAGE = UriImage(uri="registry/python:3.12")


def step(name: str, *reads: str, **more: Any) -> Step:
    inputs = {f"from_{other}": StepInput(step=other, output="out") for other in reads}
    outputs = {"out": "/opt/ml/processing/output"}
    given: dict[str, Any] = {"script": "x.py", "image": IMAGE, "inputs": inputs, "outputs": outputs} | more
    return Step(name=name, **given)


def pipeline_of(*steps: Step, table: str = "", jobs: str = "shared") -> Pipeline:
    """Return a pipeline whose table is an output of the last step, or of the one named."""
    described = Table(
        source=TableSource(step=table or steps[-1].name, output="out"),
        database="db",
        name="rows",
        columns=(Column(name="a", type="int"),),
        partition_keys=(PartitionKey(name="dt"),),
    )
    return Pipeline.model_validate({"name": "p", "jobs": jobs, "steps": steps, "tables": (described,)})


def drawn(text: str) -> Pipeline:
    """Return the pipeline of ``a b<a c<ab``: the names after the sign are those that a step reads."""
    return pipeline_of(*(step(part[0], *part[2:]) for part in text.split()))


def shown(pipeline: Pipeline) -> str:
    return " ".join("".join(job.step_names) for job in jobs_of(pipeline))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "a"),
        ("a b<a c<b", "abc"),
        ("c<b b<a a", "abc"),
        ("a b<a c<ab", "abc"),
        ("a b", "a b"),
        ("a b<a c<a", "a b c"),  # b and c run in parallel: with a and b in one job, c would wait for b
        ("a b<a c<a d<bc", "a b c d"),
        ("a b<a c d<c", "ab cd"),
        ("a b<a c d<c e<bd", "ab cd e"),
        ("a b c<ab d<c", "a b cd"),
        ("a b<a c<b d<b", "ab c d"),
    ],
)
def test_chains_share(text: str, expected: str) -> None:
    assert shown(drawn(text)) == expected
    assert shown(drawn(text).model_copy(update={"jobs": "separate"})) == " ".join(part[0] for part in text.split())


def before(pipeline: Pipeline) -> dict[str, set[str]]:
    """Return the steps that have ended when a step begins, by the rules of the orchestrators: layers of jobs are not counted."""
    jobs = jobs_of(pipeline)
    found: dict[str, set[str]] = {}

    def of_job(name: str) -> set[str]:
        job = job_of(pipeline, name)
        needed = {other for each in job.steps for other in dependencies(each)} - set(job.step_names)
        return needed.union(*(of_job(other) | set(job_of(pipeline, other).step_names) for other in needed))

    for job in jobs:
        for number, each in enumerate(job.steps):
            found[each.name] = of_job(each.name) | set(job.step_names[:number])
    return found


@given(st.lists(st.sets(st.integers(0, 7), max_size=3), min_size=1, max_size=8), st.permutations(range(8)), st.data())
def test_no_step_waits_for_another_one_than_before(
    edges: list[set[int]], order: list[int], data: st.DataObject
) -> None:
    """Of any graph, in any order of the file, with machines drawn at random."""
    steps = [
        step(
            f"s{number}",
            *(f"s{other}" for other in sorted(others) if other < number),
            instance=Instance(type=data.draw(st.sampled_from(["ml.t3.medium", "ml.m5.large"]))),
        )
        for number, others in enumerate(edges)
    ]
    shared = pipeline_of(*(steps[number] for number in order if number < len(steps)), table="s0")
    separate = shared.model_copy(update={"jobs": "separate"})
    assert before(shared) == before(separate)
    assert sorted(name for job in jobs_of(shared) for name in job.step_names) == sorted(each.name for each in steps)
    assert sorted(job.name for layer in job_layers(shared) for job in layer) == sorted(
        job.name for job in jobs_of(shared)
    )
    for job in jobs_of(shared):
        assert len({each.instance for each in job.steps}) == 1
        for number, each in enumerate(job.steps):
            assert number == 0 or not set(dependencies(each)).isdisjoint(job.step_names[:number])


TABLE = {"flights": TableInput(table="db.flights"), "x": StepInput(step="a", output="out")}


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"image": SklearnImage(sklearn="1.4-2")}, "its image is not that of a"),
        ({"image": SparkImage(spark="3.5")}, "Spark has a job of its own"),
        (
            {"script": None, "entrypoint": ("python3", "-m", "etl")},
            "it runs a program of its image, which may lack Python",
        ),
        ({"instance": Instance(type="ml.m5.large")}, "its instance is not that of a"),
        ({"instance": Instance(volume_gb=31)}, "its instance is not that of a"),
        ({"instance": Instance(count=2)}, "it has 2 instances, which have no folder in common"),
        ({"retries": 1}, "its retries are not those of a"),
        ({"inputs": TABLE}, "it reads a table, db.flights"),
        (
            {"outputs": {"out": "/opt/ml/processing/steps/out"}},
            "it writes to /opt/ml/processing/steps, where a shared job keeps the folders of its steps",
        ),
        ({"inputs": {f"raw{n}": f"s3://x/{n}" for n in range(7)} | {"x": StepInput(step="a", output="out")}}, None),
        ({"arguments": ("x",) * 100}, None),
        ({"timeout_minutes": 12_960}, None),
    ],
)
def test_a_step_that_needs_another_job_has_its_own(other: dict[str, Any], why: str | None) -> None:
    raw = {"raw": "s3://x/raw/"}
    pipeline = pipeline_of(step("a", inputs=raw, arguments=("y",)), step("b", "a", **other), step("c", "b"), table="c")
    assert shown(pipeline).startswith("a b")
    sentences = describe_jobs(pipeline)
    if why:
        assert sentences[1] == f"b has a processing job of its own: {why}"
    assert sentences[0].startswith("a has a processing job of its own: ")


def test_a_name_that_no_step_has() -> None:
    assert [job.name for job in jobs_of(drawn("a b<a c d<c"))] == ["a-to-b", "c-to-d"]
    first, last = "a" * 64, "b" * 63
    long = pipeline_of(step(first), step(last, first))
    other = pipeline_of(step(first), step(last + "c", first))
    names = {jobs_of(each)[0].name for each in (long, other)}
    assert len(names) == 2
    assert all(len(name) <= 64 and "-to-" in name for name in names)


def test_what_is_handed_over_is_not_uploaded() -> None:
    """But a table's output is, one that nothing reads, and one that another job reads."""
    two = {"out": "/opt/ml/processing/output", "report": "/opt/ml/processing/report"}
    steps = (
        step("a", outputs=two),
        step("b", "a"),
        step("c", "b"),
        step("d", "b", "c", instance=Instance(type="ml.m5.large")),
    )
    pipeline = pipeline_of(*steps, table="c")
    (shared, _) = jobs_of(pipeline)
    assert [(each.name, output) for each, output in shared.uploaded(pipeline)] == [
        ("a", "report"),
        ("b", "out"),
        ("c", "out"),
    ]


def test_a_table_s_output_is_uploaded_even_if_it_is_handed_over() -> None:
    pipeline = pipeline_of(step("a"), step("b", "a"), step("c", "b"), table="b")
    (shared,) = jobs_of(pipeline)
    assert [each.name for each, _ in shared.uploaded(pipeline)] == ["b", "c"]


def test_needs_name_jobs() -> None:
    steps = (step("a"), step("b", "a"), step("c", needs=("b",)), step("d", "c", needs=("c",)))
    machine = {"instance": Instance(type="ml.m5.large")}
    pipeline = pipeline_of(*steps[:2], *(each.model_copy(update=machine) for each in steps[2:]))
    assert [(job.name, needed_jobs(pipeline, job)) for job in jobs_of(pipeline)] == [
        ("a-to-b", []),
        ("c-to-d", ["a-to-b"]),
    ]


def test_the_document_gives_each_step_its_own(project: ProjectFolder) -> None:
    pipeline = project.load(VALID.replace("image:", "jobs: shared\nimage:"))
    (job,) = jobs_of(pipeline)
    assert describe_jobs(pipeline) == ["extract and transform share a processing job"]
    document = steps_document(pipeline, job)
    extract, transform = document["steps"]
    steps, folder = "/opt/ml/processing/steps", "/opt/ml/processing"
    assert extract == {
        "name": "extract",
        "command": ["python3", f"{folder}/input/code/extract.py"],
        "arguments": 0,
        "environment": {},
        "timeout_seconds": 3600,
        "inputs": [
            {"name": "raw", "path": f"{folder}/input/raw", "home": f"{steps}/extract/input/raw", "from": None},
            {"name": "code", "path": f"{folder}/input/code", "home": f"{steps}/extract/input/code", "from": None},
        ],
        "outputs": [
            {
                "name": "extract",
                "path": f"{folder}/output",
                "home": f"{steps}/extract/output/extract",
                "uploaded": False,
            }
        ],
    }
    given = {
        "name": "extract",
        "path": f"{folder}/input/extract",
        "home": extract["outputs"][0]["home"],
        "from": "extract",
    }
    assert transform["inputs"][0] == given
    assert (transform["environment"], transform["arguments"]) == ({"LOG_LEVEL": "INFO"}, 1)
    assert transform["outputs"][0]["uploaded"]
    planned = [each["environment"] for each in plan_run_spec(pipeline)["steps"]]
    assert planned == [{}, {}], "the variables of the job are those of no step"


def test_jobs_is_shared_or_separate(project: ProjectFolder) -> None:
    problem = project.only_problem_of(VALID.replace("image:", "jobs: one\nimage:"))
    assert problem.field == "jobs"
