"""The server on localhost: moto's application with the extensions and middleware."""

from local_cloud.server.http_server import LocalCloud

__all__ = ["LocalCloud"]
