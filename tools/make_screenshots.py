"""Takes the pictures of the window for the README: ``make screenshots``.

A real window under a virtual screen with a window manager, driven by true keys.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from napari_s2label.scene_wish import SceneWish, wish_path, write_wish
from PIL import Image, ImageGrab
from s2label_training.shelf import Shelf

from s2label.catalog.store import this_author
from s2label.demo import make_demo
from s2label.masks import read_mask
from s2label.painting.objects import object_boxes
from s2label.progress import finish
from s2label.project import open_project
from s2label.review.bookmark import Bookmark, bookmark_path, write_bookmark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SIZES = ((1366, 768), (1920, 1080))
DISPLAY = ":93"
PATIENCE_S = 60
LEAST_PX, MOST_PX = 15, 60
# Middle of the picture in view, where an object is that one zoomed to.
MIDDLE = {1366: (688, 272), 1920: (950, 420)}
CLICK, DRAG = "click", "drag"


class At(NamedTuple):
    """A click at a place on the screen; negative numbers count from the right and the bottom."""

    x: int
    y: int


class Wait(NamedTuple):
    """Seconds in which the window goes on by itself."""

    seconds: float


# Of the docks at the right, which are as wide on every screen.
SUGGEST_TAB, SCREEN_TAB, TRAIN_TAB = At(-14, 155), At(-14, 207), At(-14, 308)
TRUST, TRAIN = At(-314, 341), At(-181, 367)
SCREEN = At(-183, 86)
SCENE_TAB, PREDICT = At(-14, 400), At(-183, 400)
EXPLORE_TAB, BANDS, EXPLORE = At(-14, 352), At(-153, 135), At(-183, 247)
AUDIT_TAB, SUSPICIOUS = At(-14, 440), At(-183, 259)
FIGURES, VIOLINS, LARGER, WATER = At(-183, 336), At(-183, 378), At(-261, 499), At(880, 97)


@dataclass(frozen=True)
class Scene:
    """What is done for one picture.

    ``steps`` are keys as xdotool writes them, a click or a stroke at the middle, a click elsewhere,
    or a wait. With ``at_object`` the first chip shown is one with a single vessel of some size;
    with ``with_scene`` there is a model, and the demo's scene is on the list of the Scene dock;
    with ``with_audit`` an audit was done.
    """

    name: str
    project: str
    steps: tuple[str | At | Wait, ...]
    at_object: bool = False
    with_scene: bool = False
    with_audit: bool = False


SCENES = (
    Scene("triage", "vessels", ("a", "a", "q", "a", "d", "a", "g", "a", "a", "d")),
    Scene("landcover", "landcover", ("q", "d", "a", "d")),
    Scene("train", "vessels", (TRAIN_TAB, TRUST, TRAIN, Wait(90)), at_object=True),
    Scene(
        "suggest",
        "vessels",
        (
            *("c", "shift+x", "l", CLICK, Wait(3), "l", Wait(2), "shift+f", "shift+c"),
            *("d", "shift+x", SUGGEST_TAB, "s", Wait(10)),
        ),
        at_object=True,
    ),
    Scene("wand", "vessels", ("c", "shift+x", "l", CLICK), at_object=True),
    Scene("painting", "landcover", ("d", "p", "bracketright", "bracketright", "3", DRAG)),
    Scene("provenance", "landcover", ("d", "p", "5", DRAG, "y")),
    Scene(
        "explore",
        "landcover",
        (
            *(EXPLORE_TAB, BANDS, *"B04", "comma", *"B08", "comma", *"NDVI", "Return"),
            *(EXPLORE, Wait(40), FIGURES, Wait(1), VIOLINS, Wait(2), LARGER, Wait(3), WATER),
        ),
    ),
    Scene("scene", "vessels", (SCENE_TAB, Wait(8), PREDICT, Wait(60)), with_scene=True),
    Scene("audit", "vessels", (AUDIT_TAB, Wait(4), SUSPICIOUS, Wait(2)), with_audit=True),
    Scene("screen", "landcover", (SCREEN_TAB, SCREEN, Wait(40), *"dddd", "k", "F9")),
)


def main() -> None:
    """Write a picture per scene and size into ``docs/pictures``; arguments name scenes."""
    chosen = [scene for scene in SCENES if scene.name in sys.argv[1:] or not sys.argv[1:]]
    with tempfile.TemporaryDirectory() as scratch:
        for width, height in SIZES:
            demo = finish(make_demo(Path(scratch) / f"demo-{width}"))
            projects = {"vessels": demo.vessels, "landcover": demo.landcover}
            with screen(width, height):
                for scene in chosen:
                    picture = show(projects[scene.project], scene, width)
                    picture = picture.quantize(
                        256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
                    )
                    picture.save(PICTURES / f"{scene.name}-{width}x{height}.png", optimize=True)


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


def show(project: Path, scene: Scene, width: int) -> Image.Image:
    """Open a project, do what a scene says, and return what is on the screen."""
    if scene.at_object:
        begin_at_object(project)
    if scene.with_scene:
        begin_with_scene(project)
    if scene.with_audit:
        begin_with_audit(project)
    title = f"s2label - {project.name}"
    with running([sys.executable, "-m", "s2label", "open", str(project)]):
        search = ["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"]
        wait_until(lambda: answers(search))
        pause(8)  # until napari's own notices are gone
        for step in scene.steps:
            if isinstance(step, Wait):
                pause(step.seconds)
                continue
            subprocess.run(["xdotool", *words_of(step, width)], check=True)
            pause(0.4)
        pause(4)
        return ImageGrab.grab(xdisplay=DISPLAY)


def words_of(step: str | At, width: int) -> list[str]:
    """Return what xdotool is told for a step on a screen of that width."""
    x, y = MIDDLE[width]
    if isinstance(step, At):
        x, y = step.x % width, step.y % dict(SIZES)[width]
    to = ["mousemove", str(x), str(y)]
    if step == CLICK or isinstance(step, At):
        return [*to, "sleep", "0.3", "click", "1"]
    if step == DRAG:
        moves = [w for n in range(24) for w in ("mousemove_relative", "--", "4", str(n % 5 - 1))]
        return [*to, "sleep", "0.3", "mousedown", "1", *moves, "sleep", "0.3", "mouseup", "1"]
    return ["key", "--clearmodifiers", step]


def begin_at_object(project: Path) -> None:
    """Let the window begin at a chip with one vessel, neither the smallest nor the largest."""
    with open_project(project) as opened:
        for row in opened.catalog.list_masks():
            path = opened.mask_path(row["id"], row["version"])
            boxes = object_boxes(read_mask(path).classes)
            if len(boxes) == 1 and LEAST_PX <= row["class_pixels"].get("1", 0) <= MOST_PX:
                bookmark = Bookmark(image_id=row["image"])
                write_bookmark(bookmark_path(opened.folder, this_author().who), bookmark)
                return
    raise LookupError(f"{project}: no chip with one vessel")


def begin_with_audit(project: Path) -> None:
    """Look for wrong labels with small models."""
    small = ["--set", "network.filters=16", "--set", "fit.epochs=12", "--folds", "3"]
    command = ["audit", str(project), "--recipe", "vessels_unet", *small]
    subprocess.run([sys.executable, "-m", "s2label", *command], check=True, capture_output=True)


def begin_with_scene(project: Path) -> None:
    """Train a small model, and choose it and the scene that the demo was cut from."""
    small = ["--set", "network.filters=16", "--set", "fit.epochs=12", "--trust", "imported"]
    command = ["train", str(project), "--recipe", "vessels_unet", *small]
    subprocess.run([sys.executable, "-m", "s2label", *command], check=True, capture_output=True)
    model = Shelf(project).records()[-1].id
    wish = SceneWish(sources=(project.parent / "sources" / "coast",), model=model)
    write_wish(wish_path(project, this_author().who), wish)


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
