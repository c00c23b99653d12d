"""What takes long to make, and is made once."""

from __future__ import annotations

import pytest

from s2label.samples import CoastScene, write_coast_scene


@pytest.fixture(scope="session")
def coast(tmp_path_factory: pytest.TempPathFactory) -> CoastScene:
    """Return the coast of the demo, not to be written to."""
    return write_coast_scene(tmp_path_factory.mktemp("coast"))
