"""From the fiftieth decision to one undo, by true keys and clicks in a real window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s2label.learnt.reasons import UNSEEN
from s2label.project import open_project
from s2label.types import State
from tests.factories.reviewers import make_screened, open_images
from tests.factories.window import wait_until, window_manager
from tests.factories.window_questions import AskedWindow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.screening_records import JudgedImage

DOCK = (
    "next(w for w in modules['qtpy.QtWidgets'].QApplication.allWidgets() "
    "if type(w).__name__ == 'RestWidget')"
)
YES = (
    "next(b for w in modules['qtpy.QtWidgets'].QApplication.topLevelWidgets() "
    "if type(w).__name__ == 'QMessageBox' and w.isVisible() "
    "for b in w.buttons() if b.text().startswith('Accept'))"
)


class RestWindow(AskedWindow):
    """A running window with a hand on its dock "Doubtful"."""

    def click_on(self, widget: str) -> None:
        """Click on a widget of the dock: ``sample.look``."""
        self.click_at(f"{DOCK}.{widget}")

    def agree(self) -> None:
        """Click on the button of the question that agrees."""
        wait_until(lambda: bool(self.ask(f"any({self._has_box()})")), "a question")
        self.click_at(YES)

    @staticmethod
    def _has_box() -> str:
        widgets = "modules['qtpy.QtWidgets'].QApplication.topLevelWidgets()"
        return f"type(w).__name__ == 'QMessageBox' and w.isVisible() for w in {widgets}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a land-cover project of 200 screened images, 49 of which are decided on."""
    reviewer = make_screened(tmp_path, keeps_sources=True, mask_values=(1, 2))
    with open_project(tmp_path / "project", write=True) as opened:
        reviewer.decide(opened, sorted(open_images(opened))[3:52])
    return tmp_path / "project"


@pytest.fixture
def window(project: Path) -> Iterator[RestWindow]:
    with window_manager():
        window = RestWindow(project)
        try:
            yield window
        finally:
            window.kill()


def images_on_disk(project: Path) -> list[JudgedImage]:
    with open_project(project) as reading:
        return reading.catalog.screenings.judged()


def unseen(project: Path) -> int:
    return sum(image.reason == UNSEEN for image in images_on_disk(project))


def test_from_the_fiftieth_decision_to_one_undo(window: RestWindow, project: Path) -> None:
    wait_until(lambda: bool(window.ask("desk.session.chip is not None")), "a chip")
    window.press("a")
    wait_until(lambda: window.ask(f"{DOCK}.order.doubtful.isEnabled()"), "an order")
    wait_until(lambda: not window.ask("desk.learning.is_taking"), "all of the order")
    window.click_on("order.doubtful")
    wait_until(lambda: window.ask("desk.session.queue.order") == "rejection", "the doubtful")
    # Fifty decisions are few: chances are not far from one half yet.
    window.ask("desk.rest.choose(0.5)")
    window.click_on("sample.look")
    wait_until(lambda: window.ask("desk.session.number") == [1, 59], "the sample")
    masks_before = accepted_masks(project)
    window.press(*["a"] * 59)
    wait_until(lambda: window.ask(f"{DOCK}.sample.accept.isEnabled()"), "all of the sample")
    masks = accepted_masks(project)
    assert masks > masks_before  # by eye a mask is accepted with its image

    left = window.ask("len(desk.rest.review.rest)")
    assert left > 0
    window.click_on("sample.accept")
    window.agree()
    wait_until(lambda: unseen(project) == left, "the rest is accepted")
    assert accepted_masks(project) == masks
    wait_until(lambda: not window.ask("desk.rest.is_accepting"), "that is told")
    window.press("ctrl+z")
    wait_until(lambda: unseen(project) == 0, "one undo takes all of it back")
    assert sum(image.state is not State.OPEN for image in images_on_disk(project)) == 109


def accepted_masks(project: Path) -> int:
    with open_project(project) as reading:
        return reading.catalog.counts()["masks_accepted"]
