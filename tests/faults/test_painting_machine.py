"""R3: any order of acts, undo, redo, restarts and imports agrees with a simple model.

Acts are strokes, decisions, accepted suggestions, and answers for unlabelled objects, of which a
yes paints and decides at once.

Real catalogs and mask files. A few hundred steps in the normal suite. ``S2LABEL_LONG=1 python -m
pytest tests/faults/test_painting_machine.py -s`` goes more than 10,000 and counts them; with
``S2LABEL_SEED=7`` other ones.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from s2label.canvases import CanvasKind
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.project import open_project
from s2label.types import Verdict
from tests.factories.answering import (
    OBJECT_PX,
    AnsweringModel,
    RealAnswering,
    assert_same_answers,
)
from tests.factories.painting import IGNORE, MASK, REFUSED
from tests.factories.painting_agreement import assert_same, compare
from tests.factories.painting_sources import SIDE_PX, MaskSources
from tests.factories.projects import import_grounds, make_project
from tests.faults.seeds import LONG, SEED

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2label.types import ClassTable
    from tests.factories.painting import Said

STEPS = 10_000 if LONG else 300
IMAGES = 4
# Few values and few places to paint, so that strokes meet, undo each other and come back.
MASK_VALUES = (0, 1, 2, 254, 255)
HUMAN, LEARNT, A_MODEL = 2, 3, 16

# Kind of canvas, pixels, class, provenance, and whether the screen has drawn it already.
Drawn = tuple[CanvasKind, list[int], int, int, bool]

says = st.tuples(st.sampled_from(Verdict), st.sampled_from(["", "cloud", 'décalé\n"2"']))
corners = st.integers(0, 3)


@st.composite
def footprints(draw: st.DrawFn) -> list[int]:
    """Return the pixels of a square, cut off at the border, some of them left out."""
    left, top, side = draw(corners) * 2, draw(corners) * 2, draw(st.sampled_from([1, 2, 4, 8]))
    rows, columns = range(top, min(top + side, SIDE_PX)), range(left, min(left + side, SIDE_PX))
    left_out = draw(st.sampled_from([0, 2, 3]))
    indices = [y * SIDE_PX + x for y in rows for x in columns]
    return [i for i in indices if not left_out or i % left_out] or indices


strokes = st.one_of(
    st.tuples(
        st.just(MASK),
        footprints(),
        st.sampled_from(MASK_VALUES),
        st.sampled_from([HUMAN, HUMAN, LEARNT, A_MODEL]),
        st.booleans(),
    ),
    st.tuples(
        st.just(IGNORE), footprints(), st.sampled_from([0, 255]), st.just(HUMAN), st.booleans()
    ),
)

proposals = st.builds(dict.fromkeys, footprints(), st.sampled_from([0, 1, 2]))


class PaintingMachine(RuleBasedStateMachine):
    """Drives a project and the model side by side and compares them after every step."""

    classes: ClassVar[ClassTable]
    steps: ClassVar[int] = 0
    acts: ClassVar[int] = 0
    answers: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory(prefix="s2label-painting-")
        self.opened = ExitStack()
        self.sources = MaskSources()
        self.audits = 0

    # -- the project ---------------------------------------------------------------------------

    @initialize()
    def make(self) -> None:
        """Import two places with two dates each; the second has no mask."""
        make_project(Path(self.temporary.name), self.sources.grounds(), self.classes)
        self._open()
        self.model = AnsweringModel(self.project)
        self._import_into_model()
        self.look(0)

    @property
    def folder(self) -> Path:
        """The project's folder."""
        return Path(self.temporary.name) / "project"

    def _open(self) -> None:
        self.project = self.opened.enter_context(open_project(self.folder, write=True))
        self.real = RealAnswering(self.project)

    def _import_into_model(self) -> None:
        for ref, pixels in self.sources.masks(self.project).items():
            self.model.import_again(ref, pixels)

    # -- painting ------------------------------------------------------------------------------

    @property
    def has_view(self) -> bool:
        """Whether a chip is in view."""
        return self.model.view is not None

    @rule(number=st.integers(0, IMAGES - 1))
    def look(self, number: int) -> None:
        """Look at another chip, or the same again."""
        self.model.look(number)
        self.real.look(number)

    @precondition(lambda self: self.has_view)
    @rule(drawn=st.lists(strokes, min_size=1, max_size=4))
    def paint(self, drawn: list[Drawn]) -> None:
        """Paint with a brush, or set pixels as a wand does, a few times."""
        for kind, chosen, value, by, is_drawn in drawn:
            expected = self.model.paint(kind, chosen, value, by, drawn=is_drawn)
            assert self.real.paint(kind, chosen, value, by, drawn=is_drawn) is expected

    @rule(number=st.integers(0, IMAGES - 1), drawn=st.lists(strokes, min_size=1, max_size=4))
    def look_and_paint(self, number: int, drawn: list[Drawn]) -> None:
        """Go on to the next chip and paint it, as most of a day goes."""
        self.look(number)
        self.paint(drawn)

    @rule(number=st.integers(0, IMAGES - 1), drawn=st.lists(strokes, min_size=1, max_size=4))
    def crash_while_painting(self, number: int, drawn: list[Drawn]) -> None:
        """Close the project without settling what was painted, and open it again."""
        self.look_and_paint(number, drawn)
        self.reopen(early=True)

    @precondition(lambda self: self.has_view)
    @rule(kind=st.sampled_from(CanvasKind), chosen=footprints())
    def paint_what_is_there(self, kind: CanvasKind, chosen: list[int]) -> None:
        """Paint every pixel with the class that it has."""
        expected = self.model.paint(kind, chosen, None, HUMAN, drawn=True)
        assert self.real.paint(kind, chosen, None, HUMAN, drawn=True) is expected

    @precondition(lambda self: self.has_view)
    @rule(word=st.sampled_from(["rest", "clear"]))
    def fill(self, word: str) -> None:
        """Call the rest background, or take all labels away."""
        expected = getattr(self.model, word)()
        assert getattr(self.real, word)() is expected

    @rule()
    def leave(self) -> None:
        """Settle what was painted, and stay."""
        self.model.leave()
        self.real.leave()

    # -- what a model says ---------------------------------------------------------------------

    @precondition(lambda self: self.has_view)
    @rule(proposed=proposals, value=st.none() | st.sampled_from([0, 1, 2]))
    def accept(self, proposed: dict[int, int], value: int | None) -> None:
        """Take over what is proposed, or one class of it."""
        expected = self.model.accept(proposed, value)
        assert self.real.accept(proposed, value) is expected

    @rule(number=st.integers(0, IMAGES - 1), drawn=strokes, proposed=proposals)
    def paint_and_accept(self, number: int, drawn: Drawn, proposed: dict[int, int]) -> None:
        """Paint a chip, and take over the rest of what is proposed for it."""
        self.look_and_paint(number, [drawn])
        self.accept(proposed, None)

    @rule(number=st.integers(0, IMAGES - 1), x=corners, y=corners, is_so=st.booleans())
    def suspect(self, number: int, x: int, y: int, *, is_so: bool) -> None:
        """Audit the mask of an image: an object may lie there, and somebody answers for it."""
        self.audits += 1
        x, y = x * OBJECT_PX, y * OBJECT_PX
        object_id = self.real.suspect(number, x, y, f"audit-{self.audits}")
        if object_id is not None:
            self.model.suspect(object_id, number, x, y)
            self.answer(len(self.model.objects) - 1, is_so=is_so)

    @rule(which=st.integers(0, 10_000), is_so=st.booleans())
    def answer(self, which: int, *, is_so: bool) -> None:
        """Look at an object, of the last audit or another, and say whether it is one."""
        if not self.model.objects:
            return
        object_id = list(self.model.objects)[which % len(self.model.objects)]
        if self.model.view != self.model.objects[object_id][0]:
            self.look(self.model.objects[object_id][0])
        expected = self.model.answer(object_id, is_so=is_so)
        type(self).answers += expected
        assert self.real.answer(object_id, is_so=is_so) is expected

    # -- decisions, undo, redo -----------------------------------------------------------------

    @precondition(lambda self: self.has_view)
    @rule(image=st.none() | says, mask=st.none() | says)
    def decide(self, image: Said | None, mask: Said | None) -> None:
        """Decide on the image in view, its mask, or both."""
        expected = self.model.decide(image, mask)
        assert self.real.decide(image, mask) is expected

    @rule(show=st.booleans())
    def undo(self, *, show: bool) -> None:
        """Take the last act back, if there is one; it always fits."""
        expected = self.model.undo(show=show)
        assert expected != REFUSED
        assert self.real.undo(show=show) is expected

    @rule(show=st.booleans())
    def redo(self, *, show: bool) -> None:
        """Do it again, if there is something; refused where its source has changed."""
        expected = self.model.redo(show=show)
        assert self.real.redo(show=show) == expected

    @rule(count=st.integers(2, 6), show=st.booleans(), leaves=st.booleans())
    def undo_and_redo_several(self, count: int, *, show: bool, leaves: bool) -> None:
        """Go back and forth across chips."""
        for _ in range(count):
            self.undo(show=show)
        if leaves:
            self.leave()
        for _ in range(count - 1):
            self.redo(show=show)

    # -- restarts and imports ------------------------------------------------------------------

    @rule(early=st.booleans())
    def reopen(self, *, early: bool) -> None:
        """Close the project and open it again, as after a crash where it ended early."""
        left = set() if not early else set(self.model.pending)
        if not early:
            self.real.leave()
        self.opened.close()
        self._open()
        told = [" ".join(line.split()[:2]) for line in self.project.recovered]
        assert sorted(told) == sorted(f"{ref.kind} {ref.id}:" for ref in left)
        self.model.leave()
        self.model.view = None

    @rule(changed=st.sets(st.integers(0, 1)))
    def import_again(self, changed: set[int]) -> None:
        """Import the sources again, some of which changed, or changed back."""
        self.leave()
        self.sources.change(changed)
        if self.sources.would_strand_strokes(self.project, self.model):
            self.sources.change(changed)
            return
        import_grounds(self.project, self.folder.parent / "sources", self.sources.grounds())
        self._import_into_model()
        if self.model.view is not None:
            self.look(self.model.view)

    # -- comparing -----------------------------------------------------------------------------

    @invariant()
    def agrees(self) -> None:
        """Compare every pixel, state, version and act."""
        if not hasattr(self, "model"):
            return
        type(self).steps += 1
        assert compare(self.project, self.model) == []
        assert_same_answers(self.folder, self.model)
        if self.model.view is not None:
            for kind in CanvasKind:
                assert_same(self.real.painter.canvas(kind), self.model.canvas(kind))

    def teardown(self) -> None:
        """Throw the project away."""
        if hasattr(self, "model"):
            type(self).acts += self.model.acts
        self.opened.close()
        self.temporary.cleanup()


class StaticMachine(PaintingMachine):
    """Masks that all dates of a place share."""

    classes = LANDCOVERNET


class MovingMachine(PaintingMachine):
    """A mask of its own for each date."""

    classes = VESSELS


def test_one_undo_takes_back_an_answer_with_its_pixels_among_other_acts() -> None:
    machine = MovingMachine()
    machine.make()
    square = dict.fromkeys([0, 1, SIDE_PX, SIDE_PX + 1], 1)
    acts: list[Callable[[], object]] = [
        lambda: machine.paint([(MASK, [0, SIDE_PX], 2, HUMAN, True)]),
        lambda: machine.accept(square, None),  # the pixels painted by hand stay
        lambda: machine.fill("clear"),
        lambda: machine.paint([(IGNORE, [1], 255, HUMAN, True)]),
        lambda: machine.suspect(0, 0, 0, is_so=True),
        lambda: machine.decide((Verdict.REJECT, "cloud"), None),
        lambda: machine.answer(0, is_so=False),
    ]
    for act in acts:
        act()
        machine.agrees()
    for step in [machine.undo] * 7 + [machine.redo] * 7:
        step(show=True)
        machine.agrees()
    assert machine.model.answer_to(next(iter(machine.model.objects))) is Verdict.REJECT
    machine.teardown()


TestStatic = seed(SEED)(StaticMachine).TestCase
TestMoving = seed(SEED)(MovingMachine).TestCase
TestStatic.settings = TestMoving.settings = settings(
    max_examples=130 if LONG else 4,
    stateful_step_count=60 if LONG else 50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_there_were_as_many_steps_as_promised() -> None:
    steps, acts, answers = (
        getattr(StaticMachine, name) + getattr(MovingMachine, name)
        for name in ("steps", "acts", "answers")
    )
    print(f"{steps} steps with {acts} acts, {answers} of them answers, agreed with the model")
    assert steps >= STEPS
