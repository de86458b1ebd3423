"""A resolver of a template's intrinsic functions into the strings of CloudFormation in a fixed account and region."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT, REGION = "123456789012", "ap-northeast-1"

_PSEUDO_PARAMETERS = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
_NAME_PROPERTIES = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Athena::WorkGroup": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Scheduler::ScheduleGroup": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
# The rest of an ARN after arn:aws:; only the types to which the stacks refer.
_ARNS = {
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::StepFunctions::StateMachine": "states:{region}:{account}:stateMachine:{name}",
    "AWS::Scheduler::ScheduleGroup": "scheduler:{region}:{account}:schedule-group/{name}",
    "AWS::Scheduler::Schedule": "scheduler:{region}:{account}:schedule/{name}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{name}",
}
_REF_IS_ARN = {"AWS::SNS::Topic", "AWS::StepFunctions::StateMachine"}
_SUB_VARIABLE = re.compile(r"\$\{(!?)([\w:.]+)\}")


class UnresolvedIntrinsicError(ValueError):
    """An intrinsic function, or a reference, that this module does not support."""


class IntrinsicResolver:
    """A resolver of the values of one template.

    Parameters
    ----------
    stack_name
        Name of the stack.
    template
        Its template.
    shared
        The Systems Manager parameters created by the preceding stacks, by name.
    """

    def __init__(self, stack_name: str, template: Mapping[str, Any], shared: Mapping[str, str] | None = None) -> None:
        self._stack_name = stack_name
        self._resources: Mapping[str, Any] = template["Resources"]
        self._parameters: Mapping[str, Any] = template.get("Parameters", {})
        self._mappings: Mapping[str, Any] = template.get("Mappings", {})
        self._shared = shared or {}

    def resolve(self, value: Any) -> Any:
        """Return a value with everything in it resolved. Raises UnresolvedIntrinsicError if that is not possible."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Ref" or key.startswith("Fn::"):
                return self._intrinsic(key, argument)
        return {key: self.resolve(item) for key, item in value.items()}

    def _intrinsic(self, key: str, argument: Any) -> str:
        match key:
            case "Ref":
                return self._ref(argument)
            case "Fn::GetAtt":
                return self._attribute(*argument)
            case "Fn::Join":
                separator, parts = argument
                return str(separator).join(str(self.resolve(part)) for part in parts)
            case "Fn::Sub" if isinstance(argument, str):
                return _SUB_VARIABLE.sub(self._sub_variable, argument)
            case "Fn::Sub":
                text, values = argument
                known = {name: str(self.resolve(value)) for name, value in values.items()}
                return _SUB_VARIABLE.sub(
                    lambda found: known[found[2]] if found[2] in known else self._sub_variable(found), text
                )
            case "Fn::FindInMap":
                name, first, second = (str(self.resolve(part)) for part in argument)
                return str(self._mappings[name][first][second])
        raise UnresolvedIntrinsicError(f"{self._stack_name}: {key} of {argument!r} is not known here")

    def _sub_variable(self, match: re.Match[str]) -> str:
        if match[1]:
            return f"${{{match[2]}}}"
        resource, _, attribute = match[2].partition(".")
        return self._attribute(resource, attribute) if attribute else self._ref(resource)

    def _ref(self, name: str) -> str:
        if name in _PSEUDO_PARAMETERS:
            return _PSEUDO_PARAMETERS[name]
        if name == "AWS::StackName":
            return self._stack_name
        if name in self._parameters:
            default = str(self._parameters[name]["Default"])
            return self._shared[default] if default in self._shared else self._unshared(name, default)
        kind = self._kind(name)
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{self._physical_name(name)}"
        return self._attribute(name, "Arn") if kind in _REF_IS_ARN else self._physical_name(name)

    def _unshared(self, name: str, default: str) -> str:
        """Return the value of a parameter that no stack has created."""
        if self._parameters[name].get("Type", "").startswith("AWS::SSM::") and name != "BootstrapVersion":
            raise UnresolvedIntrinsicError(
                f"{self._stack_name}: no stack before it has created the parameter {default}"
            )
        return default

    def _attribute(self, logical_id: str, attribute: str) -> str:
        kind = self._kind(logical_id)
        if attribute in {"Name", "TopicName", "QueueName"}:
            return self._physical_name(logical_id)
        if attribute in {"Arn", "TopicArn"} and kind in _ARNS:
            name = self._physical_name(logical_id)
            return f"arn:aws:{_ARNS[kind].format(name=name, account=ACCOUNT, region=REGION)}"
        raise UnresolvedIntrinsicError(f"{self._stack_name}: {kind} has no attribute {attribute!r} that is known here")

    def _kind(self, logical_id: str) -> str:
        try:
            return str(self._resources[logical_id]["Type"])
        except KeyError as error:
            raise UnresolvedIntrinsicError(f"{self._stack_name}: there is no resource {logical_id!r}") from error

    def _physical_name(self, logical_id: str) -> str:
        resource = self._resources[logical_id]
        given = resource.get("Properties", {}).get(_NAME_PROPERTIES.get(resource["Type"], ""))
        if given is not None:
            return str(self.resolve(given))
        name = f"{self._stack_name}-{logical_id}"
        return name.lower()[:63] if resource["Type"] == "AWS::S3::Bucket" else name[:64]
