"""Going through what an audit suspects: it is fine, it is so, one undo for all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.canvases import CanvasKind
from s2label.classes import VESSELS
from s2label.errors import CatalogError
from s2label.painting.canvas import canvas_of, read_canvas
from s2label.painting.painter import Painter
from s2label.project import open_project
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.review import suspecting
from s2label.review.bookmark import Bookmark, read_bookmark, write_bookmark
from s2label.review.session import ReviewSession
from s2label.suspicions import SuspicionKind, SuspicionRecord, pixels_of
from s2label.types import IGNORE, Provenance, State, Subject
from tests.factories.posting import Mail
from tests.factories.projects import apart, make_project
from tests.factories.suspicions import (
    OBJECTS,
    SUSPICIOUS,
    chips_of,
    square,
    suspicion,
    unlabelled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView
    from s2label.masks import Mask
    from s2label.project import Project
    from s2label.types import Act

MASK, IGNORED = CanvasKind.MASK, CanvasKind.IGNORE
MODEL = Provenance.FIRST_MODEL
VESSEL = 1


class Window:
    """A session with a painter, and a screen that shows what comes into view."""

    def __init__(
        self,
        project: Project,
        post: Callable[[Callable[[], None]], object] | None,
        bookmark: Bookmark | None = None,
    ) -> None:
        self.project = project
        self.catalog: Catalog = project.catalog
        self.session = ReviewSession(project.catalog, bookmark, post=post)
        self.painter = Painter(project, self.session.ledger)
        self.session.take_painter(self.painter)
        self.loaded: list[str] = []
        self.asked: list[str | None] = []
        self.told: list[str] = []
        self.acts: list[Act] = []
        self.session.chip_changed.connect(self.show)
        self.session.told.connect(self.told.append)
        self.session.acted.connect(self.acts.append)
        self.show(self.session.chip)

    def show(self, chip: ChipView | None) -> None:
        """Show a chip; its canvases are read only where it is another one."""
        asked = self.session.suspicion
        self.asked.append(asked.id if asked is not None else None)
        if chip is None or self.painter.holds(chip):
            return
        self.loaded.append(chip.image.id)
        refs = [canvas_of(chip, kind, VESSELS.lifetime) for kind in (MASK, IGNORED)]
        self.painter.look_at(chip, *(read_canvas(self.project, ref) for ref in refs))

    def go_through(self, spec: QueueSpec) -> None:
        """Begin a queue, and wait until it is read."""
        self.session.set_queue(spec)
        self.settle()
        self.loaded.clear()
        self.asked.clear()

    def settle(self) -> None:
        """Let all be written and read."""
        self.session.ledger.flush()
        self.session.finish_reading()

    @property
    def in_view(self) -> str:
        """Id of the image in view."""
        assert self.session.chip is not None
        return self.session.chip.image.id

    @property
    def object(self) -> SuspicionRecord:
        """The unlabelled object asked about."""
        assert self.session.suspicion is not None
        return self.session.suspicion

    def stored(self, image_id: str) -> Mask:
        """Return the mask of an image as the catalog has it, strokes too."""
        self.session.ledger.flush()
        chip = self.catalog.chip(image_id)
        assert chip is not None
        mask = read_canvas(self.project, canvas_of(chip, MASK, VESSELS.lifetime))
        assert mask is not None
        return mask


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return three places of one image each, whose masks call everything background."""
    grounds = apart(3, dates=("2018-01-05",), mask_values=(0,))
    with open_project(make_project(tmp_path, grounds, VESSELS), write=True) as opened:
        yield opened
        assert opened.catalog.state_differences() == []


@pytest.fixture(params=["in threads", "at once"])
def window(request: pytest.FixtureRequest, project: Project) -> Iterator[Window]:
    window = Window(project, Mail() if request.param == "in threads" else None)
    yield window
    assert window.session.close()


@pytest.fixture
def threaded(project: Project) -> Iterator[Window]:
    window = Window(project, Mail())
    yield window
    assert window.session.close()


@pytest.fixture
def chips(project: Project) -> list[ChipView]:
    return chips_of(project.catalog)


def note(window: Window, *records: SuspicionRecord) -> None:
    window.settle()
    window.catalog.note_suspicions(records, [], records[0].audit)


def mask_state(window: Window, chip: ChipView) -> State:
    window.session.ledger.flush()
    now = window.catalog.chip(chip.image.id)
    assert now is not None
    assert now.mask is not None
    return now.mask.state


def masks_of(*chips: ChipView) -> list[str]:
    return [chip.mask.id for chip in chips if chip.mask is not None]


# -- suspicious masks -----------------------------------------------------------------------------


def test_calling_a_mask_fine_answers_all_of_it_in_one_act_and_goes_on(
    window: Window, chips: list[ChipView]
) -> None:
    first, second, _ = chips
    kinds = (SuspicionKind.MISSING, SuspicionKind.SHIFTED)
    note(
        window,
        *(suspicion(first, kind) for kind in kinds),
        unlabelled(first),
        suspicion(second, rank=0.5),
    )
    window.go_through(SUSPICIOUS)
    assert window.in_view == first.image.id
    window.session.call_fine()
    assert window.in_view == second.image.id
    window.settle()
    assert [act.changes for act in window.acts] == [2]
    assert window.catalog.count_suspicions() == (1, 1)
    assert mask_state(window, first) is State.OPEN
    window.session.undo()
    assert window.in_view == first.image.id
    assert window.catalog.count_suspicions() == (2, 1)
    window.session.forward()
    assert window.in_view == second.image.id
    window.session.back()
    window.session.redo()
    window.settle()
    assert window.catalog.queue(SUSPICIOUS) == masks_of(second)


def test_going_back_at_once_finds_the_mask_without_what_was_called_fine(
    window: Window, chips: list[ChipView]
) -> None:
    note(window, suspicion(chips[0]), suspicion(chips[1], rank=0.5))
    window.go_through(SUSPICIOUS)
    window.session.call_fine()
    window.session.back()
    assert window.in_view == chips[0].image.id
    assert window.session.chip is not None
    assert window.session.chip.suspicions == ()


def test_what_was_taken_back_is_not_passed_over(window: Window, chips: list[ChipView]) -> None:
    note(window, *(suspicion(chip, rank=1 - n / 4) for n, chip in enumerate(chips)))
    window.go_through(SUSPICIOUS)
    for _ in range(2):
        window.session.call_fine()
    for chip in (chips[1], chips[0]):
        window.session.undo()
        assert window.in_view == chip.image.id
    window.session.forward()
    assert window.in_view == chips[1].image.id


def test_where_nothing_is_suspicious_calling_it_fine_does_nothing_and_says_so(
    window: Window, chips: list[ChipView]
) -> None:
    note(window, unlabelled(chips[0]))
    window.session.show(chips[0].image.id)
    window.session.call_fine()
    assert window.in_view == chips[0].image.id
    assert window.told == [suspecting.NOTHING_SUSPICIOUS]
    assert window.catalog.counts()["acts"] == 0


def test_accepted_masks_are_asked_about_and_what_is_fine_is_passed_over(
    window: Window, chips: list[ChipView]
) -> None:
    for chip in chips:
        window.session.show(chip.image.id)
        window.session.accept()
    note(window, *(suspicion(chip, rank=1 - n / 4) for n, chip in enumerate(chips)))
    window.go_through(SUSPICIOUS)
    window.session.forward()
    window.session.call_fine()
    assert window.in_view == chips[2].image.id
    window.session.back()
    window.session.back()
    assert window.in_view == chips[0].image.id
    window.session.forward()
    assert window.in_view == chips[2].image.id


def test_what_a_later_audit_suspects_is_not_passed_over(
    window: Window, chips: list[ChipView]
) -> None:
    first, second, third = chips
    note(window, *(suspicion(chip) for chip in chips))
    window.go_through(SUSPICIOUS)
    for _ in chips:
        window.session.call_fine()
    later = [
        suspicion(chip, SuspicionKind.SPURIOUS, rank, audit="audit-2")
        for chip, rank in ((third, 0.9), (second, 0.8), (first, 0.7))
    ]
    note(window, *later)
    window.go_through(SUSPICIOUS)
    seen = [window.in_view]
    for _ in range(2):
        window.session.forward()
        seen.append(window.in_view)
    assert seen == [chip.image.id for chip in (third, second, first)]


SUSPICIOUS_FIRST = replace(SUSPICIOUS, only_suspicious=False)


@pytest.mark.parametrize("queue", [SUSPICIOUS, SUSPICIOUS_FIRST], ids=["only those", "first"])
def test_accepting_a_mask_among_suspicious_ones_calls_it_fine_in_the_same_act(
    window: Window, chips: list[ChipView], queue: QueueSpec
) -> None:
    first = chips[0]
    note(window, suspicion(first, rings=square(9, 9)), unlabelled(first))
    window.go_through(queue)
    window.session.accept()
    window.settle()
    assert [act.changes for act in window.acts] == [3]
    assert window.catalog.count_suspicions() == (0, 1)
    window.session.undo()
    assert mask_state(window, first) is State.OPEN
    assert window.catalog.count_suspicions() == (1, 1)


@pytest.mark.parametrize(
    "queue", [QueueSpec(), QueueSpec(Subject.MASK), OBJECTS], ids=["images", "masks", "objects"]
)
def test_accepting_anywhere_else_leaves_open_what_nobody_looked_for(
    window: Window, chips: list[ChipView], queue: QueueSpec
) -> None:
    note(window, suspicion(chips[0], rings=square(9, 9)), unlabelled(chips[0]))
    window.go_through(queue)
    window.session.show(chips[0].image.id)
    window.session.accept()
    window.settle()
    assert mask_state(window, chips[0]) is State.ACCEPTED
    assert window.catalog.count_suspicions() == (1, 1)


def test_a_mask_with_more_behind_what_was_called_fine_comes_again(
    window: Window, chips: list[ChipView]
) -> None:
    first, second, _ = chips
    spots = [suspicion(first, rank=1 - n / 10, rings=square(3 * n, 0)) for n in range(5)]
    note(window, *spots, suspicion(second, rank=0.8))
    window.go_through(SUSPICIOUS)
    window.session.call_fine()
    assert window.in_view == second.image.id
    window.settle()
    assert window.catalog.queue(SUSPICIOUS) == masks_of(second, first)
    window.go_through(SUSPICIOUS)
    window.session.forward()
    assert window.in_view == first.image.id
    assert window.session.chip is not None
    assert window.session.chip.suspicions == tuple(spots[3:])


def test_a_mask_whose_image_is_rejected_is_passed_over_until_that_is_undone(
    window: Window, chips: list[ChipView]
) -> None:
    first, second, _ = chips
    note(window, suspicion(first), suspicion(second, rank=0.5))
    window.go_through(SUSPICIOUS)
    window.session.reject_image("cloud")
    assert window.in_view == second.image.id
    window.session.back()
    window.session.forward()
    assert window.in_view == second.image.id
    window.settle()
    assert window.catalog.queue(SUSPICIOUS) == masks_of(second)
    window.session.undo()
    assert window.catalog.queue(SUSPICIOUS) == masks_of(first, second)


def test_objects_of_a_rejected_image_are_passed_over(window: Window, chips: list[ChipView]) -> None:
    a, b, c = ask_about_three(window, chips)
    window.session.reject_image("cloud")
    assert window.object == c
    window.settle()
    assert window.catalog.queue(OBJECTS) == [c.id]
    window.session.undo()
    assert window.catalog.queue(OBJECTS) == [a.id, b.id, c.id]


def test_an_object_that_somebody_paints_is_passed_over(
    window: Window, chips: list[ChipView]
) -> None:
    a, b, c = ask_about_three(window, chips)
    chosen = np.zeros((32, 32), np.bool_)
    for ring in b.rings:
        chosen |= pixels_of((ring,), chosen.shape)
    assert window.painter.set_pixels(MASK, "wand", chosen, VESSEL)
    window.settle()
    window.session.forward()
    assert window.object == c
    assert window.catalog.queue(OBJECTS) == [a.id, c.id]


def test_a_rejected_or_painted_mask_is_not_asked_about_any_more(
    window: Window, chips: list[ChipView]
) -> None:
    _, second, third = chips
    note(window, *(suspicion(chip, rank=1 - n / 4) for n, chip in enumerate(chips)))
    window.go_through(SUSPICIOUS)
    window.session.reject_mask("wrong")
    assert window.in_view == second.image.id
    chosen = np.zeros((32, 32), np.bool_)
    chosen[:2, :2] = True
    assert window.painter.set_pixels(MASK, "wand", chosen, VESSEL)
    window.session.forward()
    window.settle()
    assert window.catalog.queue(SUSPICIOUS) == masks_of(third)
    window.session.undo()
    window.session.forward()
    window.settle()
    assert window.catalog.queue(SUSPICIOUS) == masks_of(second, third)


def test_a_decision_that_cannot_be_written_is_told_and_its_mask_asked_about_again(
    threaded: Window, chips: list[ChipView], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = chips
    note(threaded, suspicion(first), suspicion(second, rank=0.5))
    threaded.go_through(SUSPICIOUS)

    def fail(*_: object) -> None:
        raise CatalogError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(threaded.catalog, "decide", fail)
        threaded.session.call_fine()
        threaded.settle()
    assert "the disk is full" in threaded.told
    assert threaded.in_view == first.image.id
    threaded.session.forward()
    threaded.session.back()
    threaded.session.call_fine()
    threaded.settle()
    assert threaded.catalog.count_suspicions() == (1, 0)


# -- unlabelled objects ---------------------------------------------------------------------------


def ask_about_three(window: Window, chips: list[ChipView]) -> list[SuspicionRecord]:
    """Note two objects of one chip and one of another, and begin to ask about them."""
    first, second, _ = chips
    records = [unlabelled(first, 0.9), unlabelled(first, 0.3, x=20), unlabelled(second, 0.6)]
    note(window, *records)
    window.go_through(OBJECTS)
    assert window.object == records[0]
    return records


def test_objects_of_a_chip_are_asked_about_without_reading_it_again(
    window: Window, chips: list[ChipView]
) -> None:
    a, b, c = ask_about_three(window, chips)
    window.session.answer(is_so=False)
    assert window.object == b
    assert window.loaded == []
    window.session.answer(is_so=False)
    assert window.object == c
    assert window.loaded == [chips[1].image.id]
    assert [id_ for id_ in window.asked if id_ is not None] == [b.id, c.id]
    window.session.answer(is_so=False)
    window.settle()
    assert window.session.progress == (3, 3)
    assert window.catalog.queue(OBJECTS) == []
    assert not np.any(window.stored(a.image_id).classes)


def test_no_is_taken_back_by_one_undo_which_shows_the_object(
    window: Window, chips: list[ChipView]
) -> None:
    a, b, c = ask_about_three(window, chips)
    for _ in range(2):
        window.session.answer(is_so=False)
    assert window.object == c
    window.session.undo()
    assert window.object == b
    window.session.undo()
    assert window.object == a
    window.session.redo()
    assert window.object == a
    window.session.forward()
    assert window.object == b
    assert window.catalog.queue(OBJECTS) == [c.id, b.id]


def test_yes_paints_the_object_in_one_act_with_the_answer(
    window: Window, chips: list[ChipView]
) -> None:
    a, b, c = ask_about_three(window, chips)
    window.session.answer(is_so=True, provenance=MODEL)
    assert window.object == b
    mask = window.stored(a.image_id)
    assert np.argwhere(mask.classes == VESSEL).tolist() == [[2, 2], [2, 3], [3, 2], [3, 3]]
    assert set(mask.provenance[mask.classes == VESSEL]) == {MODEL}
    assert [(act.changes, act.strokes) for act in window.acts] == [(1, 1)]
    assert window.catalog.queue(OBJECTS) == [c.id, b.id]
    window.session.undo()
    assert window.object == a
    assert not np.any(window.stored(a.image_id).classes)
    assert not np.any(window.painter.canvas(MASK).classes)
    assert window.catalog.queue(OBJECTS) == [a.id, b.id, c.id]
    window.session.redo()
    assert np.count_nonzero(window.stored(a.image_id).classes) == 4
    assert np.count_nonzero(window.painter.canvas(MASK).classes) == 4
    assert window.catalog.queue(OBJECTS) == [c.id, b.id]


def test_yes_to_several_objects_of_a_chip_makes_one_version_of_its_mask(
    window: Window, chips: list[ChipView]
) -> None:
    a, _, c = ask_about_three(window, chips)
    for _ in range(2):
        window.session.answer(is_so=True, provenance=MODEL)
    assert window.object == c
    window.settle()
    chip = window.catalog.chip(a.image_id)
    assert chip is not None
    assert chip.mask is not None
    assert (chip.mask.version, chip.mask.class_counts[VESSEL]) == (2, 8)
    for _ in range(2):
        window.session.undo()
    window.session.show(c.image_id)
    assert not np.any(window.stored(a.image_id).classes)
    assert len(window.catalog.queue(OBJECTS)) == 3


def test_what_a_person_painted_or_ignored_stays(window: Window, chips: list[ChipView]) -> None:
    records = ask_about_three(window, chips)
    for kind, (y, x), value in ((MASK, (2, 2), 0), (IGNORED, (3, 3), IGNORE)):
        chosen = np.zeros((32, 32), np.bool_)
        chosen[y, x] = True
        window.painter.set_pixels(kind, "wand", chosen, value)
    window.session.answer(is_so=True, provenance=MODEL)
    mask = window.stored(records[0].image_id)
    assert np.argwhere(mask.classes == VESSEL).tolist() == [[2, 3], [3, 2]]
    assert window.told == [suspecting.staying_in_words(2)]


def test_yes_where_nothing_is_left_to_paint_is_an_answer_nevertheless(
    window: Window, chips: list[ChipView]
) -> None:
    a, b, c = ask_about_three(window, chips)
    chosen = np.zeros((32, 32), np.bool_)
    chosen[2:4, 2:4] = True
    window.painter.set_pixels(MASK, "wand", chosen, VESSEL)
    window.session.answer(is_so=True, provenance=MODEL)
    window.settle()
    assert window.object == b
    assert window.catalog.queue(OBJECTS) == [c.id, b.id]
    assert window.told == []
    assert set(window.stored(a.image_id).provenance[2:4, 2:4].flat) == {Provenance.HUMAN}


def test_rejecting_the_mask_passes_over_its_other_objects_until_that_is_undone(
    window: Window, chips: list[ChipView]
) -> None:
    a, b, c = ask_about_three(window, chips)
    window.session.reject_mask("ruined")
    assert window.object == c
    window.session.undo()
    assert window.object in (a, b)
    window.settle()
    assert window.catalog.queue(OBJECTS) == [a.id, b.id, c.id]


def test_an_answer_can_be_changed_by_going_back(window: Window, chips: list[ChipView]) -> None:
    a, b, _ = ask_about_three(window, chips)
    window.session.answer(is_so=True, provenance=MODEL)
    window.session.back()
    assert window.object == a
    window.session.answer(is_so=False)
    assert window.object == b
    assert window.told == [suspecting.PAINTED_STAYS]
    assert np.count_nonzero(window.stored(a.image_id).classes) == 4
    window.session.undo()
    assert window.catalog.count_open(Subject.SUSPICION) == (2, 3)


def test_an_answer_where_no_object_is_asked_about_does_nothing(
    window: Window, chips: list[ChipView]
) -> None:
    note(window, unlabelled(chips[0]))
    window.session.answer(is_so=False)
    window.session.answer(is_so=True, provenance=MODEL)
    assert window.told == [suspecting.NO_OBJECT] * 2
    assert window.catalog.counts()["acts"] == 0


def test_yes_needs_to_know_whose_proposal_it_is(window: Window, chips: list[ChipView]) -> None:
    ask_about_three(window, chips)
    with pytest.raises(ValueError, match="model's number"):
        window.session.answer(is_so=True)


def test_yes_waits_for_the_chip_to_be_held(window: Window, chips: list[ChipView]) -> None:
    a, *_ = ask_about_three(window, chips)
    window.painter.chip = None
    window.session.answer(is_so=True, provenance=MODEL)
    assert window.object == a
    assert window.told == [suspecting.NOT_HELD]


def test_an_object_whose_pixels_could_not_be_kept_is_asked_about_again(
    threaded: Window, chips: list[ChipView], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, c = ask_about_three(threaded, chips)

    def fail(*_: object) -> None:
        raise CatalogError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(threaded.catalog.canvases, "paint", fail)
        threaded.session.answer(is_so=True, provenance=MODEL)
        threaded.settle()
    assert threaded.object == a
    assert threaded.catalog.queue(OBJECTS) == [a.id, b.id, c.id]
    threaded.session.look_again()
    threaded.session.answer(is_so=True, provenance=MODEL)
    threaded.settle()
    assert threaded.catalog.queue(OBJECTS) == [c.id, b.id]


def test_an_image_shown_from_elsewhere_asks_about_its_foremost_object(
    window: Window, chips: list[ChipView]
) -> None:
    a, _, c = ask_about_three(window, chips)
    window.session.show(c.image_id)
    assert window.object == c
    window.session.show(chips[2].image.id)
    assert window.session.suspicion is None
    window.session.answer(is_so=False)
    assert window.told == [suspecting.NO_OBJECT]
    window.session.show(a.image_id)
    assert window.object == a
    assert window.session.number == (1, 3)
    window.go_through(QueueSpec())
    assert window.session.suspicion is None


@pytest.mark.parametrize("is_threaded", [True, False], ids=["in threads", "at once"])
def test_a_bookmark_finds_the_object_again(
    project: Project, chips: list[ChipView], tmp_path: Path, is_threaded: bool
) -> None:
    post = Mail() if is_threaded else None
    before = Window(project, post)
    _, b, _ = ask_about_three(before, chips)
    before.session.forward()
    assert before.object == b
    path = tmp_path / "bookmarks" / "zoe.json"
    write_bookmark(path, before.session.bookmark)
    assert before.session.close()

    after = Window(project, post, read_bookmark(path))
    after.settle()
    assert after.object == b
    assert after.session.number == (2, 3)
    assert after.session.queue == replace(OBJECTS)
    assert after.session.close()


def test_a_bookmark_of_an_older_program_still_counts(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks" / "zoe.json"
    write_bookmark(path, Bookmark(QueueSpec(order=QueueOrder.DATE), "image"))
    text = path.read_text().replace(',"only_suspicious":false', "")
    path.write_text(text.replace(',"suspicion_id":null', ""))
    assert "suspic" not in path.read_text()
    assert read_bookmark(path).image_id == "image"


def test_a_mask_of_a_place_is_shown_by_the_image_that_it_is_suspected_by(tmp_path: Path) -> None:
    grounds = apart(2, mask_values=(0, 1))
    with open_project(make_project(tmp_path, grounds), write=True) as opened:
        chips = chips_of(opened.catalog)
        records = [suspicion(chip, rings=square()) for chip in (chips[1], chips[3])]
        opened.catalog.note_suspicions(records, [], "audit-1")
        session = ReviewSession(opened.catalog)
        session.set_queue(SUSPICIOUS)
        shown = set()
        for _ in records:
            assert session.chip is not None
            shown.add(session.chip.image.id)
            session.forward()
        assert shown == {record.image_id for record in records}
        session.close()
