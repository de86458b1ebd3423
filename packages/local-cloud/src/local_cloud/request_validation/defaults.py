"""Optional members that moto reads as mandatory ones."""

from __future__ import annotations

from typing import Any

# moto: optional members are read as mandatory ones, for example the tags of Athena's CreateCapacityReservation; not reported yet: AWS assumes
# a default for them.
DEFAULTS: dict[tuple[str, str], dict[str, Any]] = {
    ("athena", "CreateCapacityReservation"): {"Tags": []},
    ("dynamodb", "ExportTableToPointInTime"): {"S3Prefix": ""},
    ("ecr", "PutRegistryScanningConfiguration"): {"rules": []},
    ("ssm", "GetPatchBaselineForPatchGroup"): {"OperatingSystem": "WINDOWS"},
}
"""By service and operation: the members that are added to a request which lacks them."""
