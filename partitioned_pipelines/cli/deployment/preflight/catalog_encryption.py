"""The check that the roles may use the account's Data Catalog encryption key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment.preflight.account import is_denied, warning_of
from partitioned_pipelines.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec import Project

_BY_THE_CALLER = "SSE-KMS"
_CONSEQUENCE = "the catalog is encrypted with a key that the pipelines' roles need (catalog_kms)"


def check_catalog_encryption(cloud: Cloud, _settings: Settings, project: Project) -> Iterable[str]:
    """Reject a deployment whose roles could not use the encrypted catalog."""
    return check_catalog_key(cloud, project.deployment.catalog_kms)


def check_catalog_key(cloud: Cloud, catalog_kms: str | None) -> Iterator[str]:
    """Yield a warning if the account's settings could not be read.

    Only a customer-managed key requires permissions of the caller: with the AWS managed key (``aws/glue``), and with a service role of the
    catalog, Glue uses the key for every caller. https://docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html

    Raises
    ------
    CommandError
        If the catalog is encrypted with a key other than ``catalog_kms``: PlanRun and RegisterPartitions would be denied.
    """
    try:
        key_arn = _customer_managed_key(cloud)
    except ClientError as error:
        if not is_denied(error):
            raise
        yield warning_of(error, _CONSEQUENCE)
        return
    if key_arn is None or key_arn == catalog_kms:
        return
    named = f"catalog_kms names {catalog_kms}" if catalog_kms else "catalog_kms is not set"
    raise CommandError(
        f"this account's Data Catalog is encrypted with {key_arn}, and {named}: the pipelines' roles could not read or write "
        "the catalog, and every run would fail",
        f"set catalog_kms to {key_arn}. The key's policy must let this account's roles use it by their own policies",
    )


def _customer_managed_key(cloud: Cloud) -> str | None:
    """Return the ARN of the key on which the catalog's callers need permissions; None if there is no such key."""
    settings = cloud.glue.get_data_catalog_encryption_settings()["DataCatalogEncryptionSettings"]
    at_rest = settings.get("EncryptionAtRest", {})
    key_id = at_rest.get("SseAwsKmsKeyId")
    if at_rest.get("CatalogEncryptionMode", "DISABLED") != _BY_THE_CALLER or not key_id:
        return None
    metadata = cloud.kms.describe_key(KeyId=key_id)["KeyMetadata"]
    return None if metadata.get("KeyManager") == "AWS" else metadata["Arn"]
