"""What tests of trainings share: a project that is made once, and copied for each test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.factories import fleet

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def fleet_of_four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of four places far from each other, imported; nothing is accepted."""
    return fleet.make_fleet(tmp_path_factory.mktemp("four"), groups=4, places=1)


@pytest.fixture(scope="session")
def accepted_fleet(fleet_of_four: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same project with all masks accepted."""
    project = tmp_path_factory.mktemp("accepted") / "project"
    shutil.copytree(fleet_of_four, project)
    fleet.accept(project)
    return project
