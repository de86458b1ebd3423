"""The typed model of `deployment.yaml`: the options of a deployment, each in one place.

An option is a field here. Its rules are in ``deployment_check``, its description in docs/explanation/security.md.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from partitioned_pipelines.spec.model.fields import FileModel, in_schema
from partitioned_pipelines.spec.model.limits import LONGEST_PREFIX

CREATE = "create"
DEFAULT_GROUP = "analysts"
OWNER_PARAMETER = "partitioned_pipelines.prefix"
"""Parameter of a database in the Data Catalog: the prefix of the deployment that created it."""

PREFIX_PATTERN = "[a-z](-?[a-z0-9])*"
ACCOUNT_PATTERN = "[0-9]{12}"
REGION_PATTERN = "[a-z]{2}(-[a-z]+)+-[0-9]"
KEY_ARN_PATTERN = (
    r"arn:(?P<partition>aws[a-z-]*):kms:(?P<region>[a-z0-9-]+):[0-9]{12}:key/"
    r"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})"
)
POLICY_ARN_PATTERN = r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>[0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+"
BUCKET_PATTERN = r"[a-z0-9]([a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]"
DATABASE_PATTERN = "[a-z0-9_]{1,255}"
SUFFIX_PATTERN = r"([a-z0-9_]|\{prefix\})+"

_KEY_EXAMPLE = "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


KeyArn = Annotated[str, in_schema(KEY_ARN_PATTERN, examples=[_KEY_EXAMPLE])]


class Deployment(FileModel):
    """The options of a deployment; every one has a default, and so has the file."""

    prefix: Annotated[str, in_schema(PREFIX_PATTERN, LONGEST_PREFIX)] = "pipelines"
    """Stack name prefix, and the name of the Athena workgroup."""
    account: Annotated[str, in_schema(ACCOUNT_PATTERN)] | None = None
    """The AWS account, in quotes; without it, the account of the credentials."""
    region: Annotated[str, in_schema(REGION_PATTERN, examples=["ap-northeast-1"])] | None = None
    """The AWS region; without it, the region of the credentials."""
    removal_policy: Literal["retain", "destroy"] = "retain"
    """Whether the bucket, the key and the databases outlive their stack. destroy: they are deleted with it."""
    permissions_boundary: Annotated[str, in_schema(POLICY_ARN_PATTERN)] | None = None
    """ARN of the managed policy that bounds every role, in accounts that require one."""
    kms: Annotated[str, in_schema(f"{CREATE}|{KEY_ARN_PATTERN}")] | None = None
    """The customer-managed key of the lake. create: one of its own; or the ARN of a key that exists."""
    former_kms: tuple[KeyArn, ...] = ()
    """ARNs of keys that earlier objects of the lake are encrypted with, so that they can still be read."""
    assets_kms: KeyArn | None = None
    """ARN of the key of the CDK's bootstrap bucket, if it was bootstrapped with one."""
    catalog_kms: KeyArn | None = None
    """ARN of the key of the account's Data Catalog, if it is encrypted with a customer-managed one."""
    lake_formation: Literal["catalog", "location"] | None = None
    """Grants to the roles. catalog: Lake Formation decides about databases and tables; location: the bucket is registered, too."""
    bucket: Annotated[str, in_schema(BUCKET_PATTERN, 63)] | None = None
    """Name of an existing bucket to use as the lake's. Nothing of it is changed."""
    access_logs: Annotated[str, in_schema(BUCKET_PATTERN, 63)] | None = None
    """Server access logs of the lake's bucket. create: a bucket of their own; or the name of an existing one."""
    databases: tuple[Annotated[str, in_schema(DATABASE_PATTERN)], ...] = ()
    """Databases of the Data Catalog, by their names there, that exist already: they are used and not created."""
    database_suffix: Annotated[str, in_schema(SUFFIX_PATTERN, 64)] = ""
    """Appended to the database of every table, so that two deployments share an account; `{prefix}` is the prefix."""
    encrypt_inter_container_traffic: bool = False
    """Whether the hosts of a job on several instances encrypt what they send each other."""
    redshift: bool = False
    """Whether to create a role with which Redshift Spectrum reads the tables."""
    redshift_group: Annotated[str, Field(min_length=1)] | None = None
    """With redshift: the group of Redshift users that the printed statements grant; analysts by default."""

    def database_name(self, database: str) -> str:
        """Return the name in the Data Catalog of a database that a pipeline file names."""
        return database + self.database_suffix.replace("{prefix}", self.prefix.replace("-", "_"))
