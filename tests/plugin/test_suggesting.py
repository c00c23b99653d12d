"""What is suggested for which chip, when it is asked for, and what is accepted; no window."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari_s2label.acceptance import Acceptance
from napari_s2label.model_choice import IN_USE, STROKES, SuggestSettings
from napari_s2label.parts import suggest_words
from napari_s2label.suggesting import Suggesting
from napari_s2label.suggestion_picture import SuggestionPicture

from s2label.canvases import CanvasKind
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.painting.canvas import canvas_of, read_canvas
from s2label.painting.painter import Painter
from s2label.project import Project, open_project
from s2label.review.session import ReviewSession
from s2label.suggestions import STROKES_MODEL, Suggestion
from s2label.types import NOT_LABELLED, Provenance
from tests.factories.projects import apart, make_project
from tests.factories.suggesting import SlowWorker, put_in_use, square, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

MASK, IGNORE = CanvasKind.MASK, CanvasKind.IGNORE
MODEL = "tiny-1"


@dataclass
class Room:
    """Somebody reviews a project and is suggested to; chips are on the screen when `draw` says."""

    project: Project
    session: ReviewSession
    painter: Painter
    settings: SuggestSettings = field(default_factory=SuggestSettings)
    workers: list[SlowWorker] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    changes: list[bool] = field(default_factory=list)
    keeps_others: bool = False
    is_busy: bool = False
    put_off: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.suggesting = Suggesting(
            self.project,
            self.session,
            self.painter,
            self._start_worker,
            self.settings,
            self._do_later,
        )
        self.acceptance = Acceptance(self.suggesting, self.painter, lambda: self.keeps_others)
        for tells in (self.suggesting, self.acceptance):
            tells.told.connect(self._on_told)
        self.suggesting.changed.connect(self._on_changed)

    def _do_later(self, do: Callable[[], None]) -> None:
        if self.is_busy:
            self.put_off.append(do)
        else:
            do()

    def _start_worker(self) -> SlowWorker:
        self.workers.append(SlowWorker())
        return self.workers[-1]

    def _on_told(self, text: str) -> None:
        self.told.append(text)

    def _on_changed(self) -> None:
        self.changes.append(self.suggesting.shown is not None)

    @property
    def worker(self) -> SlowWorker:
        return self.workers[-1]

    @property
    def image(self) -> str:
        assert self.session.chip is not None
        return self.session.chip.image.id

    def draw(self) -> None:
        """Bring the chip of the session onto the screen."""
        chip = self.session.chip
        assert chip is not None
        refs = [canvas_of(chip, kind, self.project.classes.lifetime) for kind in CanvasKind]
        self.painter.look_at(chip, *(read_canvas(self.project, ref) for ref in refs))

    def go_on(self) -> None:
        self.session.forward()
        self.draw()

    def answer(self, model: str = MODEL, image: str = "", threshold: float = 0.5) -> Suggestion:
        made = suggestion(image or self.image, model, threshold)
        self.worker.answer(made)
        return made

    def paint(self) -> None:
        self.painter.set_pixels(MASK, "brush", square(20, 22), 1)

    @property
    def ahead(self) -> list[str]:
        return [asked.image_id for asked in self.worker.asked if not asked.urgent]

    @property
    def urgent(self) -> list[tuple[str, str]]:
        return [(asked.image_id, asked.model) for asked in self.worker.asked if asked.urgent]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project of six places with two dates each, all background."""
    return make_project(tmp_path, apart(6, mask_values=(0,)), VESSELS)


@pytest.fixture
def bare(folder: Path) -> Iterator[Room]:
    """Return a room without any model, its first chip on the screen."""
    with open_project(folder, write=True) as project:
        session = ReviewSession(project.catalog)
        painter = Painter(project, session.ledger)
        session.take_painter(painter)
        room = Room(project, session, painter)
        room.draw()
        yield room
        room.suggesting.close()
        session.close()


@pytest.fixture
def room(bare: Room, folder: Path) -> Room:
    """Return a room with a model in use."""
    put_in_use(folder, MODEL)
    bare.suggesting.models.refresh()
    return bare


# -- asking and showing ---------------------------------------------------------------------------


def test_a_suggestion_is_asked_for_and_shown_when_it_comes(room: Room) -> None:
    room.suggesting.toggle()
    assert room.urgent == [(room.image, MODEL)]
    assert room.suggesting.status == suggest_words.THINKING

    made = room.answer()

    assert room.suggesting.shown is made
    assert room.suggesting.status == "vessel: 1 object, 16 px"
    assert room.told == [suggest_words.THINKING, "vessel: 1 object, 16 px"]


def test_the_key_hides_it_and_shows_it_again_without_asking(room: Room) -> None:
    room.suggesting.toggle()
    room.answer()
    room.suggesting.toggle()
    assert room.suggesting.shown is None
    room.suggesting.toggle()
    assert room.suggesting.shown is not None
    assert room.changes == [True, False, True]
    assert room.urgent == []


def test_pressed_again_while_it_thinks_nothing_is_asked_twice(room: Room) -> None:
    room.suggesting.toggle()
    room.suggesting.toggle()
    assert len(room.urgent) == 1


def test_another_chip_hides_it_at_once_and_its_late_answer_is_kept(room: Room) -> None:
    first = room.image
    room.suggesting.toggle()
    room.session.forward()
    room.answer(image=first)
    assert room.suggesting.shown is None
    room.draw()
    assert room.suggesting.shown is None

    room.session.back()
    room.draw()
    room.suggesting.toggle()

    assert room.suggesting.shown is not None
    assert room.suggesting.shown.image_id == first
    room.session.forward()
    assert room.suggesting.shown is None, "hidden before the next chip is drawn"


def test_asked_before_the_chip_is_drawn_it_is_shown_with_it(room: Room) -> None:
    room.session.forward()
    room.suggesting.toggle()
    made = room.answer()
    assert room.suggesting.shown is None
    room.draw()
    assert room.suggesting.shown is made


def test_without_a_model_one_line_says_what_to_do(bare: Room) -> None:
    bare.suggesting.toggle()
    assert bare.told == [suggest_words.NO_MODEL]
    assert bare.workers == []


def test_without_a_model_what_was_painted_suggests(bare: Room) -> None:
    bare.paint()
    bare.suggesting.toggle()
    assert bare.urgent == [(bare.image, STROKES_MODEL)]


def test_an_error_is_said_and_ends_the_waiting(room: Room) -> None:
    room.suggesting.toggle()
    number = room.worker.asked[0].number
    room.worker.failed.emit(number, "the model wants band B11, which this image lacks")
    assert room.told[-1] == "the model wants band B11, which this image lacks"
    assert room.suggesting.status == room.told[-1]
    room.suggesting.toggle()
    assert len(room.urgent) == 2, "it may be asked again"


def test_an_error_about_a_chip_that_was_left_is_not_said(room: Room) -> None:
    room.suggesting.toggle()
    number = room.worker.asked[0].number
    room.go_on()
    room.told.clear()
    room.worker.failed.emit(number, "no such file")
    assert room.told == []


def test_a_worker_that_dies_is_said_and_asked_again(room: Room) -> None:
    room.suggesting.toggle()
    room.worker.died.emit("the worker ended; press S again")
    assert room.told[-1] == "the worker ended; press S again"
    room.suggesting.toggle()
    assert room.told[-1] == suggest_words.THINKING
    assert len(room.workers) == 1, "it starts itself again"


def test_a_worker_that_dies_while_it_is_asked_can_be_asked_again(room: Room) -> None:
    room.suggesting.toggle()
    room.answer()
    room.go_on()
    ask = room.worker.ask_suggestion

    def die(*question: Any, **how: Any) -> int:
        room.worker.ask_suggestion = ask  # type: ignore[method-assign]
        room.worker.died.emit("no process can be made")
        return ask(*question, **how)

    room.worker.ask_suggestion = die  # type: ignore[method-assign]
    room.suggesting.toggle()
    assert room.suggesting.status == "no process can be made"

    room.worker.asked.clear()
    room.suggesting.toggle()
    assert room.urgent == [(room.image, MODEL)]


def test_an_answer_of_another_size_is_not_shown(room: Room) -> None:
    room.suggesting.toggle()
    likely = np.zeros((2, 5, 5), np.uint8)
    room.worker.answer(Suggestion(room.image, MODEL, 16, (0, 1), likely))
    assert room.suggesting.shown is None
    assert room.told[-1] == suggest_words.OTHER_SIZE


# -- ahead ----------------------------------------------------------------------------------------


def test_nothing_is_asked_ahead_before_anybody_wants_suggestions(room: Room) -> None:
    for _ in range(3):
        room.go_on()
    assert room.workers == []


def test_once_the_answer_to_the_key_is_drawn_the_next_four_are_asked_ahead(room: Room) -> None:
    room.is_busy = True
    room.suggesting.toggle()
    room.answer()
    assert room.ahead == [], "the network would take the processor from the drawing"
    for do in room.put_off:
        do()
    room.is_busy = False
    assert room.ahead == room.session.coming_images()[:4]
    room.go_on()
    assert set(room.session.coming_images()[:4]) <= set(room.ahead)


def test_what_was_asked_ahead_is_not_asked_twice_and_what_was_passed_is_dropped(
    room: Room,
) -> None:
    coming = room.session.coming_images()
    room.suggesting.toggle()
    room.go_on()
    room.go_on()
    room.go_on()
    asked = room.ahead
    assert len(asked) == len(set(asked))
    assert coming[0] not in asked
    assert coming[1] not in asked


def test_the_key_on_a_chip_asked_ahead_shows_it_at_once(room: Room) -> None:
    room.suggesting.toggle()
    coming = room.session.coming_images()[0]
    prepared: list[tuple[Suggestion, float]] = []
    room.suggesting.prepared.connect(lambda *which: prepared.append(which))
    made = room.answer(image=coming, threshold=0.4)
    assert prepared == [(made, 0.4)]
    room.go_on()

    room.suggesting.toggle()

    assert room.suggesting.shown is made
    assert (coming, MODEL) not in room.urgent


def test_some_chips_after_the_last_key_nothing_is_asked_ahead_any_more(room: Room) -> None:
    room.suggesting.toggle()
    for _ in range(7):
        room.go_on()
    room.worker.asked.clear()
    room.session.show(room.project.catalog.image_ids()[0])
    room.draw()
    assert room.ahead == []


def test_by_themselves_suggestions_come_with_the_chip(room: Room) -> None:
    room.suggesting.shows_itself = True
    room.answer()
    coming = room.session.coming_images()[0]
    made = room.answer(image=coming)
    room.told.clear()
    room.go_on()
    assert room.suggesting.shown is made
    room.go_on()
    assert room.told == [], "nobody pressed a key"
    assert room.suggesting.status == suggest_words.THINKING
    assert room.urgent[-1] == (room.image, MODEL)


def test_by_themselves_suggestions_come_again_with_a_chip_one_goes_back_to(room: Room) -> None:
    room.suggesting.shows_itself = True
    made = room.answer()

    room.session.forward()  # and back before that one was drawn
    assert room.suggesting.shown is None
    room.session.back()

    assert room.suggesting.shown is made


def test_what_somebody_hid_stays_hidden_when_the_chip_is_decided(room: Room) -> None:
    room.suggesting.shows_itself = True
    room.answer()
    room.suggesting.toggle()
    room.session.look_again()
    assert room.suggesting.shown is None


# -- which model ----------------------------------------------------------------------------------


def test_whether_anybody_painted_is_asked_without_reading_all_strokes(
    bare: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_strokes() -> list[str]:
        raise AssertionError("a project of years has a million")

    monkeypatch.setattr(bare.project.catalog.canvases, "painted_images", all_strokes)
    bare.painter.set_pixels(IGNORE, "ignore", square(2, 3), 255)
    bare.session.ledger.flush()
    assert bare.suggesting.models.model == ""

    bare.paint()
    bare.session.ledger.flush()
    assert bare.suggesting.models.model == STROKES_MODEL


def test_a_model_that_comes_into_use_answers_who_waits_for_the_one_before(
    room: Room, folder: Path
) -> None:
    room.suggesting.toggle()
    put_in_use(folder, "tiny-2")
    room.suggesting.models.refresh()
    assert room.urgent[-1] == (room.image, "tiny-2")
    made = room.answer("tiny-2")
    assert room.suggesting.shown is made


def test_a_model_that_comes_into_use_is_asked_from_then_on(room: Room, folder: Path) -> None:
    room.suggesting.toggle()
    room.answer()
    room.suggesting.toggle()
    put_in_use(folder, "tiny-2")
    room.suggesting.toggle()
    assert room.urgent[-1] == (room.image, "tiny-2")


def test_a_wish_is_kept_and_shows_what_the_other_model_suggests(room: Room) -> None:
    room.paint()
    room.suggesting.toggle()
    room.answer()
    room.suggesting.models.wish(STROKES)
    assert room.urgent[-1] == (room.image, STROKES_MODEL)
    made = room.answer(STROKES_MODEL)
    assert room.suggesting.shown is made
    assert room.settings.wish == STROKES
    room.suggesting.models.wish(IN_USE)
    assert room.suggesting.shown is not None
    assert room.suggesting.shown.model == MODEL


def test_learning_forgets_what_the_strokes_said_before_and_suggests_anew(room: Room) -> None:
    room.paint()
    room.suggesting.models.wish(STROKES)
    room.suggesting.toggle()
    old = room.answer(STROKES_MODEL)

    room.suggesting.learn()
    assert room.suggesting.status == suggest_words.LEARNING
    room.worker.learnt.emit({"chips": 3, "pixels": {"background": 1200, "vessel": 40}})

    assert "learnt from 3 chips, 1,240 px" in room.told
    assert room.suggesting.models.chosen == STROKES
    assert room.suggesting.shown is None
    assert room.urgent[-1] == (room.image, STROKES_MODEL)
    assert room.answer(STROKES_MODEL) is room.suggesting.shown is not old


def test_learning_from_too_little_is_said(bare: Room) -> None:
    bare.suggesting.learn()
    bare.worker.fail("only vessel is painted so far; paint some background too")
    assert bare.told[-1] == "only vessel is painted so far; paint some background too"


def test_a_stroke_under_way_is_learnt_from_too(bare: Room) -> None:
    order: list[str] = []
    bare.painter.interrupted.connect(lambda: order.append(f"learnt {len(bare.workers)} times"))
    bare.suggesting.learn()
    assert order == ["learnt 0 times"]


def test_a_damaged_history_of_models_is_said(room: Room, folder: Path) -> None:
    (folder / "models" / "in_use.json").write_text("{")
    room.suggesting.toggle()
    assert "in_use.json" in room.told[-1]
    assert room.suggesting.shown is None


def test_the_model_in_use_is_loaded_before_it_is_asked(room: Room) -> None:
    room.suggesting.warm_up()
    assert room.worker.loaded == [MODEL]


def test_closing_ends_the_worker_and_asks_no_more(room: Room) -> None:
    room.suggesting.toggle()
    room.answer()
    room.suggesting.close()
    assert room.worker.is_closed
    assert room.suggesting.shown is None
    room.go_on()
    assert len(room.workers) == 1


def test_nothing_is_asked_ahead_for_a_project_that_was_closed_meanwhile(room: Room) -> None:
    room.suggesting.toggle()
    room.is_busy = True
    room.go_on()
    room.suggesting.close()
    for do in room.put_off:
        do()
    assert len(room.workers) == 1


# -- the threshold --------------------------------------------------------------------------------


def test_a_model_has_its_own_threshold_until_somebody_sets_one(room: Room) -> None:
    room.suggesting.toggle()
    room.answer(threshold=0.2)
    assert room.suggesting.threshold == 0.2
    assert room.suggesting.status == "vessel: 1 object, 20 px"
    room.suggesting.step_threshold(0.15)
    assert room.suggesting.threshold == 0.35
    assert room.told[-1] == "threshold 0.35: vessel: 1 object, 16 px"
    room.go_on()
    room.suggesting.toggle()
    room.answer(threshold=0.2)
    assert room.suggesting.threshold == 0.35, "for the next chip as well"


@pytest.mark.parametrize(("step", "expected"), [(5.0, 0.99), (-5.0, 0.01)])
def test_the_threshold_stays_within_bounds(room: Room, step: float, expected: float) -> None:
    room.suggesting.step_threshold(step)
    assert room.suggesting.threshold == expected


# -- accepting ------------------------------------------------------------------------------------


def shown(room: Room, threshold: float = 0.5) -> Suggestion:
    room.suggesting.toggle()
    return room.answer(threshold=threshold)


def test_all_is_accepted_but_what_a_person_painted(room: Room) -> None:
    room.painter.set_pixels(MASK, "brush", square(2, 4), 0)
    shown(room)

    room.acceptance.accept_all()

    mask = room.painter.canvas(MASK)
    accepted = square(2, 6) & ~square(2, 4)
    assert np.array_equal(mask.classes == 1, accepted)
    assert set(mask.provenance[accepted]) == {Provenance.FIRST_MODEL}
    assert room.told[-1] == "12 px of 1 class accepted; 4 px painted by hand stay"
    assert room.suggesting.shown is None
    room.session.undo()
    assert not (room.painter.canvas(MASK).classes == 1).any()


def test_one_class_is_accepted_and_the_suggestion_stays(room: Room) -> None:
    room.painter.set_pixels(MASK, "clear", square(0, 32), NOT_LABELLED)
    shown(room)
    room.acceptance.accept_class(1)
    assert np.array_equal(room.painter.canvas(MASK).classes == 1, square(2, 6))
    assert (room.painter.canvas(MASK).classes[~square(2, 6)] == NOT_LABELLED).all()
    assert room.suggesting.shown is not None


def test_an_object_is_accepted_where_one_points(room: Room) -> None:
    shown(room)
    room.acceptance.accept_object(20, 20)
    assert room.told[-1] == suggest_words.NO_OBJECT
    room.acceptance.accept_object(3, 5)
    assert np.array_equal(room.painter.canvas(MASK).classes == 1, square(2, 6))
    assert room.suggesting.shown is not None


def test_the_threshold_decides_what_is_accepted(room: Room) -> None:
    shown(room, threshold=0.25)
    room.acceptance.accept_all()
    assert np.count_nonzero(room.painter.canvas(MASK).classes == 1) == 20


def test_nothing_is_accepted_while_nothing_is_shown(room: Room) -> None:
    room.acceptance.accept_all()
    room.acceptance.accept_class(1)
    room.acceptance.accept_object(3, 3)
    assert room.told == [suggest_words.NOTHING_SHOWN] * 3
    assert room.project.catalog.next_undo() is None


def test_what_is_ignored_in_the_image_stays(room: Room) -> None:
    room.painter.set_pixels(IGNORE, "ignore", square(2, 3), 255)
    shown(room)
    room.acceptance.accept_all()
    assert np.array_equal(room.painter.canvas(MASK).classes == 1, square(2, 6) & ~square(2, 3))


def test_other_classes_stay_while_they_are_left_alone(room: Room) -> None:
    room.painter.keep(MASK, "import", *_as_stroke(square(2, 3), 7), Provenance.IMPORTED)
    room.keeps_others = True
    shown(room)
    room.acceptance.accept_all()
    classes = room.painter.canvas(MASK).classes
    assert np.array_equal(classes == 7, square(2, 3))
    assert np.array_equal(classes == 1, square(2, 6) & ~square(2, 3))


def test_what_is_kept_out_is_said_and_the_suggestion_stays(room: Room) -> None:
    everything = square(0, 32)
    room.painter.keep(MASK, "import", *_as_stroke(everything, 7), Provenance.IMPORTED)
    room.painter.set_pixels(IGNORE, "ignore", square(20, 21), 255)
    shown(room)

    room.keeps_others = True
    room.acceptance.accept_all()
    assert room.told[-1] == (
        "nothing accepted; 1,024 px are ignored or of other classes ({keep_others})"
    )
    assert room.suggesting.shown is not None

    room.keeps_others = False
    room.acceptance.accept_all()
    assert room.told[-1] == "1,023 px of 2 classes accepted; 1 px are ignored"
    assert room.suggesting.shown is None


def test_a_suggestion_that_says_what_the_mask_says_is_hidden(room: Room) -> None:
    room.painter.keep(MASK, "import", *_as_stroke(square(2, 6), 1), Provenance.IMPORTED)
    shown(room)
    room.acceptance.accept_all()
    assert room.told[-1] == "nothing accepted: the mask says the same"
    assert room.suggesting.shown is None


def test_a_class_that_is_proposed_nowhere_is_said_to_be(room: Room) -> None:
    shown(room)
    room.acceptance.accept_class(7)
    assert room.told[-1] == suggest_words.NOT_PROPOSED


def _as_stroke(
    chosen: NDArray[np.bool_], value: int
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    indices = np.flatnonzero(chosen).astype(np.uint32)
    return indices, np.full(indices.shape, value, np.uint8)


def test_the_brush_is_offered_what_may_be_accepted(room: Room) -> None:
    assert (room.acceptance.offer().classes == NOT_LABELLED).all()
    room.painter.set_pixels(MASK, "brush", square(2, 3), 0)
    shown(room)
    offer = room.acceptance.offer()
    assert np.array_equal(offer.classes == 1, square(2, 6) & ~square(2, 3))
    assert offer.provenance == Provenance.FIRST_MODEL


# -- pictures and words ---------------------------------------------------------------------------


def test_a_picture_is_solid_where_proposed_faint_below_and_clear_elsewhere() -> None:
    picture = SuggestionPicture(suggestion("i"), {1: (255, 0, 0)})

    drawn = picture.draw(0.5)

    assert drawn.shape == (32, 32, 4)
    inside, rim, faint, clear = drawn[3, 3], drawn[2, 2], drawn[6, 3], drawn[20, 20]
    assert tuple(inside[:3]) == (255, 0, 0)
    assert clear[3] == 0 < faint[3] < inside[3] < rim[3]
    assert rim[1] > 0, "the rim is brighter"
    assert picture.draw(0.3)[6, 3, 3] == rim[3], "now it is proposed"


def test_every_class_of_a_picture_has_its_colour() -> None:
    likely = np.zeros((3, 9, 9), np.uint8)
    likely[1, :, :5], likely[2, :, 5:] = 200, 180
    both = Suggestion("i", "m", 16, (3, 7, 9), likely)
    drawn = SuggestionPicture(both, {7: (0, 200, 0), 9: (0, 0, 200)}).draw(0.5)
    assert tuple(drawn[4, 2, :3]) == (0, 200, 0)
    assert tuple(drawn[4, 7, :3]) == (0, 0, 200)


def test_shares_are_told_where_classes_cover_all() -> None:
    proposed = np.full((10, 10), 1, np.uint8)
    proposed[:2] = 5
    names = {c.value: c.name for c in LANDCOVERNET.classes}
    assert suggest_words.proposal(proposed, LANDCOVERNET) == f"{names[1]} 80 %, {names[5]} 20 %"


@pytest.mark.parametrize(
    ("classes", "staying", "words"),
    [
        ([1] * 12, 0, "12 px of 1 class accepted"),
        ([1, 0, 0], 3, "3 px of 2 classes accepted; 3 px painted by hand stay"),
        ([], 2, "nothing accepted; 2 px painted by hand stay"),
        ([], 0, "nothing accepted: the mask says the same"),
    ],
)
def test_what_was_accepted_is_said(classes: list[int], staying: int, words: str) -> None:
    assert suggest_words.accepted(np.array(classes, np.uint8), staying) == words


def test_what_a_job_brought_is_said() -> None:
    result = {"model": "m", "images": 5, "suggested": 3, "kept": 1, "refused": {"lacks B11": 1}}
    report = suggest_words.suggested_report(result)
    assert report.words.splitlines() == [
        "Suggested for 3 chips.",
        "1 chip had a suggestion already.",
        "1 chip without: lacks B11",
    ]
