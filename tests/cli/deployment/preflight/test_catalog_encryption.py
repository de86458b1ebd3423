"""Tests that an encrypted Data Catalog is reported before any creation if the roles could not use it, and harmless settings are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment.preflight.catalog_encryption import check_catalog_key
from partitioned_pipelines.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.cli.target.target import Cloud

OTHER_KEY = "arn:aws:kms:us-east-1:123456789012:key/5555abcd-12ab-34cd-56ef-1234567890ab"


def encrypt(cloud: Cloud, **at_rest: str) -> None:
    settings: Any = {"EncryptionAtRest": at_rest}
    cloud.glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=settings)


def key(cloud: Cloud) -> str:
    return cloud.kms.create_key()["KeyMetadata"]["Arn"]


def warnings(cloud: Cloud, catalog_kms: str | None = None) -> list[str]:
    return list(check_catalog_key(cloud, catalog_kms))


def test_a_catalog_that_is_not_encrypted_is_not_reported(cloud: Cloud) -> None:
    assert warnings(cloud) == []


def test_a_key_that_is_named_although_nothing_is_encrypted_is_harmless(cloud: Cloud) -> None:
    assert warnings(cloud, OTHER_KEY) == []


@pytest.mark.parametrize("named", [False, True])
def test_a_key_of_ones_own_must_be_named(cloud: Cloud, named: bool) -> None:
    arn = key(cloud)
    encrypt(cloud, CatalogEncryptionMode="SSE-KMS", SseAwsKmsKeyId=arn)
    if named:
        assert warnings(cloud, arn) == []
        return
    with pytest.raises(CommandError) as caught:
        warnings(cloud)
    assert f"Data Catalog is encrypted with {arn}, and catalog_kms is not set" in caught.value.message
    assert "every run would fail" in caught.value.message
    assert str(caught.value.remedy).startswith(f"set catalog_kms to {arn}")


def test_another_key_than_the_catalogs_is_refused_with_both(cloud: Cloud) -> None:
    arn = key(cloud)
    encrypt(cloud, CatalogEncryptionMode="SSE-KMS", SseAwsKmsKeyId=arn)
    with pytest.raises(CommandError, match=f"encrypted with {arn}, and catalog_kms names {OTHER_KEY}"):
        warnings(cloud, OTHER_KEY)


def test_a_key_by_its_id_or_alias_is_the_same_key(cloud: Cloud) -> None:
    arn = key(cloud)
    cloud.kms.create_alias(AliasName="alias/catalog", TargetKeyId=arn)
    for name in (arn.rpartition("/")[2], "alias/catalog"):
        encrypt(cloud, CatalogEncryptionMode="SSE-KMS", SseAwsKmsKeyId=name)
        assert warnings(cloud, arn) == []


def test_the_key_of_awss_own_asks_nothing_of_the_roles(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    encrypt(cloud, CatalogEncryptionMode="SSE-KMS", SseAwsKmsKeyId=key(cloud))
    described = {"KeyMetadata": {"KeyManager": "AWS", "Arn": OTHER_KEY, "KeyId": "x"}}
    monkeypatch.setattr(cloud.kms, "describe_key", lambda **_: described)
    assert warnings(cloud) == []


def test_a_service_role_uses_the_key_for_everybody(cloud: Cloud) -> None:
    encrypt(
        cloud,
        CatalogEncryptionMode="SSE-KMS-WITH-SERVICE-ROLE",
        SseAwsKmsKeyId=key(cloud),
        CatalogEncryptionServiceRole="arn:aws:iam::123456789012:role/catalog",
    )
    assert warnings(cloud) == []


@pytest.mark.parametrize("operation", ["glue.GetDataCatalogEncryptionSettings", "kms.DescribeKey"])
def test_a_look_that_is_denied_is_a_warning(cloud: Cloud, deny: Callable[..., None], operation: str) -> None:
    encrypt(cloud, CatalogEncryptionMode="SSE-KMS", SseAwsKmsKeyId=key(cloud))
    deny(operation)
    (warning,) = warnings(cloud)
    assert warning.startswith(f"{operation.partition('.')[2]} was denied, so it was not checked whether")
    assert "catalog_kms" in warning


def test_any_other_error_is_not_taken_for_a_denial(cloud: Cloud, deny: Callable[..., None]) -> None:
    deny("glue.GetDataCatalogEncryptionSettings", "InternalServiceException")
    with pytest.raises(ClientError):
        warnings(cloud)
