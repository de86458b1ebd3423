"""Tests of what the options for Lake Formation and an encrypted catalog add to the lake's stack, and of stacks without them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk.assertions import Match, Template

if TYPE_CHECKING:
    from tests.synthesized.synthesis import Synthesis

ACCOUNT = {"Ref": "AWS::AccountId"}
CLOUDFORMATION = {"Fn::Sub": Match.string_like_regexp("role/cdk-hnb659fds-cfn-exec-role-")}
GRANT = "AWS::LakeFormation::PrincipalPermissions"


def test_cloudformation_may_create_tables_in_databases_of_somebody_elses(brought_along: Synthesis) -> None:
    template = Template.from_stack(brought_along.lake)
    for name in ("db_versioned", "kinds"):
        template.has_resource_properties(
            GRANT,
            {
                "Principal": {"DataLakePrincipalIdentifier": CLOUDFORMATION},
                "Resource": {"Database": {"CatalogId": ACCOUNT, "Name": name}},
                "Permissions": ["CREATE_TABLE", "DESCRIBE"],
                "PermissionsWithGrantOption": [],
            },
        )


def test_cloudformation_may_create_tables_at_the_registered_location(brought_along: Synthesis) -> None:
    place = {"Fn::Join": ["", Match.array_with([":s3:::team-lake/tables"])]}
    Template.from_stack(brought_along.lake).has_resource_properties(
        GRANT,
        {
            "Principal": {"DataLakePrincipalIdentifier": CLOUDFORMATION},
            "Resource": {"DataLocation": {"CatalogId": ACCOUNT, "ResourceArn": place}},
            "Permissions": ["DATA_LOCATION_ACCESS"],
        },
    )


def test_what_cloudformation_creates_it_owns(brought_along: Synthesis, warehouse: Synthesis) -> None:
    granted = [
        resource["Properties"]["Resource"]["Database"]["Name"]
        for synthesis in (brought_along, warehouse)
        for resource in Template.from_stack(synthesis.lake).find_resources(GRANT).values()
        if "Database" in resource["Properties"]["Resource"]
    ]
    assert sorted(granted) == ["db_versioned", "kinds"]


def test_without_the_options_nothing_of_them_is_there(every_option: Synthesis, locked_down: Synthesis) -> None:
    for synthesis in (every_option, locked_down):
        for stack in synthesis.stacks:
            text = json.dumps(synthesis.template(stack))
            assert "LakeFormation" not in text
            assert "glue_catalog_id" not in text
            assert "lakeformation:" not in text
