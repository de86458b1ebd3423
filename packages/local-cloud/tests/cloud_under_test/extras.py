"""What some tests need and not every machine has, each with the reason for which they are skipped without it."""

import importlib.util
import shutil

import pytest

from local_cloud.container.isolation import namespaces_work

PYSPARK = importlib.util.find_spec("pyspark")

needs_pyspark = pytest.mark.skipif(PYSPARK is None, reason="needs the extra: pip install '.[spark]'")
needs_namespaces = pytest.mark.skipif(
    not namespaces_work(),
    reason="this machine denies mount and network namespaces, which a container of one's own is made of",
)
needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="there is no Java on this machine, which Spark runs on"
)
needs_maven = pytest.mark.skipif(
    shutil.which("mvn") is None, reason="there is no Maven on this machine, which fetches Spark's client of S3"
)
