"""Takes the pictures of the window for the README: ``make screenshots``.

A real window under a virtual screen with a window manager, driven by true keys.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

from PIL import Image, ImageGrab

from s2label.demo import make_demo
from s2label.progress import finish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SIZES = ((1366, 768), (1920, 1080))
DISPLAY = ":93"
PATIENCE_S = 60
# Which project, the keys that are pressed in it, and the name of the picture.
SCENES = (
    ("vessels", ["a", "a", "q", "a", "d", "a", "g", "a", "a", "d"], "triage"),
    ("landcover", ["q", "d", "a", "d"], "landcover"),
)


def main() -> None:
    """Write a picture per scene and size into ``docs/pictures``."""
    with tempfile.TemporaryDirectory() as scratch:
        for width, height in SIZES:
            demo = finish(make_demo(Path(scratch) / f"demo-{width}"))
            projects = {"vessels": demo.vessels, "landcover": demo.landcover}
            with screen(width, height):
                for project, keys, name in SCENES:
                    picture = show(projects[project], keys)
                    picture = picture.quantize(256, dither=Image.Dither.NONE)
                    picture.save(PICTURES / f"{name}-{width}x{height}.png", optimize=True)


@contextmanager
def screen(width: int, height: int) -> Iterator[None]:
    """Start a virtual screen with a window manager."""
    os.environ["DISPLAY"] = DISPLAY
    command = ["Xvfb", DISPLAY, "-screen", "0", f"{width}x{height}x24"]
    with running(command):
        wait_until(lambda: answers(["xdotool", "getmouselocation"]))
        with running(["openbox"]):
            yield


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the end of the block."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.terminate()


def show(project: Path, keys: list[str]) -> Image.Image:
    """Open a project, press keys, and return what is on the screen."""
    title = f"s2label - {project.name}"
    with running([sys.executable, "-m", "s2label", "open", str(project)]):
        search = ["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"]
        wait_until(lambda: answers(search))
        pause(8)  # until napari's own notices are gone
        for key in keys:
            subprocess.run(["xdotool", "key", key], check=True)
            pause(0.4)
        pause(2)
        return ImageGrab.grab(xdisplay=DISPLAY)


def answers(command: list[str]) -> bool:
    """Tell whether a command succeeds."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def wait_until(is_so: Callable[[], bool]) -> None:
    """Look again and again until something is so."""
    end = monotonic() + PATIENCE_S
    while not is_so():
        if monotonic() > end:
            raise TimeoutError("the window does not come")
        pause(0.1)


def pause(seconds: float) -> None:
    """Let the window do its work."""
    Event().wait(seconds)


if __name__ == "__main__":
    main()
