"""Ignoring the cloudy pixels of an image: one stroke, one act, and nothing that a person set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.canvases import CanvasKind
from s2label.errors import PaintingError
from s2label.painting.acts import redo_settled, undo_settled
from s2label.painting.canvas import blank_canvas, canvas_of, read_canvas
from s2label.painting.painter import Painter
from s2label.project import open_project
from s2label.screening.classes import CLEAR, CLOUD, HAZE, NODATA, SHADOW, SNOW, UNKNOWN
from s2label.screening.cloud_rasters import write_clouds
from s2label.screening.cloud_strokes import (
    CLOUD_PROVENANCE,
    CLOUD_TOOL,
    cloudy_pixels,
    ignore_clouds,
)
from s2label.types import BACKGROUND, IGNORE, Provenance
from tests.factories.cloudy import grid_of_ground
from tests.factories.projects import apart, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.masks import Mask
    from s2label.project import Project


def blank(side: int = 16) -> Mask:
    return blank_canvas(CanvasKind.IGNORE, grid_of_ground(side, side))


def clouds(side: int = 16, value: int = CLOUD) -> NDArray[np.uint8]:
    """Return a cloud raster with one pixel of something in its middle."""
    found = np.full((side, side), CLEAR, np.uint8)
    found[side // 2, side // 2] = value
    return found


# -- which pixels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [CLOUD, SHADOW])
def test_cloud_and_shadow_are_ignored(value: int) -> None:
    assert cloudy_pixels(clouds(value=value), blank(), 0).sum() == 1


@pytest.mark.parametrize("value", [CLEAR, HAZE, SNOW, UNKNOWN, NODATA])
def test_nothing_else_is_ignored(value: int) -> None:
    assert not cloudy_pixels(clouds(value=value), blank(), 3).any()


def test_clouds_grow_in_all_directions_alike() -> None:
    chosen = cloudy_pixels(clouds(), blank(), 2)
    rows, columns = np.nonzero(chosen)
    assert (np.hypot(rows - 8, columns - 8) <= 2).all()
    assert chosen.sum() == 13


def test_what_a_person_set_stays() -> None:
    ignore = blank()
    ignore.provenance[8, 8] = Provenance.HUMAN
    ignore.classes[8, 9] = IGNORE
    chosen = cloudy_pixels(clouds(), ignore, 1)
    assert not chosen[8, 8]
    assert not chosen[8, 9]
    assert chosen.sum() == 3


# -- as an act ------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Yield a project of one place with two dates, of which the first has a cloud."""
    with open_project(make_project(tmp_path, apart(1)), write=True) as project:
        chip = project.catalog.chip(project.catalog.image_ids()[0])
        assert chip is not None
        write_clouds(project.folder, chip.image.id, 1, clouds(32), chip.place.grid)
        yield project


def ignored(project: Project, number: int = 0) -> int:
    """Return how many pixels of an image are ignored."""
    chip = project.catalog.chip(project.catalog.image_ids()[number])
    assert chip is not None
    ref = canvas_of(chip, CanvasKind.IGNORE, project.classes.lifetime)
    canvas = read_canvas(project, ref)
    return 0 if canvas is None else int((canvas.classes == IGNORE).sum())


def test_one_act_ignores_them_and_one_undo_takes_that_back(project: Project) -> None:
    first = project.catalog.image_ids()[0]
    act = ignore_clouds(project, first, grow_px=1)
    assert act is not None
    assert act.in_words == "1 stroke"
    assert (ignored(project), ignored(project, 1)) == (5, 0)
    undo_settled(project)
    assert ignored(project) == 0
    redo_settled(project)
    assert ignored(project) == 5
    assert project.catalog.state_differences() == []


def test_asked_again_there_is_nothing_more_and_larger_ones_are_added(project: Project) -> None:
    first = project.catalog.image_ids()[0]
    ignore_clouds(project, first, grow_px=1)
    assert ignore_clouds(project, first, grow_px=1) is None
    assert ignore_clouds(project, first, grow_px=2) is not None
    assert ignored(project) == 13


class _AtOnce:
    """Writes at once, as the ledger does in its thread."""

    def submit(self, work, touches, then=None, failed=None):  # type: ignore[no-untyped-def]
        result = work()
        if then is not None:
            then(result)

    def flush(self) -> bool:
        return True


def test_in_the_window_the_painter_does_the_same(project: Project) -> None:
    chip = project.catalog.chip(project.catalog.image_ids()[0])
    assert chip is not None
    painter = Painter(project, _AtOnce())
    painter.look_at(chip, None, None)
    hand = np.zeros((32, 32), np.bool_)
    hand[16, 17] = True
    painter.set_pixels(CanvasKind.IGNORE, "brush", hand, IGNORE)
    painter.set_pixels(CanvasKind.IGNORE, "brush", hand, BACKGROUND)
    chosen = cloudy_pixels(clouds(32), painter.canvas(CanvasKind.IGNORE), 1)
    painter.set_pixels(CanvasKind.IGNORE, CLOUD_TOOL, chosen, IGNORE, CLOUD_PROVENANCE)
    painter.settle()
    assert ignored(project) == 4


def test_an_image_that_was_not_screened_says_so(project: Project) -> None:
    with pytest.raises(PaintingError, match="no clouds are known of it; run `s2label screen"):
        ignore_clouds(project, project.catalog.image_ids()[1])


def test_an_image_that_is_not_there_says_so(project: Project) -> None:
    with pytest.raises(PaintingError, match="no such image"):
        ignore_clouds(project, "none")
