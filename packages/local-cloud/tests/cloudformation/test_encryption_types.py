"""Keys and aliases are created, updated and deleted, and used for encryption."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.stacks import resource
from cloud_under_test.template_parts import policy, succeed

if TYPE_CHECKING:
    from cloud_under_test.stacks import Stacks

Aws = Any


def test_key_and_alias(aws: Aws, stacks: Stacks) -> None:
    kms = aws("kms")

    def of(description: str, **more: Any) -> dict[str, Any]:
        key_policy = policy(f"kms:{description}", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"})
        given = {"Description": description, "KeyPolicy": key_policy, **more}
        target = {"AliasName": f"alias/{stacks.name}", "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}
        return {"Key": resource("AWS::KMS::Key", given), "Alias": resource("AWS::KMS::Alias", target)}

    succeed(stacks.create(of("Decrypt", EnableKeyRotation=True, Tags=[{"Key": "a", "Value": "1"}])))
    key = stacks.physical_id("Key")
    described = kms.describe_key(KeyId=f"alias/{stacks.name}")["KeyMetadata"]
    assert (described["KeyId"], described["Description"], described["KeyState"]) == (key, "Decrypt", "Enabled")
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    assert "kms:Decrypt" in kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "a", "TagValue": "1"}]

    succeed(stacks.update(of("Encrypt", EnableKeyRotation="false", Enabled="false")))
    assert stacks.physical_id("Key") == key
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (described["Description"], described["KeyState"]) == ("Encrypt", "Disabled")
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    assert "kms:Encrypt" in kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    assert kms.list_resource_tags(KeyId=key)["Tags"] == []

    succeed(stacks.delete())
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId=f"alias/{stacks.name}")


def test_a_key_that_is_replaced(aws: Aws, stacks: Stacks) -> None:
    def of(**more: Any) -> dict[str, Any]:
        target = {"AliasName": f"alias/{stacks.name}", "TargetKeyId": {"Ref": "Key"}}
        return {"Key": resource("AWS::KMS::Key", more), "Alias": resource("AWS::KMS::Alias", target)}

    succeed(stacks.create(of()))
    first = stacks.physical_id("Key")
    succeed(stacks.update(of(MultiRegion=True)))
    second = stacks.physical_id("Key")
    assert first != second
    described = aws("kms").describe_key
    assert described(KeyId=f"alias/{stacks.name}")["KeyMetadata"]["KeyId"] == second
    assert described(KeyId=first)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_an_unknown_property_is_refused(stacks: Stacks) -> None:
    stack = stacks.create({"Key": resource("AWS::KMS::Key", {"Rotation": True})})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("AWS::KMS::Key has no property Rotation" in reason for _, _, reason in stacks.events())


def logs_policy(group: str, **more: Any) -> str:
    """Return a key policy that allows CloudWatch Logs for log groups that match a pattern."""
    arn = f"arn:aws:logs:ap-northeast-1:123456789012:log-group:{group}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logs.ap-northeast-1.amazonaws.com"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}},
        **more,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_the_key_of_a_log_group(aws: Aws, stacks: Stacks) -> None:
    logs = aws("logs")
    policies = [logs_policy(stacks.name), logs_policy(f"{stacks.name[:5]}*")]
    keys = [aws("kms").create_key(Policy=key_policy)["KeyMetadata"]["Arn"] for key_policy in policies]

    def key_of_group() -> str | None:
        (group,) = logs.describe_log_groups(logGroupNamePrefix=stacks.name)["logGroups"]
        found: str | None = group.get("kmsKeyId")
        return found

    named = {"LogGroupName": stacks.name}
    succeed(stacks.create({"Group": resource("AWS::Logs::LogGroup", {**named, "KmsKeyId": keys[0]})}))
    assert key_of_group() == keys[0]
    succeed(stacks.update({"Group": resource("AWS::Logs::LogGroup", {**named, "KmsKeyId": keys[1]})}))
    assert key_of_group() == keys[1]
    succeed(stacks.update({"Group": resource("AWS::Logs::LogGroup", named)}))
    assert key_of_group() is None


@pytest.mark.parametrize(
    "key_policy",
    [
        None,
        logs_policy("another"),
        logs_policy("*", Action=["kms:Decrypt", "kms:GenerateDataKey*"]),
        logs_policy("*", Principal={"Service": "logs.eu-west-1.amazonaws.com"}),
        logs_policy("*", Principal={"AWS": "arn:aws:iam::123456789012:root"}),
        logs_policy("*", Effect="Deny"),
        logs_policy("*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    ],
)
def test_a_key_that_does_not_let_logs_in_is_refused(aws: Aws, name: str, key_policy: str | None) -> None:
    given = {"Policy": key_policy} if key_policy else {}
    key = aws("kms").create_key(**given)["KeyMetadata"]["Arn"]
    with pytest.raises(ClientError, match=f"not allowed to be used with Arn .*:{name}'") as refused:
        aws("logs").create_log_group(logGroupName=name, kmsKeyId=key)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_key_that_is_not_there_is_refused(aws: Aws, name: str) -> None:
    key = "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    with pytest.raises(ClientError, match="does not exist or is not allowed"):
        aws("logs").create_log_group(logGroupName=name, kmsKeyId=key)
