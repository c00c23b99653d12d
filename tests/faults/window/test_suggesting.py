"""True keys in a real window: what was painted suggests, and what is accepted is on disk."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.painting.canvas import canvas_of, read_canvas
from s2label.painting.painter import Painter
from s2label.project import open_project
from s2label.types import NOT_LABELLED, Provenance
from tests.factories.fleet import make_fleet, truth
from tests.factories.painting import MASK, Inline
from tests.factories.painting_agreement import acts_on_disk
from tests.factories.processes import wait_for_end
from tests.factories.window import wait_until
from tests.factories.window_painter import WindowPainter
from tests.factories.window_vessels import is_red, point_at_one

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2label.chip_views import ChipView
    from s2label.masks import Mask
    from s2label.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of three chips, the first painted as it truly is."""
    folder = make_fleet(tmp_path, groups=1, places=3)
    with open_project(folder, write=True) as opened:
        painter, chip = Painter(opened, Inline()), chip_of(opened, 0)
        painter.look_at(chip, canvas(opened, chip), None)
        for value in (0, 1):
            painter.set_pixels(MASK, "brush", truth(0, 0) == value, value)
        painter.settle()
    return folder


@pytest.fixture
def somebody(project: Path) -> Iterator[WindowPainter]:
    """Return somebody with a window open, who knows where pixels lie on the screen."""
    painter = WindowPainter(project, 0)
    painter.model.acts = acts_on_disk(project)
    with painter.at_work():
        painter.calibrate()
        yield painter


def chip_of(project: Project, number: int) -> ChipView:
    chip = project.catalog.chip(project.catalog.image_ids()[number])
    assert chip is not None
    assert chip.place.name == f"g0_{number}"
    return chip


def canvas(project: Project, chip: ChipView) -> Mask:
    mask = read_canvas(project, canvas_of(chip, MASK, project.classes.lifetime))
    assert mask is not None
    return mask


def on_disk(folder: Path, number: int) -> Mask:
    with open_project(folder) as project:
        return canvas(project, chip_of(project, number))


def press(somebody: WindowPainter, key: str) -> None:
    """Press a key that is an act, and wait until that is on disk."""
    before = acts_on_disk(somebody.folder)
    somebody.window.press(key)
    wait_until(lambda: acts_on_disk(somebody.folder) > before, f"the act of {key}")


def go_to_a_cleared_chip(somebody: WindowPainter, vessels: NDArray[np.bool_]) -> None:
    """Go to the second chip and take its labels away, until nothing of them is seen."""
    somebody.window.press("d")
    press(somebody, "shift+x")
    wait_until(lambda: not is_red(somebody, vessels), "nothing is labelled")


def test_strokes_suggest_on_the_next_chip_and_what_is_accepted_comes_back_by_undo(
    somebody: WindowPainter,
) -> None:
    folder, vessels = somebody.folder, truth(0, 1) == 1
    go_to_a_cleared_chip(somebody, vessels)
    cleared = on_disk(folder, 1)
    assert (cleared.classes == NOT_LABELLED).all()

    somebody.window.press("s")
    wait_until(lambda: is_red(somebody, vessels), "the suggestion")
    one = point_at_one(somebody, vessels)
    press(somebody, "v")
    accepted = on_disk(folder, 1)
    assert overlap(accepted.classes == 1, one) > 0.6
    assert set(accepted.provenance[accepted.classes == 1]) == {Provenance.STROKES}
    assert (accepted.classes[accepted.classes != 1] == NOT_LABELLED).all()

    press(somebody, "shift+s")
    whole = on_disk(folder, 1)
    assert overlap(whole.classes == 1, vessels) > 0.6
    assert set(np.unique(whole.classes)) == {0, 1}

    press(somebody, "ctrl+z")
    assert np.array_equal(on_disk(folder, 1).classes, accepted.classes)
    press(somebody, "ctrl+z")
    assert np.array_equal(on_disk(folder, 1).classes, cleared.classes)
    wait_until(lambda: not is_red(somebody, vessels), "neither suggestion nor mask is seen")
    end_and_take_the_worker_along(somebody)


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Return the intersection over union of two regions."""
    return float((one & other).sum() / (one | other).sum())


def end_and_take_the_worker_along(somebody: WindowPainter) -> None:
    """Kill a window that suggested: what computed is a child, which ends, and alone knows torch."""
    window = somebody.window.pid
    (worker,) = children_of(window)
    assert "torch" not in Path(f"/proc/{window}/maps").read_text()
    somebody.window.kill()
    assert wait_for_end(worker)


def children_of(pid: int) -> list[int]:
    command = ["ps", "-o", "pid=", "--ppid", str(pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [int(number) for number in listed.split()]
