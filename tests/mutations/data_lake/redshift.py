"""Breakages of the role for Redshift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.mutations.mutation import Mutation, statement, statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack

_PROJECT = "warehouse"


def _trust(lake: ResolvedStack) -> dict[str, Any]:
    (role,) = (
        role
        for name, role in lake.resources.items()
        if role["Type"] == "AWS::IAM::Role" and name.startswith("Redshift")
    )
    made: dict[str, Any] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    return made


def _trust_mutation(name: str, apply: Callable[[dict[str, Any]], object]) -> Mutation:
    return Mutation(name, "redshift_trust", "trust is", lambda lake: apply(_trust(lake)), project=_PROJECT)


def _right(name: str, finding: str, apply: Callable[[ResolvedStack], object]) -> Mutation:
    return Mutation(name, "redshift_permissions", finding, apply, project=_PROJECT)


def _grant_to_everyone(lake: ResolvedStack) -> None:
    for key in [key for key in lake.outputs if key.startswith("RedshiftSql")]:
        lake.outputs[key] = lake.outputs[key].replace('GROUP "analysts"', "PUBLIC")


def _lake_key(lake: ResolvedStack) -> dict[str, Any]:
    (found,) = (entry for entry in statements(lake, "kms:Decrypt", "Redshift") if "kms:Encrypt" not in entry["Action"])
    return found


REDSHIFT_MUTATIONS = [
    _trust_mutation("let any account's Redshift read the lake", lambda trust: trust.pop("Condition")),
    _trust_mutation(
        "let the Redshift of any region read the lake",
        lambda trust: trust.update(Condition={"StringLike": {"sts:ExternalId": "arn:aws:redshift:*"}}),
    ),
    _trust_mutation("let everyone in", lambda trust: trust.update(Principal={"AWS": "*"})),
    _right(
        "let Redshift write files",
        "has s3:PutObject",
        lambda lake: statement(lake, "s3:GetObject", "Redshift").update(Action=["s3:GetObject", "s3:PutObject"]),
    ),
    _right(
        "let Redshift read the whole bucket",
        "has s3:GetObject on arn:aws:s3:::pipelines-data-lake-lakebucketb1d32e10/*",
        lambda lake: statement(lake, "s3:GetObject", "Redshift")["Resource"].append(
            "arn:aws:s3:::pipelines-data-lake-lakebucketb1d32e10/*"
        ),
    ),
    _right(
        "let Redshift list the whole bucket",
        "has s3:ListBucket",
        lambda lake: statement(lake, "s3:ListBucket", "Redshift").pop("Condition"),
    ),
    _right(
        "hide a table's entry from Redshift",
        "lacks glue:GetTable on arn:aws:glue:ap-northeast-1:123456789012:table/analytics/flights",
        lambda lake: [entry["Resource"].pop(2) for entry in statements(lake, "glue:GetTable")],
    ),
    _right(
        "let Redshift change the catalog",
        "has glue:UpdateTable",
        lambda lake: statement(lake, "glue:GetTable", "Redshift")["Action"].append("glue:UpdateTable"),
    ),
    _right(
        "leave Redshift without the key",
        "lacks kms:Decrypt",
        lambda lake: _lake_key(lake).update(Action="kms:DescribeKey"),
    ),
    Mutation(
        "let every user of Redshift at the tables",
        "redshift_statements",
        "PUBLIC",
        _grant_to_everyone,
        project=_PROJECT,
    ),
]
