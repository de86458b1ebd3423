"""Breakages of the lake's stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.mutations.mutation import Mutation, policy_statements

if TYPE_CHECKING:
    from tests.synthesized.resolved_stack import ResolvedStack


def _bucket(lake: ResolvedStack) -> dict[str, Any]:
    return lake.only("AWS::S3::Bucket")


def _rules(lake: ResolvedStack) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = _bucket(lake)["LifecycleConfiguration"]["Rules"]
    return rules


def _workgroup(lake: ResolvedStack) -> dict[str, Any]:
    configuration: dict[str, Any] = lake.only("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]
    return configuration


def _expire_everything(lake: ResolvedStack) -> None:
    next(rule for rule in _rules(lake) if "Prefix" not in rule)["ExpirationInDays"] = 365


def _bucket_type(lake: ResolvedStack, name: str) -> None:
    _bucket(lake)[name] = _bucket(lake).pop("VersioningConfiguration")


LAKE_MUTATIONS = [
    Mutation("leave out the bucket's tags", "lake_tags", "has the tags {}", lambda lake: _bucket(lake).pop("Tags")),
    Mutation(
        "make the bucket public",
        "private_bucket",
        "BlockPublicPolicy is False",
        lambda lake: _bucket(lake)["PublicAccessBlockConfiguration"].update(BlockPublicPolicy=False),
    ),
    Mutation(
        "leave public access to the account's defaults",
        "private_bucket",
        "RestrictPublicBuckets is None",
        lambda lake: _bucket(lake).pop("PublicAccessBlockConfiguration"),
    ),
    Mutation(
        "remove the TLS-only statement",
        "tls_only_bucket",
        "without TLS",
        lambda lake: policy_statements(lake, "AWS::S3::BucketPolicy").pop(0),
    ),
    Mutation(
        "deny plain HTTP on the bucket and not on its objects",
        "tls_only_bucket",
        "without TLS",
        lambda lake: policy_statements(lake, "AWS::S3::BucketPolicy")[0]["Resource"].pop(),
    ),
    Mutation(
        "allow old TLS",
        "tls_only_bucket",
        "TLS before 1.2",
        lambda lake: policy_statements(lake, "AWS::S3::BucketPolicy").pop(1),
    ),
    Mutation(
        "store unencrypted", "encrypted_bucket", "not encrypted", lambda lake: _bucket(lake).pop("BucketEncryption")
    ),
    Mutation(
        "stop versioning",
        "versioned_bucket",
        "not versioned",
        lambda lake: _bucket(lake)["VersioningConfiguration"].update(Status="Suspended"),
    ),
    Mutation(
        "keep old versions for good",
        "versioned_bucket",
        "kept for good",
        lambda lake: _rules(lake)[0].pop("NoncurrentVersionExpiration"),
    ),
    Mutation(
        "allow ACLs",
        "owner_enforced_bucket",
        "ObjectWriter",
        lambda lake: _bucket(lake)["OwnershipControls"]["Rules"][0].update(ObjectOwnership="ObjectWriter"),
    ),
    Mutation(
        "expire by age what is live", "lifecycle_spares_live_data", "current objects below ''", _expire_everything
    ),
    Mutation(
        "expire a table's runs",
        "lifecycle_spares_live_data",
        "below 'tables/' expire",
        lambda lake: _rules(lake).append({"Prefix": "tables/", "ExpirationInDays": 400, "Status": "Enabled"}),
    ),
    Mutation(
        "expire intermediates before a redrive",
        "lifecycle_spares_live_data",
        "before a redrive",
        lambda lake: next(rule for rule in _rules(lake) if rule.get("Prefix") == "intermediates/").update(
            ExpirationInDays=7
        ),
    ),
    Mutation(
        "delete the bucket with its stack",
        "data_outlives_the_stack",
        "DeletionPolicy is Delete",
        lambda lake: lake.of_type("AWS::S3::Bucket")[0].update(DeletionPolicy="Delete"),
    ),
    Mutation(
        "delete a database with its stack",
        "data_outlives_the_stack",
        "DeletionPolicy is None",
        lambda lake: lake.of_type("AWS::Glue::Database")[0].pop("DeletionPolicy"),
    ),
    Mutation(
        "let queries choose where they write",
        "enforced_workgroup",
        "not enforced",
        lambda lake: _workgroup(lake).update(EnforceWorkGroupConfiguration=False),
    ),
    Mutation(
        "write query results unencrypted",
        "enforced_workgroup",
        "not encrypted",
        lambda lake: _workgroup(lake)["ResultConfiguration"].pop("EncryptionConfiguration"),
    ),
    Mutation(
        "misspell a property", "cfn_lint", "VersioningConfig", lambda lake: _bucket_type(lake, "VersioningConfig")
    ),
]
