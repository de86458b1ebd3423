"""Where a local cloud answers, and the key that opens it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Final
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

LOCAL_REGION: Final = "ap-northeast-1"
LOCAL_ACCOUNT: Final = "123456789012"


@dataclass(frozen=True)
class LocalEndpoint:
    """A local cloud's address and access key.

    Attributes
    ----------
    url
        Its endpoint.
    access_key_id, secret_access_key
        The key of its owner: random for each cloud. It opens nothing else.
    """

    url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by which any AWS tool reaches the local cloud."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": LOCAL_REGION,
            "AWS_DEFAULT_REGION": LOCAL_REGION,
        }

    @property
    def authorization(self) -> str:
        """The HTTP header that the routes below ``/_local/`` ask for."""
        return f"Basic {base64.b64encode(f'{self.access_key_id}:{self.secret_access_key}'.encode()).decode()}"

    def answers(self, within_seconds: float) -> bool:
        """Whether the local cloud answers: one that is suspended holds its port and says nothing."""
        request = Request(f"{self.url}/_local/health", headers={"Authorization": self.authorization})  # noqa: S310 - http, of this machine
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=within_seconds):
                return True
        except URLError as error:
            return not isinstance(error.reason, OSError)
        except OSError:
            return False
