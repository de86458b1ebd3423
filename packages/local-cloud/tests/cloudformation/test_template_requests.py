"""Invalid templates, parameters and rules are rejected before a stack is created."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.refusal import refusal_of
from cloud_under_test.stacks import resource

if TYPE_CHECKING:
    from collections.abc import Callable

Client = Any
PLAIN = resource("AWS::SSM::Parameter", {"Type": "String", "Value": "v"})


@pytest.fixture
def cloudformation(aws: Callable[[str], Client]) -> Client:
    return aws("cloudformation")


def body(resources: dict[str, Any] | None = None, **more: Any) -> str:
    return json.dumps({"Resources": {"A": PLAIN} if resources is None else resources, **more})


def value(text: Any, **more: Any) -> dict[str, Any]:
    return resource("AWS::SSM::Parameter", {"Type": "String", "Value": text}, **more)


def refused_everywhere(api: Client, name: str, template: str, **more: Any) -> str:
    """Return the error message of CreateStack and CreateChangeSet, which must not create a stack."""
    created = refusal_of(api.create_stack, StackName=name, TemplateBody=template, **more)
    change_set = {"StackName": name, "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": template}
    assert refusal_of(api.create_change_set, **change_set, **more) == created
    assert created[0] == "ValidationError"
    assert "does not exist" in refusal_of(api.describe_stacks, StackName=name)[1]
    return created[1]


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (body({}), "Template format error: At least one Resources member must be defined."),
        (body({"A": {"Properties": {}}}), "[/Resources/A] Every Resources object must contain a Type member."),
        (body({"A": resource("AWS::No::Thing")}), "Template format error: Unrecognized resource types: [AWS::No::Thing]"),
        (body({"A": value({"Ref": "B"}), "B": value({"Ref": "A"})}), "Circular dependency between resources: [A, B]"),
        (body({"A": value({"Ref": "A"})}), "Circular dependency between resources: [A]"),
        (body({"A": value("v", DependsOn="B"), "B": value("v", DependsOn=["A"])}), "Circular dependency"),
        (body({"A": value({"Fn::Sub": "${Z}"})}), "Unresolved resource dependencies [Z] in the Resources block of the template"),
        (body(Outputs={"O": {"Value": {"Ref": "Z"}}}), "Unresolved resource dependencies [Z] in the Outputs block of the template"),
        (body({"A": {"Type": 1}}), "[/Resources/A/Type] must be a string"),
        (body({"A": {"Type": "AWS::SSM::Parameter", "Properties": []}}), "[/Resources/A/Properties] must be an object"),
        (body({"A": value(None)}), "[/Resources/A/Properties/Value] 'null' values are not allowed in templates"),
        (body({"A": value("v", Condition="No")}), "Unresolved condition dependency No in the Resources block of the template"),
        (body({"A": value("v", DependsOn=1)}), "[/Resources/A/DependsOn] Every DependsOn value must be a String."),
        (body({"A": value({"Ref": []})}), "every Ref object requires a single string (/Resources/A/Properties/Value)"),
        (body({"A": value({"Fn::GetAtt": "B"})}), "every Fn::GetAtt object requires two non-empty parameters"),
        (body({"A": value({"Fn::If": []})}), "every Fn::If object requires a list with three elements"),
        (body({"A": value({"Fn::If": ["No", 1, 2]})}), "Unresolved condition dependency No"),
        (body({"A": value({"Fn::Join": "x"})}), "every Fn::Join object requires two parameters"),
        (body({"A": value({"Fn::Select": [2, ["a"]]})}), "Fn::Select cannot select nonexistent value at index 2"),
        (body({"A": value({"Fn::Select": ["x", ["a"]]})}), "every Fn::Select object requires a list with two elements"),
        (body({"A": value({"Fn::Split": ["", "a"]})}), "every Fn::Split object requires two parameters"),
        (body({"A": value({"Fn::Sub": []})}), "every Fn::Sub object requires a string"),
        (body({"A": value({"Fn::FindInMap": ["M", "k", "a"]})}), "Unable to get mapping for M::k::a"),
        (body({"A": value({"Fn::Base64": {}})}), "every Fn::Base64 object requires a string"),
        (body(Conditions={"C": {"Fn::Equals": [1]}}), "every Fn::Equals object requires a list of 2 string parameters"),
        (body(Conditions={"C": {"Fn::Equals": [{"Ref": "A"}, 1]}}), "Unresolved dependencies [A]. Cannot reference resources"),
        (body(Conditions={"C": "x"}), "[/Conditions/C] Every Conditions member must be an object."),
        (body(Rules={"R": {}}), "[/Rules/R] Every Rules member must contain a Assertions object."),
        (body(Mappings={"M": {"k": []}}), "[/Mappings/M] Every Mappings attribute must be an object."),
        (body(Outputs=[]), "[/Outputs] must be an object"),
        (body(Outputs={"O": {}}), "[/Outputs/O] Every Outputs member must contain a Value object."),
        (body(Parameters={"P": {"Type": {}}}), "[/Parameters/P/Type] must be a string"),
        (body(Parameters={"P": {"Type": "Number", "MaxValue": "x"}}), "[/Parameters/P/MaxValue] must be a number"),
        (body({"A": value({"Fn::Nope": 1})}), "Encountered unsupported function: Fn::Nope (/Resources/A/Properties/Value)"),
        (body({"A": value({"Fn::Base64": 5})}), "every Fn::Base64 object requires a string"),
        (body(Conditions={"C": {"Fn::Equals": [{"Fn::ImportValue": "x"}, "a"]}}), "Template error: Cannot use Fn::ImportValue in Conditions."),
        (body(Conditions={"C": {"Condition": "Z"}}), "Unresolved condition dependency Z in the Conditions block of the template"),
        (body(Conditions={"C": {"Fn::Not": [{"Condition": "C"}]}}), "Found circular condition dependency between C"),
        (body(Rules={"R": {"Assertions": [{"Assert": {}}]}}), "[/Rules/R] RuleCondition and every Assert must be a rule-specific function."),
        (body(Rules={"R": {"RuleCondition": "x", "Assertions": [{"Assert": True}]}}), "must be a rule-specific function."),
        (body(Rules={"R": {"Assertions": [{"Assert": {"Fn::Contains": [True, "b"]}}]}}), "every Fn::Contains object requires a list"),
        (body(Outputs={"O": {"Value": [1]}}), "Outputs member must evaluate to a String and not a List."),
        (body(Outputs={"O": {"Value": {"a": "b"}}}), "Outputs member must evaluate to a String and not a Map."),
        (body(Outputs={"O": {"Value": "v", "Export": "x"}}), "The Name field of every Export member must be specified."),
        (body(Parameters={"P": {"Type": "Nope"}}), "Template format error: Unrecognized parameter type: Nope"),
        (body(Parameters={"P": {"Type": "String", "Default": {}}}), "Every Default member must be a string."),
        (body(Parameters={"P": {"Type": "String", "AllowedPattern": "["}}), "[/Parameters/P/AllowedPattern] must be a regular expression"),
        ("[]", "Template format error: unsupported structure."),
        ("{", "Template format error"),
    ],
)  # fmt: skip
def test_a_template_is_refused_at_the_call(cloudformation: Client, name: str, template: str, said: str) -> None:
    assert said in refused_everywhere(cloudformation, name, template)
    assert said in refusal_of(cloudformation.validate_template, TemplateBody=template)[1]


def test_a_template_is_as_large_as_it_may_be(cloudformation: Client, aws: Callable[[str], Client], bucket: str) -> None:
    largest, name = body(Description="d" * 900), f"s-{bucket}"
    largest += " " * (51_200 - len(largest))
    assert cloudformation.validate_template(TemplateBody=largest)["Description"] == "d" * 900
    said = "Member must have length less than or equal to 51200"
    assert said in refused_everywhere(cloudformation, name, f"{largest} ")
    assert said in refusal_of(cloudformation.validate_template, TemplateBody=f"{largest} ")[1]
    url = f"{cloudformation.meta.endpoint_url}/{bucket}/template"
    aws("s3").put_object(Bucket=bucket, Key="template", Body=largest + " " * (1_000_000 - len(largest)))
    assert cloudformation.validate_template(TemplateURL=url)["Description"] == "d" * 900
    aws("s3").put_object(Bucket=bucket, Key="template", Body=largest + " " * (1_000_001 - len(largest)))
    for call in (cloudformation.validate_template, cloudformation.create_stack):
        more = {} if call == cloudformation.validate_template else {"StackName": name}
        assert "Template may not exceed 1000000 bytes in size." in refusal_of(call, TemplateURL=url, **more)[1]
    assert refusal_of(cloudformation.create_stack, StackName=name)[1] == (
        "Either Template URL or Template Body must be specified."
    )


@pytest.mark.parametrize("wrong", ["a_b", "1a", "a.b", "a" * 129])
def test_a_stack_s_name_is_checked(cloudformation: Client, wrong: str) -> None:
    code, said = refusal_of(cloudformation.create_stack, StackName=wrong, TemplateBody=body())
    assert code == "ValidationError"
    assert f"Value '{wrong}' at 'stackName' failed to satisfy constraint: Member must " in said


@pytest.mark.parametrize(
    ("parameter", "given", "said"),
    [
        ({"Type": "String", "AllowedValues": ["a", "b"]}, "c", "Parameter 'P' must be one of AllowedValues"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A", "Parameter 'P' must match pattern [a-z]+"),
        ({"Type": "String", "MinLength": 2}, "a", "Parameter 'P' must contain at least 2 characters"),
        ({"Type": "String", "MaxLength": "2"}, "abc", "Parameter 'P' must contain at most 2 characters"),
        ({"Type": "Number", "MinValue": 2}, "1", "Parameter 'P' must be a number not less than 2"),
        ({"Type": "Number", "MaxValue": 2}, "2.5", "Parameter 'P' must be a number not greater than 2"),
        ({"Type": "Number"}, "x", "Parameter 'P' must be a number"),
        ({"Type": "CommaDelimitedList", "AllowedValues": ["a"]}, "a,b", "Parameter 'P' must be one of AllowedValues"),
        (
            {"Type": "String", "MinLength": 2, "ConstraintDescription": "two or more"},
            "a",
            "Parameter 'P' failed to satisfy constraint: two or more",
        ),
        ({"Type": "String"}, None, "Parameters: [P] must have values"),
        ({"Type": "String", "Default": "c", "AllowedValues": ["a"]}, None, "Parameter 'P' must be one of AllowedValues"),
    ],
)  # fmt: skip
def test_a_parameter_s_constraints_hold(
    cloudformation: Client, name: str, parameter: dict[str, Any], given: str | None, said: str
) -> None:
    parameters = [] if given is None else [{"ParameterKey": "P", "ParameterValue": given}]
    assert refused_everywhere(cloudformation, name, body(Parameters={"P": parameter}), Parameters=parameters) == said


def test_an_unknown_parameter_is_refused(cloudformation: Client, name: str) -> None:
    parameters = [{"ParameterKey": "Q", "ParameterValue": "x"}]
    said = refused_everywhere(cloudformation, name, body(), Parameters=parameters)
    assert said == "Parameters: [Q] do not exist in the template"


def test_values_that_the_constraints_allow_are_taken(cloudformation: Client, name: str) -> None:
    parameters = {
        "Word": {"Type": "String", "AllowedValues": ["a", "b"], "MinLength": 1, "AllowedPattern": "[ab]"},
        "Count": {"Type": "Number", "AllowedValues": [1, 2], "MinValue": 1, "MaxValue": 2},
        "Words": {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]},
    }
    given = {"Word": "b", "Count": "2", "Words": "a, b"}
    listed = [{"ParameterKey": key, "ParameterValue": one} for key, one in given.items()]
    cloudformation.create_stack(StackName=name, TemplateBody=body(Parameters=parameters), Parameters=listed)
    assert cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    wrong = [{"ParameterKey": "Word", "ParameterValue": "c"}, *listed[1:]]
    call = cloudformation.update_stack
    refusal = refusal_of(call, StackName=name, TemplateBody=body(Parameters=parameters), Parameters=wrong)
    assert refusal == ("ValidationError", "Parameter 'Word' must be one of AllowedValues")


@pytest.mark.parametrize(
    ("rule", "environment", "holds"),
    [
        ({"Assert": {"Fn::Contains": [["a", "b"], {"Ref": "Size"}]}}, "test", True),
        ({"Assert": {"Fn::Not": [{"Fn::Contains": [["a", "b"], {"Ref": "Size"}]}]}}, "test", False),
        ({"Assert": {"Fn::Equals": [{"Ref": "Size"}, "b"]}}, "test", False),
        ({"Assert": {"Fn::And": [True, {"Fn::Or": [False, {"Fn::Equals": ["x", "x"]}]}]}}, "test", True),
        ({"Assert": {"Fn::EachMemberIn": [{"Ref": "List"}, ["x", "y", "z"]]}}, "test", True),
        ({"Assert": {"Fn::EachMemberEquals": [{"Ref": "List"}, "x"]}}, "test", False),
        ({"Assert": False, "Condition": {"Fn::Equals": [{"Ref": "Environment"}, "production"]}}, "test", True),
        ({"Assert": False, "Condition": {"Fn::Equals": [{"Ref": "Environment"}, "production"]}}, "production", False),
    ],
)
def test_rules_hold_before_anything_is_deployed(
    cloudformation: Client, name: str, rule: dict[str, Any], environment: str, holds: bool
) -> None:
    written = {"Assertions": [{"Assert": rule["Assert"], "AssertDescription": "not so"}]}
    if "Condition" in rule:
        written["RuleCondition"] = rule["Condition"]
    parameters = {
        "Size": {"Type": "String", "Default": "a"},
        "List": {"Type": "CommaDelimitedList", "Default": "x,y"},
        "Environment": {"Type": "String"},
    }
    template = body(Parameters=parameters, Rules={"R": written})
    given = [{"ParameterKey": "Environment", "ParameterValue": environment}]
    if holds:
        cloudformation.create_stack(StackName=name, TemplateBody=template, Parameters=given)
        assert cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    else:
        said = refused_everywhere(cloudformation, name, template, Parameters=given)
        assert said == "Rule R is not satisfied: not so"


def test_a_rule_looks_at_what_systems_manager_has(
    cloudformation: Client, aws: Callable[[str], Client], name: str
) -> None:
    """The CDK has such a rule about the version of the bootstrap stack."""
    version = {"Version": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": f"/{name}/version"}}
    old = {"Fn::Contains": [["1", "2"], {"Ref": "Version"}]}
    rule = {"Assertions": [{"Assert": {"Fn::Not": [old]}, "AssertDescription": "too old"}]}
    template = body(Parameters=version, Rules={"R": rule})
    missing = f"Unable to fetch parameters [/{name}/version] from parameter store for this account."
    assert refused_everywhere(cloudformation, name, template) == missing
    aws("ssm").put_parameter(Name=f"/{name}/version", Value="2", Type="String")
    assert refused_everywhere(cloudformation, name, template) == "Rule R is not satisfied: too old"
    aws("ssm").put_parameter(Name=f"/{name}/version", Value="3", Type="String", Overwrite=True)
    cloudformation.create_stack(StackName=name, TemplateBody=template)


def test_a_change_set_without_a_type_is_an_update(cloudformation: Client, name: str) -> None:
    change_set = {"StackName": name, "ChangeSetName": "c", "TemplateBody": body({"A": value("new")})}
    assert "does not exist" in refusal_of(cloudformation.create_change_set, **change_set)[1]
    cloudformation.create_stack(StackName=name, TemplateBody=body())
    cloudformation.create_change_set(**change_set)
    described = cloudformation.describe_change_set(StackName=name, ChangeSetName="c")
    assert [change["ResourceChange"]["Action"] for change in described["Changes"]] == ["Modify"]


def test_validate_template_reports_what_is_in_it(cloudformation: Client) -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    role = resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust, "RoleName": "r"})
    parameters = {"P": {"Type": "String", "Default": "d", "Description": "what it is", "NoEcho": True}}
    answer = cloudformation.validate_template(TemplateBody=body({"A": role}, Parameters=parameters, Description="t"))
    described = {"ParameterKey": "P", "DefaultValue": "d", "NoEcho": True, "Description": "what it is"}
    assert (answer["Parameters"], answer["Capabilities"]) == ([described], ["CAPABILITY_NAMED_IAM"])
    assert answer["CapabilitiesReason"] == "The following resource(s) require capabilities: [AWS::IAM::Role]"
