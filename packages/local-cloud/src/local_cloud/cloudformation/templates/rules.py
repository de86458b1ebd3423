"""The Rules section: assertions about parameters, checked before a deployment.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.cloudformation.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_rules(template: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Check the rules of a template.

    Parameters
    ----------
    values
        The resolved value of each parameter: a string, or a list for list types.

    Raises
    ------
    ValidationError
        With the AssertDescription of the first assertion that fails.
    """
    for name, rule in (template.get("Rules") or {}).items():
        if "RuleCondition" in rule and not _value(rule["RuleCondition"], values):
            continue
        for assertion in rule["Assertions"]:
            if not _value(assertion["Assert"], values):
                described = assertion.get("AssertDescription", "an assertion does not hold")
                raise ValidationError(message=f"Rule {name} is not satisfied: {described}")


def _value(node: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_value(item, values) for item in node]
    if not isinstance(node, dict):
        return node if isinstance(node, bool) else str(node)
    if len(node) != 1:
        raise ValidationError(message="Template format error: an object in Rules must be a function")
    ((function, argument),) = node.items()
    if function == "Ref":
        if argument not in values:
            raise ValidationError(
                message=f"Template format error: Unresolved dependencies [{argument}] in the Rules block of the template"
            )
        return values[argument]
    operands = _value(argument, values)
    match function:
        case "Fn::And":
            return all(operands)
        case "Fn::Or":
            return any(operands)
        case "Fn::Not":
            return not operands[0]
        case "Fn::Equals":
            return operands[0] == operands[1]
        case "Fn::Contains":
            return operands[1] in operands[0]
        case "Fn::EachMemberEquals":
            return all(member == operands[1] for member in operands[0])
        case "Fn::EachMemberIn":
            return all(member in operands[1] for member in operands[0])
    # Fn::RefAll, Fn::ValueOf and Fn::ValueOfAll use AWS-specific parameter types, of EC2, Route 53 and others.
    raise ValidationError(message=f"Template format error: the local cloud does not support {function} in Rules")
