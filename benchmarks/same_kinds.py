"""A CDK app for comparison in ``benchmarks/synth.py``: stacks with the same kinds of resources as a pipeline's, with only required options."""

from stacks import use_packaged_node

use_packaged_node()  # before jsii, which aws_cdk starts when it is imported

import aws_cdk as cdk  # noqa: E402
from aws_cdk import aws_events as events  # noqa: E402
from aws_cdk import aws_glue as glue  # noqa: E402
from aws_cdk import aws_iam as iam  # noqa: E402
from aws_cdk import aws_lambda as lambda_  # noqa: E402
from aws_cdk import aws_logs as logs  # noqa: E402
from aws_cdk import aws_scheduler as scheduler  # noqa: E402
from aws_cdk import aws_sns as sns  # noqa: E402
from aws_cdk import aws_sqs as sqs  # noqa: E402
from aws_cdk import aws_stepfunctions as sfn  # noqa: E402


def main() -> None:
    """Synthesize the number of stacks given in the context."""
    app = cdk.App()
    for number in range(int(app.node.try_get_context("stacks"))):
        add_resources(cdk.Stack(app, f"same-{number:03}"))
    app.synth()


def add_resources(stack: cdk.Stack) -> None:
    """Add 25 resources: six policies, five roles, three log groups, two functions, and one each of the rest; TLS adds two more policies."""
    for index in range(2):  # each with a role and a log group
        lambda_.Function(
            stack,
            f"Function{index}",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context):\n    return event\n"),
        )
    machine = sfn.StateMachine(  # with a role, and with the policy that its log requires
        stack,
        "StateMachine",
        definition_body=sfn.DefinitionBody.from_string('{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}'),
        logs=sfn.LogOptions(destination=logs.LogGroup(stack, "Log"), level=sfn.LogLevel.ALL),
    )
    roles = [
        iam.Role(stack, f"Role{index}", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
        for index in range(2)
    ]
    for index in range(5):
        statement = iam.PolicyStatement(
            actions=["states:StartExecution"], resources=[f"{machine.state_machine_arn}/{index}"]
        )
        iam.Policy(stack, f"Policy{index}", statements=[statement], roles=[roles[index % 2]])
    glue.CfnTable(
        stack,
        "Table",
        catalog_id=cdk.Aws.ACCOUNT_ID,
        database_name="analytics",
        table_input=glue.CfnTable.TableInputProperty(name=f"t_{stack.node.id.replace('-', '_')}"),
    )
    events.Rule(stack, "Rule", event_pattern=events.EventPattern(source=["aws.states"]))
    scheduler.CfnScheduleGroup(stack, "Group", name=stack.stack_name)
    scheduler.CfnSchedule(
        stack,
        "Schedule",
        schedule_expression="rate(1 day)",
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
        target=scheduler.CfnSchedule.TargetProperty(arn=machine.state_machine_arn, role_arn=roles[0].role_arn),
    )
    sns.Topic(stack, "Topic", enforce_ssl=True)
    sqs.Queue(stack, "Queue", enforce_ssl=True)


if __name__ == "__main__":
    main()
