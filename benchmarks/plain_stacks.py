"""A CDK app for comparison in ``benchmarks/synth.py``: plain stacks with as many resources, of kinds that a pipeline has, with no options."""

from stacks import use_packaged_node

use_packaged_node()  # before jsii, which aws_cdk starts when it is imported

import aws_cdk as cdk  # noqa: E402
from aws_cdk import aws_iam as iam  # noqa: E402
from aws_cdk import aws_logs as logs  # noqa: E402
from aws_cdk import aws_s3 as s3  # noqa: E402
from aws_cdk import aws_sns as sns  # noqa: E402
from aws_cdk import aws_sqs as sqs  # noqa: E402


def main() -> None:
    """Synthesize the number of stacks and resources given in the context."""
    app = cdk.App()
    stacks, resources = (int(app.node.try_get_context(name)) for name in ("stacks", "resources"))
    for number in range(stacks):
        stack = cdk.Stack(app, f"plain-{number:03}")
        for index in range(resources // stacks):
            add_resource(stack, index)
    app.synth()


def add_resource(stack: cdk.Stack, index: int) -> None:
    """Add one resource; the kinds alternate."""
    match index % 5:
        case 0:
            iam.Role(stack, f"Role{index}", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        case 1:
            logs.LogGroup(stack, f"Log{index}")
        case 2:
            sns.Topic(stack, f"Topic{index}")
        case 3:
            sqs.Queue(stack, f"Queue{index}")
        case _:
            s3.Bucket(stack, f"Bucket{index}")


if __name__ == "__main__":
    main()
