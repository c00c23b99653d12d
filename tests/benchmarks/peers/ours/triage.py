"""s2label's side of triage: the window with its docks; a key accepts and brings the next chip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
from napari_s2label.app import prepare_only_window
from napari_s2label.desk import desk_of
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from tests.benchmarks.frames import Frames, come_to_rest, pause
from tests.benchmarks.peers.answering import answer, memory_mib

if TYPE_CHECKING:
    from napari_s2label.desk import Desk


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Return seconds from key to frame, and the memory before and after."""
    viewer = napari.Viewer(title="s2label - benchmark")
    desk: Desk = desk_of(viewer)
    prepare_only_window(viewer)
    frames = Frames(viewer)
    desk.pictured.connect(frames.note_set)
    frames.seconds_until_shown(lambda: desk.open(Path(request["project"])))
    frames.native.setFocus()
    come_to_rest()
    window = viewer.window._qt_window.windowHandle()
    before, seconds = memory_mib(), []
    for _ in range(request["switches"]):
        seconds.append(frames.seconds_until_shown(lambda: QTest.keyClick(window, Qt.Key_A)))
        pause(request["look_s"])
    come_to_rest()
    after = memory_mib()
    desk.close()
    viewer.close()
    return {"seconds": seconds, "before_mib": before, "after_mib": after}


if __name__ == "__main__":
    answer(measure)
