"""The Rules section: assertions about parameters, which hold before anything is deployed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.cloudformation.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_rules(template: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Refuse parameters that break a rule.

    Parameters
    ----------
    values
        What each parameter comes to: a string, or a list of a list's type.

    Raises
    ------
    ValidationError
        With the description of the first assertion that does not hold.
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
    # Fn::RefAll, Fn::ValueOf and Fn::ValueOfAll are about types of parameters of EC2, Route 53 and the like.
    raise ValidationError(message=f"Template format error: the local cloud does not have {function} in Rules")
