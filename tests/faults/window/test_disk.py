"""R6 in a real window, with true keys: the disk is full while somebody decides, and then has room.

The project lies on a small file system of its own, full to the last page.
"""

from __future__ import annotations

import os
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.factories.commands import do
from tests.factories.fleet import make_fleet
from tests.factories.painting_agreement import acts_on_disk
from tests.factories.window import wait_until, window_manager
from tests.factories.window_questions import AskedWindow

if os.name != "posix":
    pytest.skip("mounts of POSIX", allow_module_level=True)

from tests.faults.failing_disk import SmallDisk, small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# Short: what to do has to be read in the status line of a small screen, behind the path.
TOLD = "the disk is full; make room and do the same again; nothing was changed"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def window(disk: SmallDisk, monkeypatch: pytest.MonkeyPatch) -> Iterator[AskedWindow]:
    """Return a window with four chips in its queue."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with window_manager():
        window = AskedWindow(make_fleet(disk.folder, groups=2, places=2))
        try:
            yield window
        finally:
            window.kill()


def test_a_decision_on_a_full_disk_is_told_and_its_chip_comes_back(
    disk: SmallDisk, window: AskedWindow
) -> None:
    project = disk.folder / "project"
    window.press("a")
    wait_until(lambda: acts_on_disk(project) == 1, "the decision")
    chip = in_view(window)
    with disk.full():
        window.press("a")
        begin_s = monotonic()
        wait_until(lambda: "disk" in status(window), "it is told")
        print(f"told {monotonic() - begin_s:.2f} s after the key")
        assert status(window) == f"{project / 'catalog.sqlite'}: {TOLD}"
        assert in_view(window) == chip, "what is shown is more than what is kept"
        assert acts_on_disk(project) == 1
        keep_picture()
        window.press("d")
        wait_until(lambda: in_view(window) != chip, "one can look further without a bookmark")
        window.press("shift+d")
        wait_until(lambda: in_view(window) == chip, "and back")
    window.press("a")
    wait_until(lambda: acts_on_disk(project) == 2, "the decision, now that there is room")
    with disk.full():
        window.press("a")
        window.quit()
    assert acts_on_disk(project) == 2
    assert do("check", project).out == "all is well\n"


def in_view(window: AskedWindow) -> str:
    return str(window.ask("desk.session.chip.image.id"))


def status(window: AskedWindow) -> str:
    return str(window.ask("str(desk.viewer.status)"))


def keep_picture() -> None:
    """Keep what is on the screen, for somebody who wants to see it."""
    path = os.environ.get("S2LABEL_PICTURE")
    if path:
        from PIL import ImageGrab

        ImageGrab.grab(xdisplay=os.environ["DISPLAY"]).save(path)
