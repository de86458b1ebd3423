"""The server on localhost: moto's application with the extensions and middleware."""

from local_cloud.server.cloud import LocalCloud

__all__ = ["LocalCloud"]
