"""Local images: virtual environments that stand in for container images, built from a subset of Dockerfiles."""

from local_cloud.images.dockerfile import UnsupportedDockerfileError
from local_cloud.images.image_store import ImageStore, UnknownImageError
from local_cloud.images.local_image import LocalImage

__all__ = ["ImageStore", "LocalImage", "UnknownImageError", "UnsupportedDockerfileError"]
