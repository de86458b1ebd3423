"""The typed model of `deployment.yaml`: the options of a deployment, each in one place.

An option is a field here. Its rules are in ``deployment_check``, its description in docs/reference/deployment_file.md.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from partitioned_pipelines.spec.model.fields import FileModel, in_schema
from partitioned_pipelines.spec.model.limits import LONGEST_PREFIX
from partitioned_pipelines.spec.model.notify import ExistingTopic, NotifyEntry

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
    """The options of a deployment; all of them, and the file itself, are optional."""

    prefix: Annotated[str, in_schema(PREFIX_PATTERN, LONGEST_PREFIX)] = "pipelines"
    """Stack name prefix, and the name of the Athena workgroup."""
    account: Annotated[str, in_schema(ACCOUNT_PATTERN)] | None = None
    """The AWS account, in quotes; without it, the account of the credentials."""
    region: Annotated[str, in_schema(REGION_PATTERN, examples=["ap-northeast-1"])] | None = None
    """The AWS region; without it, the region of the credentials."""
    removal_policy: Literal["retain", "destroy"] = "retain"
    """Whether to keep or delete the bucket, the key and the databases when their stack is deleted."""
    permissions_boundary: Annotated[str, in_schema(POLICY_ARN_PATTERN)] | None = None
    """ARN of the managed policy that is the permissions boundary of every role, in accounts that require one."""
    kms: Annotated[str, in_schema(f"{CREATE}|{KEY_ARN_PATTERN}")] | None = None
    """The customer-managed key of the lake. create: create one; or the ARN of an existing key."""
    former_kms: tuple[KeyArn, ...] = ()
    """ARNs of the keys that older objects of the lake are encrypted with, so that they stay readable."""
    assets_kms: KeyArn | None = None
    """ARN of the KMS key of the CDK's bootstrap bucket, if it has one."""
    catalog_kms: KeyArn | None = None
    """ARN of the customer-managed key of the account's Data Catalog, if it is encrypted with one."""
    lake_formation: Literal["catalog", "location"] | None = None
    """Lake Formation permissions of the roles. catalog: on databases and tables. location: on the registered bucket, too."""
    bucket: Annotated[str, in_schema(BUCKET_PATTERN, 63)] | None = None
    """Name of an existing bucket for the lake; its settings are not changed."""
    access_logs: Annotated[str, in_schema(BUCKET_PATTERN, 63)] | None = None
    """Bucket for the server access logs of the lake's bucket. create: create one; or the name of an existing one."""
    databases: tuple[Annotated[str, in_schema(DATABASE_PATTERN)], ...] = ()
    """Names of existing databases in the Data Catalog, which are used and not created."""
    database_suffix: Annotated[str, in_schema(SUFFIX_PATTERN, 64)] = ""
    """Appended to the database of every table, so that two deployments share an account; `{prefix}` is the prefix."""
    encrypt_inter_container_traffic: bool = False
    """Whether to encrypt the traffic between the instances of a job."""
    redshift: bool = False
    """Whether to create a role with which Redshift Spectrum reads the tables."""
    redshift_group: Annotated[str, Field(min_length=1)] | None = None
    """With redshift: the group of Redshift users that the printed statements grant access to; analysts by default."""
    prices: Annotated[str, Field(min_length=1)] | None = None
    """File with the list of prices at which `pipelines runs --cost` computes, relative to this file; `pipelines prices` writes one."""
    notify: tuple[NotifyEntry, ...] = ()
    """Who is notified of failed runs, backfills and alarms: addresses, Slack channels, or one existing topic."""

    @property
    def existing_topic(self) -> str | None:
        """The ARN of the topic that replaces the lake's own; None if there is none."""
        return next((entry.topic for entry in self.notify if isinstance(entry, ExistingTopic)), None)

    def database_name(self, database: str) -> str:
        """Return the name in the Data Catalog of a database that a pipeline file names."""
        return database + self.database_suffix.replace("{prefix}", self.prefix.replace("-", "_"))
