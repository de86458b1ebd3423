"""Checks of the lake's stack; each returns its findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.checks.data_lake.encryption import ENCRYPTION_LAKE_CHECKS, RETAINED, lake_bucket
from tests.checks.data_lake.notices import NOTICE_CHECKS
from tests.checks.data_lake.redshift import REDSHIFT_CHECKS
from tests.checks.data_lake.tags import LAKE_TAG_CHECKS
from tests.checks.data_lake.watch import WATCH_CHECKS
from tests.iam.policies import requires_tls
from tests.iam.replays.lake_replay import LAKE_REPLAY_CHECKS
from tests.iam.replays.message_replay import MESSAGE_CHECKS
from tests.iam.replays.watch_replay import WATCH_REPLAY_CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack

EXPIRING_PREFIXES = {"intermediates/", "athena-results/", "locks/"}
_REDRIVE_DAYS = 14


def private_bucket(lake: ResolvedStack) -> list[str]:
    """Check that only the account's own principals can be granted access."""
    switches = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return [
        f"{name}: the bucket's {switch} is {blocked.get(switch)}"
        for name, bucket in _buckets(lake)
        for blocked in [bucket.get("PublicAccessBlockConfiguration", {})]
        for switch in switches
        if blocked.get(switch) is not True
    ]


def tls_only_bucket(lake: ResolvedStack) -> list[str]:
    """Check that plain HTTP is denied, and TLS before 1.2."""
    findings = []
    old = {"NumericLessThan": {"s3:TlsVersion": 1.2}}
    for name, _ in _buckets(lake):
        physical_name = f"{lake.name}-{name}".lower()[:63]
        arn = f"arn:aws:s3:::{physical_name}"
        statements = [
            statement
            for policy in lake.of_type("AWS::S3::BucketPolicy")
            if policy["Properties"]["Bucket"] == physical_name
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        ]
        if not requires_tls(statements, {arn, f"{arn}/*"}, "s3:*"):
            findings.append(f"{name}: the bucket may be used without TLS")
        if not any(statement["Effect"] == "Deny" and statement.get("Condition") == old for statement in statements):
            findings.append(f"{name}: the bucket may be used with TLS before 1.2")
    return findings


def encrypted_bucket(lake: ResolvedStack) -> list[str]:
    """Check that objects are encrypted at rest."""
    found = []
    for name, bucket in _buckets(lake):
        rules = bucket.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
        algorithms = {rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules}
        if not algorithms & {"AES256", "aws:kms"}:
            found.append(f"{name}: the bucket is not encrypted")
    return found


def versioned_bucket(lake: ResolvedStack) -> list[str]:
    """Check that overwritten and deleted objects can be restored for a while."""
    bucket = lake_bucket(lake)
    if not bucket:
        return []  # an existing bucket is its owner's
    found = [] if bucket.get("VersioningConfiguration") == {"Status": "Enabled"} else ["the bucket is not versioned"]
    rules = _lifecycle_rules(lake)
    if not any("Prefix" not in rule and "NoncurrentVersionExpiration" in rule for rule in rules):
        found.append("old versions are kept for good")
    if not any("AbortIncompleteMultipartUpload" in rule for rule in rules):
        found.append("uploads that were never finished are kept for good")
    return found


def owner_enforced_bucket(lake: ResolvedStack) -> list[str]:
    """Check that ACLs are disabled."""
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    return [
        f"{name}: the bucket's ownership controls are {bucket.get('OwnershipControls')}"
        for name, bucket in _buckets(lake)
        if bucket.get("OwnershipControls") != enforced
    ]


def lifecycle_spares_live_data(lake: ResolvedStack) -> list[str]:
    """Check that current objects expire only under prefixes of data that can be recreated, and later than a redrive is possible."""
    if not lake_bucket(lake):
        return []  # an existing bucket is its owner's
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
    """Check that deletion or replacement of the stack keeps the objects and the catalog's entries."""
    return [
        f"{logical_id}: {policy} is {resource.get(policy)}"
        for logical_id, resource in lake.resources.items()
        if resource["Type"] in {"AWS::S3::Bucket", "AWS::Glue::Database"}
        for policy, expected in RETAINED.items()
        if resource.get(policy) != expected
    ]


def enforced_workgroup(lake: ResolvedStack) -> list[str]:
    """Check that queries write to the workgroup's location, encrypted, regardless of the client's settings."""
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


def _buckets(lake: ResolvedStack) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, resource["Properties"])
        for name, resource in lake.resources.items()
        if resource["Type"] == "AWS::S3::Bucket"
    ]


def _lifecycle_rules(lake: ResolvedStack) -> list[dict[str, Any]]:
    rules = lake_bucket(lake).get("LifecycleConfiguration", {}).get("Rules", [])
    return [rule for rule in rules if rule["Status"] == "Enabled"]


_OWN_CHECKS: dict[str, Callable[[ResolvedStack], list[str]]] = {
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
LAKE_CHECKS = {
    **_OWN_CHECKS,
    **ENCRYPTION_LAKE_CHECKS,
    **NOTICE_CHECKS,
    **REDSHIFT_CHECKS,
    **LAKE_REPLAY_CHECKS,
    **WATCH_CHECKS,
    **WATCH_REPLAY_CHECKS,
    **MESSAGE_CHECKS,
    **LAKE_TAG_CHECKS,
}
