"""R6: strokes and decisions in a session whose disk is full, or gone, and then in order again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.canvases import CanvasKind
from s2label.classes import VESSELS
from s2label.painting.canvas import canvas_of, read_canvas
from s2label.painting.painter import Painter
from s2label.project import open_project
from s2label.review.bookmark import Bookmark, bookmark_path, read_bookmark, write_bookmark
from s2label.review.session import ReviewSession
from s2label.types import Verdict
from tests.factories.commands import do
from tests.factories.posting import Mail
from tests.factories.projects import apart, make_project

if os.name != "posix":
    pytest.skip("limits of POSIX", allow_module_level=True)

from tests.faults.failing_disk import FailingDisk, Trouble, small_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.project import Project

MASK = CanvasKind.MASK
ONE = np.ones(1, np.uint8)


class Review:
    """A session with somebody who paints; its ledger writes in a thread, as in the window."""

    def __init__(self, project: Project) -> None:
        self.project, self.mail = project, Mail()
        self.told: list[str] = []
        self.session = ReviewSession(project.catalog, post=self.mail)
        self.session.told.connect(self.told.append)
        self.painter = Painter(project, self.session.ledger)
        self.session.take_painter(self.painter)
        self.painter.lost.connect(self.told.append)
        self.look()

    def look(self) -> None:
        """Look at the chip in view as the disk has it."""
        chip = self.session.chip
        assert chip is not None
        ref = canvas_of(chip, MASK, self.project.classes.lifetime)
        self.painter.look_at(chip, read_canvas(self.project, ref), None)
        self.wait()

    def paint(self, pixel: int) -> None:
        """Draw a dab on the chip in view."""
        assert self.painter.keep(MASK, "brush", np.array([pixel], np.uint32), ONE)

    def wait(self) -> None:
        """Wait until all is written or refused, and hear of it."""
        self.session.ledger.flush()
        self.mail.deliver()
        self.session.finish_reading()

    def kept(self) -> NDArray[np.uint8]:
        """Return the classes of the chip in view as the disk has them."""
        assert self.session.chip is not None
        ref = canvas_of(self.session.chip, MASK, self.project.classes.lifetime)
        canvas = read_canvas(self.project, ref)
        assert canvas is not None
        return canvas.classes.ravel()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path, apart(3, dates=("2018-01-05",), mask_values=(0,)), VESSELS)


@pytest.fixture
def review(folder: Path) -> Iterator[Review]:
    with open_project(folder, write=True) as project:
        review = Review(project)
        yield review
        assert review.session.close()
    assert do("check", folder).out == "all is well\n"


@pytest.mark.parametrize("limit_bytes", [0, 4096, 30_000])
def test_a_stroke_on_a_full_disk_is_lost_and_said_and_the_next_one_is_kept(
    review: Review, limit_bytes: int
) -> None:
    review.paint(5)
    review.wait()
    with small_files(limit_bytes):
        review.paint(7)
        review.paint(8)
        review.wait()
    assert len(review.told) == 1
    assert "catalog.sqlite" in review.told[0]
    assert "make room" in review.told[0]
    review.look()
    assert (review.painter.canvas(MASK).classes.ravel() == review.kept()).all()
    assert review.kept()[[5, 7, 8]].tolist() == [1, 0, 0]
    review.paint(7)
    review.wait()
    assert review.kept()[[5, 7, 8]].tolist() == [1, 1, 0]


@pytest.mark.parametrize("write", range(2))
@pytest.mark.parametrize("trouble", [Trouble.FULL, Trouble.LIMIT, Trouble.READ_ONLY])
def test_a_version_that_finds_no_room_is_made_when_there_is(
    review: Review, trouble: Trouble, write: int
) -> None:
    review.paint(5)
    review.wait()
    with FailingDisk(review.project.folder, trouble, write).plugged_in() as disk:
        review.painter.settle()
        review.wait()
    if disk.has_failed:
        assert len(review.told) == 1
        assert review.told[0].endswith("what was painted is kept, and tried again later")
        assert str(review.project.folder) in review.told[0]
    assert review.painter.is_settled != disk.has_failed
    review.look()
    assert review.painter.is_settled
    assert not review.project.catalog.canvases.unsettled()
    assert review.kept()[5] == 1


def test_a_decision_on_a_full_disk_is_told_and_its_chip_comes_back(review: Review) -> None:
    before = review.session.chip
    with small_files(0):
        review.session.accept()
        review.wait()
        assert review.session.chip == before
        review.session.decide_images([before.image.id] if before else [], Verdict.REJECT, "cloudy")
        assert review.session.undo() is None
    assert [text for text in review.told if "make room" in text] == review.told[:2]
    review.session.accept()
    review.wait()
    assert review.session.progress == (1, 3)


def test_a_session_closes_on_a_full_disk_and_nothing_painted_is_gone(folder: Path) -> None:
    with open_project(folder, write=True) as project:
        review = Review(project)
        review.paint(5)
        review.wait()
        with FailingDisk(folder, Trouble.FULL).plugged_in():
            assert not review.session.close()
    with open_project(folder, write=True) as project:
        assert len(project.recovered) == 1
        assert Review(project).kept()[5] == 1
    assert do("check", folder).out == "all is well\n"


def test_a_project_that_is_unplugged_while_somebody_paints_loses_nothing_and_nothing_grows(
    folder: Path,
) -> None:
    with open_project(folder, write=True) as project:
        review = Review(project)
        review.paint(5)
        review.wait()
        with FailingDisk(folder, Trouble.GONE).plugged_in() as disk:
            review.painter.settle()
            review.wait()
            assert disk.away.is_dir()
            write_bookmark(bookmark_path(folder, "zoe"), Bookmark())
            assert not folder.exists()
        assert "bring it back" in review.told[0]
        review.look()
        assert review.session.close()
    assert do("check", folder).out == "all is well\n"


def test_a_bookmark_that_finds_no_room_leaves_the_one_before(folder: Path) -> None:
    path = bookmark_path(folder, "zoe")
    write_bookmark(path, Bookmark(image_id="first"))
    with small_files(0):
        write_bookmark(path, Bookmark(image_id="second"))
    assert read_bookmark(path).image_id == "first"
    assert list(path.parent.iterdir()) == [path]
