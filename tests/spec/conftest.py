"""Fixtures of a project folder for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.spec.project_folder import ProjectFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    return ProjectFolder.make(tmp_path)
