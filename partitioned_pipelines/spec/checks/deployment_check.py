"""The rules for the options of a deployment, beyond keys and types; each error names a valid value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.spec.checks.notify_check import notify_problems
from partitioned_pipelines.spec.derived.redshift_sql import group_problem
from partitioned_pipelines.spec.model import deployment as model
from partitioned_pipelines.spec.model.deployment import CREATE
from partitioned_pipelines.spec.model.limits import LONGEST_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.model.deployment import Deployment

_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
_KEY_EXAMPLE = "arn:aws:kms:REGION:ACCOUNT:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def prefix_problem(prefix: str) -> str | None:
    """Return an error if a stack name prefix is invalid, else None.

    The names of Systems Manager parameters begin with it, and may not begin with "aws" or "ssm":
    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
    """
    if not re.fullmatch(model.PREFIX_PATTERN, prefix) or len(prefix) > LONGEST_PREFIX:
        return f"is {prefix!r}: use 1 to {LONGEST_PREFIX} lower-case letters, digits and single hyphens, a letter first"
    if prefix.startswith(("aws", "ssm")):
        return f"is {prefix!r}: names that begin with aws or ssm are reserved by Systems Manager; choose another"
    return None


def partition_of(region: str) -> str:
    """Return the partition of a region: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html."""
    return next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")


def option_problems(options: Deployment) -> Iterator[tuple[Location, str]]:
    """Yield the location and the error of each invalid option."""
    if problem := prefix_problem(options.prefix):
        yield ("prefix",), problem
    if options.account is not None and not re.fullmatch(model.ACCOUNT_PATTERN, options.account):
        yield ("account",), f"is {options.account!r}: write the 12 digits of an AWS account, in quotes"
    if options.region is not None and not re.fullmatch(model.REGION_PATTERN, options.region):
        yield ("region",), f"is {options.region!r}: write an AWS region, such as ap-northeast-1"
    yield from _boundary_problems(options)
    yield from _key_problems(options)
    yield from _bucket_problems(options)
    yield from _database_problems(options)
    yield from notify_problems(options)
    if options.redshift_group is not None:
        if not options.redshift:
            yield ("redshift_group",), "requires `redshift: true`: add that, or remove it"
        elif problem := group_problem(options.redshift_group):
            yield ("redshift_group",), problem


def _boundary_problems(options: Deployment) -> Iterator[tuple[Location, str]]:
    boundary = options.permissions_boundary
    if boundary is None:
        return
    arn = re.fullmatch(model.POLICY_ARN_PATTERN, boundary)
    if arn is None:
        message = (
            f"is {boundary!r}: write the ARN of a managed policy, such as arn:aws:iam::123456789012:policy/boundary"
        )
        yield ("permissions_boundary",), message
    elif options.region and arn["partition"] != partition_of(options.region):
        message = f"is {boundary!r}, with region {options.region}: write an ARN of its partition, arn:{partition_of(options.region)}:…"
        yield ("permissions_boundary",), message
    elif options.account and arn["account"] not in {"aws", options.account}:
        message = f"is {boundary!r}, with account {options.account}: use a policy of that account, or one of AWS's"
        yield ("permissions_boundary",), message


def _key_problems(options: Deployment) -> Iterator[tuple[Location, str]]:
    given: list[tuple[Location, str | None, str]] = [
        (("kms",), None if options.kms == CREATE else options.kms, "create, or "),
        (("assets_kms",), options.assets_kms, ""),
        (("catalog_kms",), options.catalog_kms, ""),
        *((("former_kms", index), key, "") for index, key in enumerate(options.former_kms)),
    ]
    for place, value, also in given:
        if value is None:
            continue
        arn = re.fullmatch(model.KEY_ARN_PATTERN, value)
        if arn is None:
            yield place, f"is {value!r}: write {also}the ARN of a key, such as {_KEY_EXAMPLE}"
        elif options.region and arn["region"] != options.region:
            message = f"is {value!r}, with region {options.region}: use a key of that region; it may belong to another account"
            yield place, message


def _bucket_problems(options: Deployment) -> Iterator[tuple[Location, str]]:
    for name in ("bucket", "access_logs"):
        value = getattr(options, name)
        if value is not None and not re.fullmatch(model.BUCKET_PATTERN, value):
            yield (name,), f"is {value!r}: write the name of a bucket, without s3://"
    if options.bucket is not None and options.kms == CREATE:
        message = f"is 'create', with bucket {options.bucket!r}: an existing bucket has its own key: write its ARN, or remove kms"
        yield ("kms",), message
    if options.bucket is not None and options.access_logs is not None:
        message = (
            f"is {options.access_logs!r}, with bucket {options.bucket!r}: an existing bucket is not changed; "
            "remove it, and turn on the bucket's access logs yourself"
        )
        yield ("access_logs",), message


def _database_problems(options: Deployment) -> Iterator[tuple[Location, str]]:
    for index, name in enumerate(options.databases):
        if not re.fullmatch(model.DATABASE_PATTERN, name):
            yield ("databases", index), f"is {name!r}: write the name of a database of the Data Catalog"
    if options.database_suffix and not re.fullmatch(model.SUFFIX_PATTERN, options.database_suffix):
        message = f"is {options.database_suffix!r}: use lower-case letters, digits, underscores and {{prefix}}, such as _staging"
        yield ("database_suffix",), message
