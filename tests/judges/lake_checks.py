"""What must hold of the lake's stack; each check gives what it found wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judges.policies import requires_tls

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.judges.resolved_stack import ResolvedStack

EXPIRING_PREFIXES = {"intermediates/", "athena-results/", "locks/"}
_REDRIVE_DAYS = 14


def private_bucket(lake: ResolvedStack) -> list[str]:
    """Nobody but the account's own principals may be given access."""
    blocked = lake.only("AWS::S3::Bucket").get("PublicAccessBlockConfiguration", {})
    switches = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return [f"the bucket's {switch} is {blocked.get(switch)}" for switch in switches if blocked.get(switch) is not True]


def tls_only_bucket(lake: ResolvedStack) -> list[str]:
    """Plain HTTP is denied, and so is TLS before 1.2."""
    arn = f"arn:aws:s3:::{lake.outputs['LakeBucketName']}"
    statements = [
        statement
        for policy in lake.of_type("AWS::S3::BucketPolicy")
        if policy["Properties"]["Bucket"] == lake.outputs["LakeBucketName"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    findings = [] if requires_tls(statements, {arn, f"{arn}/*"}, "s3:*") else ["the bucket may be used without TLS"]
    old = {"NumericLessThan": {"s3:TlsVersion": 1.2}}
    if not any(statement["Effect"] == "Deny" and statement.get("Condition") == old for statement in statements):
        findings.append("the bucket may be used with TLS before 1.2")
    return findings


def encrypted_bucket(lake: ResolvedStack) -> list[str]:
    """Objects are encrypted at rest."""
    rules = lake.only("AWS::S3::Bucket").get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    algorithms = {rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules}
    return [] if algorithms & {"AES256", "aws:kms"} else ["the bucket is not encrypted"]


def versioned_bucket(lake: ResolvedStack) -> list[str]:
    """What is overwritten or deleted can be had back for a while."""
    bucket = lake.only("AWS::S3::Bucket")
    found = [] if bucket.get("VersioningConfiguration") == {"Status": "Enabled"} else ["the bucket is not versioned"]
    rules = _lifecycle_rules(lake)
    if not any("Prefix" not in rule and "NoncurrentVersionExpiration" in rule for rule in rules):
        found.append("old versions are kept for good")
    if not any("AbortIncompleteMultipartUpload" in rule for rule in rules):
        found.append("uploads that were never finished are kept for good")
    return found


def owner_enforced_bucket(lake: ResolvedStack) -> list[str]:
    """There are no ACLs."""
    controls = lake.only("AWS::S3::Bucket").get("OwnershipControls")
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    return [] if controls == enforced else [f"the bucket's ownership controls are {controls}"]


def lifecycle_spares_live_data(lake: ResolvedStack) -> list[str]:
    """Current objects expire below the prefixes of what can be made again, after a redrive is past, and nowhere else."""
    expiring = {
        rule.get("Prefix", ""): rule
        for rule in _lifecycle_rules(lake)
        if {"ExpirationInDays", "ExpirationDate", "Transitions", "Transition"} & set(rule)
    }
    found = [f"current objects below {prefix!r} expire" for prefix in set(expiring) - EXPIRING_PREFIXES]
    found += [f"what lies below {prefix!r} never expires" for prefix in EXPIRING_PREFIXES - set(expiring)]
    found += [
        f"what lies below {prefix!r} expires before a redrive may need it"
        for prefix, rule in expiring.items()
        if rule.get("ExpirationInDays", 0) <= _REDRIVE_DAYS
    ]
    return found


def data_outlives_the_stack(lake: ResolvedStack) -> list[str]:
    """Destroying or replacing takes neither objects nor the catalog's entries along."""
    return [
        f"{logical_id}: {policy} is {resource.get(policy)}"
        for logical_id, resource in lake.resources.items()
        if resource["Type"] in {"AWS::S3::Bucket", "AWS::Glue::Database"}
        for policy in ("DeletionPolicy", "UpdateReplacePolicy")
        if resource.get(policy) != "Retain"
    ]


def enforced_workgroup(lake: ResolvedStack) -> list[str]:
    """Queries write where the workgroup says, encrypted, whatever the client asks for."""
    configuration = lake.only("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]
    result = configuration.get("ResultConfiguration", {})
    found = []
    if configuration.get("EnforceWorkGroupConfiguration") is not True:
        found.append("the workgroup's configuration is not enforced")
    if result.get("OutputLocation") != f"s3://{lake.outputs['LakeBucketName']}/athena-results/":
        found.append(f"query results go to {result.get('OutputLocation')}")
    if result.get("EncryptionConfiguration", {}).get("EncryptionOption") not in {"SSE_S3", "SSE_KMS", "CSE_KMS"}:
        found.append("query results are not encrypted")
    return found


def _lifecycle_rules(lake: ResolvedStack) -> list[dict[str, Any]]:
    rules = lake.only("AWS::S3::Bucket").get("LifecycleConfiguration", {}).get("Rules", [])
    return [rule for rule in rules if rule["Status"] == "Enabled"]


LAKE_CHECKS: dict[str, Callable[[ResolvedStack], list[str]]] = {
    check.__name__: check
    for check in (
        private_bucket,
        tls_only_bucket,
        encrypted_bucket,
        versioned_bucket,
        owner_enforced_bucket,
        lifecycle_spares_live_data,
        data_outlives_the_stack,
        enforced_workgroup,
    )
}
