"""Access control: only programs of this user, with an access key issued by this cloud and its own host name, are answered."""

from local_cloud.access.access_keys import AccessKey, own_access_key, role_access_key, role_of
from local_cloud.access.allowed_senders import AccessControl

__all__ = ["AccessControl", "AccessKey", "own_access_key", "role_access_key", "role_of"]
