"""Who may talk to the local cloud: programs of this user, by its own address and with keys that it has handed out."""

from local_cloud.access.access_keys import AccessKey, own_access_key, role_access_key, role_of
from local_cloud.access.control import AccessControl

__all__ = ["AccessControl", "AccessKey", "own_access_key", "role_access_key", "role_of"]
