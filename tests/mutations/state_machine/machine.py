"""Breakages of a pipeline's state machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.mutations.mutation import Mutation, parameters

if TYPE_CHECKING:
    from tests.synthesized.resolved_stack import ResolvedStack


def _states(stack: ResolvedStack) -> dict[str, Any]:
    states: dict[str, Any] = stack.definition["States"]
    return states


def _skip_validation(stack: ResolvedStack) -> None:
    _states(stack)["extract"]["Next"] = "transform"


def _eleven_inputs(stack: ResolvedStack) -> None:
    inputs = parameters(stack, "extract")["ProcessingInputs"]
    inputs[:0] = [{**inputs[0], "InputName": f"raw{index}"} for index in range(11 - len(inputs))]


def _misspell(stack: ResolvedStack) -> None:
    made = parameters(stack, "extract")
    made["ProcessingResource"] = made.pop("ProcessingResources")


def _output(stack: ResolvedStack, step: str) -> dict[str, Any]:
    output: dict[str, Any] = parameters(stack, step)["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]
    return output


def _input(stack: ResolvedStack, step: str) -> dict[str, Any]:
    first: dict[str, Any] = parameters(stack, step)["ProcessingInputs"][0]["S3Input"]
    return first


def _cluster(stack: ResolvedStack) -> dict[str, Any]:
    cluster: dict[str, Any] = parameters(stack, "extract")["ProcessingResources"]["ClusterConfig"]
    return cluster


def _catch(stack: ResolvedStack) -> None:
    _states(stack)["extract"]["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "NothingToDo"}]


def _retry_everything(stack: ResolvedStack) -> None:
    _states(stack)["extract"]["Retry"].append({"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 3})


def _retry(stack: ResolvedStack, state: str, error: str) -> dict[str, Any]:
    (found,) = (retry for retry in _states(stack)[state]["Retry"] if error in retry["ErrorEquals"])
    retry: dict[str, Any] = found
    return retry


def _take_for_completed(stack: ResolvedStack) -> None:
    source = parameters(stack, "RegisterPartitions")["Payload"]["source"]
    del source["processing_job_status.$"]
    source["processing_job_status"] = "Completed"


MACHINE_MUTATIONS = [
    Mutation("skip a step", "order_of_states", "states run as", _skip_validation),
    Mutation(
        "fail a run that has nothing to do",
        "order_of_states",
        "does not end well",
        lambda stack: _states(stack)["NothingToDo"].update(Type="Fail"),
    ),
    Mutation("catch errors", "neither_map_nor_catch", "with a Catch", _catch),
    Mutation(
        "map over dates",
        "neither_map_nor_catch",
        "extract is a Map",
        lambda stack: _states(stack)["extract"].update(Type="Map"),
    ),
    Mutation("retry a failed job that should not be", "retries_by_class", "States.TaskFailed", _retry_everything),
    Mutation(
        "repeat a mistake for hours",
        "retries_by_class",
        "extract reports SageMaker.AmazonSageMakerException after up to",
        lambda stack: _retry(stack, "extract", "SageMaker.AmazonSageMakerException").update(MaxAttempts=100),
    ),
    Mutation(
        "give up at the third throttle",
        "retries_by_class",
        "extract gives up after 2 attempts",
        lambda stack: _retry(stack, "extract", "SageMaker.AmazonSageMakerException").update(MaxAttempts=2),
    ),
    Mutation(
        "report a quota of 0 after an hour",
        "retries_by_class",
        "extract reports SageMaker.ResourceLimitExceededException after up to 3630 s",
        lambda stack: _retry(stack, "extract", "SageMaker.ResourceLimitExceededException").update(
            MaxAttempts=8, MaxDelaySeconds=900
        ),
    ),
    Mutation(
        "fail a run for a function that was killed",
        "retries_by_class",
        "RegisterPartitions retries",
        lambda stack: _retry(stack, "RegisterPartitions", "Lambda.Unknown")["ErrorEquals"].remove("Lambda.Unknown"),
    ),
    Mutation(
        "fail a run for a catalog that is busy",
        "retries_by_class",
        "PlanRun retries",
        lambda stack: _retry(stack, "PlanRun", "OperationTimeoutException")["ErrorEquals"].remove(
            "OperationTimeoutException"
        ),
    ),
    Mutation(
        "give up at the first throttle",
        "retries_by_class",
        "extract retries",
        lambda stack: _states(stack)["extract"]["Retry"].pop(0),
    ),
    Mutation(
        "forget Lambda.TooManyRequestsException",
        "retries_by_class",
        "PlanRun retries",
        lambda stack: _states(stack)["PlanRun"]["Retry"][0]["ErrorEquals"].remove("Lambda.TooManyRequestsException"),
    ),
    Mutation(
        "end a state before its job",
        "timeouts",
        "extract ends after 3600 s",
        lambda stack: _states(stack)["extract"].update(TimeoutSeconds=3600),
    ),
    Mutation(
        "end an execution before its states",
        "timeouts",
        "an execution ends after 3600 s",
        lambda stack: stack.definition.update(TimeoutSeconds=3600),
    ),
    Mutation(
        "let a job run for a day",
        "timeouts",
        "the job may run 86400 s",
        lambda stack: parameters(stack, "extract")["StoppingCondition"].update(MaxRuntimeInSeconds=86400),
    ),
    Mutation(
        "name a job without a UUID",
        "attempts_of_their_own",
        "would be named by",
        lambda stack: parameters(stack, "extract").update(
            {"ProcessingJobName.$": "States.Format('{}-{}', $.plan.steps.extract.job_stem, $.plan.run_id)"}
        ),
    ),
    Mutation(
        "write each attempt to one prefix",
        "attempts_of_their_own",
        "would write extract to",
        lambda stack: _output(stack, "extract").update({"S3Uri.$": "$.plan.steps.extract.outputs.extract"}),
    ),
    Mutation(
        "splice a file's text into an expression",
        "text_stays_data",
        "is no expression of ours",
        lambda stack: parameters(stack, "extract").update(
            {"RoleArn.$": "States.Format('{} text of the file', $.plan.run_id)"}
        ),
    ),
    Mutation(
        "run a job without its tags",
        "cost_tags",
        "the job of extract has the tags {}",
        lambda stack: parameters(stack, "extract").pop("Tags"),
    ),
    Mutation(
        "leave the pipeline out of the tags of its functions",
        "cost_tags",
        "has the tags {'environment': 'pipelines'}",
        lambda stack: stack.only("AWS::Lambda::Function", "Planner")["Tags"].pop(),
    ),
    Mutation(
        "tell a registration of one job less",
        "usage_of_runs",
        "the registration of flights is told",
        lambda stack: parameters(stack, "RegisterPartitions")["Payload"]["usage"]["jobs"].pop(),
    ),
    Mutation(
        "fail a run whose job's result has no times",
        "usage_of_runs",
        "a run whose jobs have no times fails",
        lambda stack: _states(stack)["extract"]["ResultSelector"].update(
            {"ProcessingEndTime.$": "$.ProcessingEndTime"}
        ),
    ),
    Mutation("misspell a parameter", "requests_fit_the_models", "ProcessingResource is unknown", _misspell),
    Mutation("give eleven inputs", "requests_fit_the_models", "11 items, at most 10", _eleven_inputs),
    Mutation(
        "give a number as text",
        "requests_fit_the_models",
        "'1' is no integer",
        lambda stack: _cluster(stack).update(InstanceCount="1"),
    ),
    Mutation(
        "name a machine that is not for rent",
        "requests_fit_the_models",
        "is none of",
        lambda stack: _cluster(stack).update(InstanceType="ml.t3.tiny"),
    ),
    Mutation(
        "name a job with underscores",
        "requests_fit_the_models",
        "does not match",
        lambda stack: parameters(stack, "extract").update(
            {"ProcessingJobName.$": "States.Format('{}_{}', $.plan.steps.extract.job_stem, States.UUID())"}
        ),
    ),
    Mutation(
        "leave out the role",
        "requests_fit_the_models",
        "RoleArn is required",
        lambda stack: parameters(stack, "extract").pop("RoleArn"),
    ),
    Mutation(
        "follow a path that leads nowhere",
        "requests_fit_the_models",
        "leads nowhere",
        lambda stack: parameters(stack, "extract").update({"Environment.$": "$.plan.steps.extract.env"}),
    ),
    Mutation(
        "drop from a result what comes after needs",
        "requests_fit_the_models",
        "leads nowhere",
        lambda stack: _states(stack)["transform"]["ResultSelector"].pop("CreationTime.$"),
    ),
    Mutation(
        "register whatever became of the job",
        "requests_fit_the_models",
        "leads nowhere",
        lambda stack: _states(stack)["transform"]["ResultSelector"].pop("ProcessingJobStatus.$"),
    ),
    Mutation(
        "take every job for one that completed",
        "registrations_of_completed_jobs",
        "RegisterPartitions: a job that is Stopped is registered",
        _take_for_completed,
    ),
    Mutation(
        "read the planned prefix in place of the result",
        "downstream_reads_results",
        "validate reads",
        lambda stack: _input(stack, "validate").update({"S3Uri.$": "$.plan.steps.extract.outputs.extract"}),
    ),
    Mutation(
        "register another step's output",
        "downstream_reads_results",
        "a run fails before its end",
        lambda stack: parameters(stack, "RegisterPartitions")["Payload"]["source"].update(
            {"s3_uri.$": "$.results.extract.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri"}
        ),
    ),
    Mutation(
        "go to a state that is not there",
        "asl_validator",
        "target: nowhere",
        lambda stack: _states(stack)["extract"].update(Next="nowhere"),
    ),
    Mutation(
        "misspell a state's field",
        "asl_validator",
        "/States/extract is invalid",
        lambda stack: _states(stack)["extract"].update(TimeoutSecond=5),
    ),
]
