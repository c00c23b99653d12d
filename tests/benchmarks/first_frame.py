"""Starts a window and prints the moment of its first frame; the other half is `window.py`.

`open PROJECT` runs `s2label open` and waits for a frame with a chip, `bare` shows one image in a
plain viewer, `empty` shows a viewer with nothing in it. The clock is the system's monotonic one,
so that the parent can count from the moment in which it started the process.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import napari

_SIDE_PX = 64


def main() -> None:
    """Start what the arguments say."""
    what, *rest = sys.argv[1:]
    if what == "open":
        open_project(rest[0])
        return
    import napari
    import numpy as np

    from tests.benchmarks import bare

    if what == "bare":
        viewer = bare.show_image(np.full((_SIDE_PX, _SIDE_PX, 3), 99, np.uint8))
    else:
        viewer = napari.Viewer()
    end_with_next_frame(viewer)
    napari.run()


def open_project(folder: str) -> None:
    """Open a project as the command line does; end when its first chip is on the screen."""
    from napari_s2label import app
    from napari_s2label.desk import desk_of

    from s2label.cli import main as run_program

    arrange = app.arrange_window

    def arrange_and_listen(viewer: napari.Viewer) -> None:
        arrange(viewer)
        desk = desk_of(viewer)
        desk.pictured.connect(lambda *_: end_with_next_frame(viewer))

    app.arrange_window = arrange_and_listen
    raise SystemExit(run_program(["open", folder]))


def end_with_next_frame(viewer: napari.Viewer) -> None:
    """Print the time of the next frame that is drawn, and end at once."""
    canvas = viewer.window._qt_viewer.canvas
    drawn: list[object] = []

    def on_swapped() -> None:
        if drawn:
            print(time.monotonic(), flush=True)
            os._exit(0)

    canvas._scene_canvas.events.draw.connect(drawn.append)
    canvas.native.frameSwapped.connect(on_swapped)


if __name__ == "__main__":
    main()
