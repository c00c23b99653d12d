"""What all tests share: the real data beside the checkout, and the command line in-process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real Sentinel-2 data; skip where it is missing."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data (../shared/data) is not beside this checkout")
    return folder


@pytest.fixture(autouse=True)
def _own_settings(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep napari's settings of whoever runs the suite out of it."""
    monkeypatch.setenv("NAPARI_CONFIG", str(tmp_path_factory.getbasetemp() / "napari.yaml"))


@pytest.fixture(autouse=True)
def _no_disk_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave syncing out of this process.

    It keeps what was written from a loss of power, which no test can bring about; what is written
    in which order is the same without it, for whoever kills a process as well.
    """
    monkeypatch.setattr(os, "fsync", lambda _: None)
