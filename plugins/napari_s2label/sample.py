"""napari's File > Open Sample > s2label: the demo, made in a child process."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import napari

from napari_s2label.app import arrange_window
from napari_s2label.desk import desk_of


def open_demo() -> list[tuple[Any, ...]]:
    """Make the demo in a temporary folder and open its port; the desk adds its own layers."""
    viewer = napari.current_viewer()
    if viewer is None:
        return [(None,)]
    arrange_window(viewer)
    desk = desk_of(viewer)
    folder = Path(tempfile.gettempdir()) / "s2label-demo"
    job = desk.jobs.start("demo", ["demo", str(folder), "--no-gui"], writes=False)
    desk.told.emit(f"making the demo in {folder}: about ten seconds")
    job.finished.connect(lambda result: desk.open(Path(result["vessels"])))
    job.failed.connect(desk.told.emit)
    return [(None,)]
