"""The server on localhost: moto's application with the extensions, and what is in front of it."""

from local_cloud.server.cloud import LocalCloud

__all__ = ["LocalCloud"]
