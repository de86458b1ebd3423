"""Optional requirements of tests, with the reasons for which tests are skipped."""

import importlib.util
import shutil

import pytest

from local_cloud.container.isolation import namespaces_work

PYSPARK = importlib.util.find_spec("pyspark")

needs_pyspark = pytest.mark.skipif(PYSPARK is None, reason="needs the extra: pip install '.[spark]'")
needs_namespaces = pytest.mark.skipif(
    not namespaces_work(),
    reason="this machine denies mount and network namespaces, which containers need",
)
needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="this machine has no Java, which Spark needs")
needs_maven = pytest.mark.skipif(
    shutil.which("mvn") is None, reason="this machine has no Maven, which downloads Spark's S3 client"
)
