"""Container images' stand-ins: a virtual environment for each image, built from the plain subset of a Dockerfile."""

from local_cloud.images.image_store import ImageStore, UnknownImageError
from local_cloud.images.local_image import LocalImage
from local_cloud.images.recipe import UnsupportedDockerfileError

__all__ = ["ImageStore", "LocalImage", "UnknownImageError", "UnsupportedDockerfileError"]
