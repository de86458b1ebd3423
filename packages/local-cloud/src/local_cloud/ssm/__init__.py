"""Systems Manager: names of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ssm.models import ParameterDict

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(_: Settings) -> None:
    """Replace moto's look-up of parameters."""
    # moto: Systems Manager's LabelParameterVersion and others leave a parameter without versions if it does not exist, for which GetParameter,
    # GetParameters and DescribeParameters fail from then on; not reported yet: only PutParameter creates a parameter.
    replace(ParameterDict, "__getitem__", _versions)


class _NoVersions(list[Any]):
    """The versions of a parameter that does not exist, until one is added."""

    def __init__(self, parameters: ParameterDict, name: str) -> None:
        super().__init__()
        self._parameters, self._name = parameters, name

    def append(self, version: Any) -> None:
        super().append(version)
        dict.__setitem__(self._parameters, self._name, self)


def _versions(self: ParameterDict, item: str) -> list[Any]:
    versions: list[Any] = original_of(ParameterDict, "__getitem__")(self, item)
    if versions:
        return versions
    name = self.normalize_name(item)
    self.pop(name, None)
    return _NoVersions(self, name)
