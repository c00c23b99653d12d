"""R3: any order of decisions, undo, redo, restarts and changed sources agrees with a simple model.

Suspicions are decided on like images and masks, while audits come and go and somebody paints.

A few hundred steps in the normal suite. ``S2LABEL_LONG=1 python -m pytest
tests/faults/test_timeline_machine.py -s`` runs 250 programs of up to 60 steps, more than 10,000
in all (about three minutes), and counts them; with ``S2LABEL_SEED=7`` other ones.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from s2label.canvases import CanvasKind, CanvasRef, StrokeRecord
from s2label.painting.stroke import Stroke
from s2label.suspicions import SuspicionKind, SuspicionRecord, pixels_of
from s2label.types import STATE_OF_VERDICT, Decision, Subject, Verdict
from tests.factories.catalog import (
    chip_record,
    merge,
    new_catalog,
    open_again,
    states,
)
from tests.factories.suspicions import (
    OBJECTS,
    SUSPICIOUS,
    chips_of,
    square,
    suspicion,
    unlabelled,
)
from tests.faults.seeds import LONG, SEED

if TYPE_CHECKING:
    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView
    from s2label.types import ChipRecord

STEPS = 10_000 if LONG else 200
PLACES, DATES = 3, 2
REASONS = ("", "cloud", "haze", 'nuage épais, 港\n"2"')
# What an audit may suspect of each mask: as a whole, an object at the left or the right, or that
# the left one is missing.
SUSPECTED = ("whole", "left", "right", "missing")
LEFT, RIGHT = 2, 40
# Subject, verdict, reason, in the order in which the subjects are listed.
Choice = tuple[int, Verdict, str]
# What the model knows of one decision: verdict, reason, the version that it was about.
Said = tuple[Verdict, str, int]
NEVER: Said = (Verdict.OPEN, "", 0)


@dataclass
class ActDone:
    """What an act says, (before, then) by id, and what it makes of the left object of a mask."""

    said: dict[str, tuple[Said, Said]]
    painted: dict[str, tuple[bool, bool]] = field(default_factory=dict)


@dataclass
class Suspected:
    """A suspicion as noted, and what its version is of."""

    record: SuspicionRecord

    @property
    def is_object(self) -> bool:
        """Whether it is asked about by itself."""
        return self.record.kind is SuspicionKind.UNLABELLED

    @property
    def of(self) -> str:
        """Id of the image or mask whose version counts."""
        return self.record.image_id if self.is_object else self.record.mask_id

    @property
    def version(self) -> int:
        """The version that it was noted of."""
        return self.record.image_version if self.is_object else self.record.mask_version

    def is_same_as(self, other: Suspected) -> bool:
        """Tell whether it gives the same reason; here pixels are the same ones or apart.

        All are of objects that are missing, labelled by nobody, or of the mask as a whole.
        """
        one, two = self.record, other.record
        is_same = (one.mask_id, one.rings) == (two.mask_id, two.rings)
        return is_same and (bool(one.rings) or one.mask_version == two.mask_version)


class Model:
    """What the catalog has to be, in a few lists and dicts."""

    def __init__(self, subjects: list[tuple[Subject, str]], images: dict[str, list[str]]) -> None:
        self.subjects = subjects
        self.images_of = images
        self.versions = dict.fromkeys((id_ for _, id_ in subjects), 1)
        self.contents = dict.fromkeys((id_ for _, id_ in subjects), 0)
        self.said: dict[str, Said] = {}
        self.done: list[ActDone] = []
        self.undone: list[ActDone] = []
        # Masks whose left object is labelled by strokes.
        self.painted: dict[str, bool] = {}
        self.acts = 0
        self.looks: dict[str, str] = {}
        self.suspicions: dict[str, Suspected] = {}

    def suspect(self, found: dict[str, Suspected], looked_at: list[str], audit: str) -> int:
        """Take over an audit; return how many of its suspicions are asked about."""
        self.suspicions |= found
        self.looks |= dict.fromkeys(looked_at, audit)
        self.subjects += [(Subject.SUSPICION, id_) for id_ in found]
        return len(self.open_suspicions() & found.keys())

    def is_known_as_fine(self, id_: str) -> bool:
        """Tell whether somebody called a suspicion fine that gives the same reason."""
        one = self.suspicions[id_]
        return any(
            self.said.get(other_id, NEVER)[0] is Verdict.REJECT and other.is_same_as(one)
            for other_id, other in self.suspicions.items()
        )

    def is_labelled(self, suspected: Suspected) -> bool:
        """Tell whether an object was painted, or its mask imported anew: with labels, always."""
        record = suspected.record
        is_left = record.rings == square(LEFT)
        is_painted = is_left and self.painted.get(record.mask_id, False)
        is_new = self.versions[record.mask_id] > record.mask_version
        return suspected.is_object and (is_painted or is_new)

    def is_shown(self, suspected: Suspected) -> bool:
        """Tell whether an image is left to look at it by."""
        record = suspected.record
        images = [record.image_id] if suspected.is_object else self.images_of[record.mask_id]
        return any(self.state(id_)[0] != "rejected" for id_ in images)

    def version(self, id_: str) -> int:
        """Return the version that a decision on something is about."""
        suspected = self.suspicions.get(id_)
        return self.versions[id_ if suspected is None else suspected.of]

    def stands(self, id_: str) -> bool:
        """Tell whether a suspicion counts as long as nobody decides on it."""
        suspected = self.suspicions[id_]
        return (
            self.looks[suspected.record.mask_id] == suspected.record.audit
            and self.versions[suspected.of] == suspected.version
            and self.state(suspected.record.mask_id)[0] != "rejected"
            and self.is_shown(suspected)
            and not self.is_known_as_fine(id_)
            and not self.is_labelled(suspected)
        )

    def open_suspicions(self) -> set[str]:
        """Return the ids of the suspicions that somebody should look at."""
        return {id_ for id_ in self.suspicions if self.stands(id_) and self.is_open(id_)}

    def is_open(self, id_: str) -> bool:
        """Tell whether nobody has decided on what is there now."""
        return self.state(id_)[0] == "open"

    def state(self, id_: str) -> tuple[str, str]:
        """Return (state, reason): what was said of another version does not count."""
        verdict, reason, version = self.said.get(id_, NEVER)
        if verdict is Verdict.OPEN or version != self.version(id_):
            return "open", ""
        return str(STATE_OF_VERDICT[verdict]), reason

    def decide(self, decisions: list[Decision]) -> int:
        """Take decisions as one act; return how many of them say anything new."""
        act: dict[str, tuple[Said, Said]] = {}
        changes = 0
        for decision in decisions:
            id_ = decision.id
            now: Said = (decision.verdict, decision.reason, self.version(id_))
            is_open = self.state(id_)[0] == "open"
            if (decision.verdict is Verdict.OPEN and is_open) or now == self.said.get(id_):
                continue
            first = act[id_][0] if id_ in act else self.said.get(id_, NEVER)
            act[id_] = (first, now)
            self.said[id_] = now
            changes += 1
        if act:
            self._do(ActDone(act))
        return changes

    def paint(self, mask_id: str, is_label: bool) -> None:
        """Take a stroke over the left object of a mask: as a vessel, or as background."""
        before = self.painted.get(mask_id, False)
        self.painted[mask_id] = is_label
        self._do(ActDone({}, {mask_id: (before, is_label)}))

    def _do(self, act: ActDone) -> None:
        self.done.append(act)
        self.undone.clear()
        self.acts += 1

    def is_painted(self, mask_id: str) -> bool:
        """Tell whether a stroke on a mask stands: imports then leave it as it is."""
        return any(mask_id in act.painted for act in self.done)

    def undo(self) -> bool:
        """Take the last act back; tell whether there was one."""
        return self._move(self.done, self.undone, which=0)

    def redo(self) -> bool:
        """Do the act again that was taken back last; tell whether there was one."""
        return self._move(self.undone, self.done, which=1)

    def _move(
        self,
        source: list[ActDone],
        target: list[ActDone],
        which: int,
    ) -> bool:
        if not source:
            return False
        act = source.pop()
        target.append(act)
        self.said |= {id_: said[which] for id_, said in act.said.items()}
        self.painted |= {id_: painted[which] for id_, painted in act.painted.items()}
        self.acts += 1
        return True


some_choices = st.lists(
    st.tuples(
        st.integers(0, PLACES * (DATES + 1) - 1),
        st.sampled_from(Verdict),
        st.sampled_from(REASONS),
    ),
    min_size=1,
    max_size=8,
)


class TimelineMachine(RuleBasedStateMachine):
    """Drives a catalog and the model side by side and compares them after every step."""

    steps: ClassVar[int] = 0
    acts: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory(prefix="s2label-timeline-")
        self.folder = Path(self.temporary.name)

    @initialize()
    def make(self) -> None:
        """Import some places with images and masks."""
        self.catalog: Catalog = new_catalog(self.folder, self._chips({}))
        images = [(Subject.IMAGE, id_) for id_ in self.catalog.image_ids()]
        masks = [(Subject.MASK, record["id"]) for record in self.catalog.list_masks()]
        dates: dict[str, list[str]] = {id_: [] for _, id_ in masks}
        for chip in chips_of(self.catalog):
            assert chip.mask is not None
            dates[chip.mask.id].append(chip.image.id)
        self.model = Model([*images, *masks], dates)
        self.audits = 0

    def _chips(self, contents: dict[str, int]) -> list[ChipRecord]:
        chips = []
        for column in range(PLACES):
            plain = chip_record(column, images=["0"] * DATES, mask="0")
            images = [f"{contents.get(image.id, 0)}" for image in plain.images]
            mask = f"{contents.get(plain.masks[0].id, 0)}"
            chips.append(chip_record(column, images=images, mask=mask))
        return chips

    @rule(choices=some_choices)
    def decide(self, choices: list[Choice]) -> None:
        """Decide on one or several, some of them twice."""
        decisions = [Decision(*self.model.subjects[n], v, reason) for n, v, reason in choices]
        changes = self.model.decide(decisions)
        act = self.catalog.decide(decisions)
        assert (act.changes if act else 0) == changes

    @rule(number=st.integers(0, 10_000), verdict=st.sampled_from(Verdict))
    def decide_on_a_suspicion(self, number: int, verdict: Verdict) -> None:
        """Answer one of any audit, or say that a whole mask is fine."""
        suspicions = list(self.model.suspicions)
        if suspicions:
            index = self.model.subjects.index(
                (Subject.SUSPICION, suspicions[number % len(suspicions)])
            )
            self.decide([(index, verdict, "")])

    @rule(
        looked=st.sets(st.integers(0, PLACES - 1), min_size=1),
        found=st.sets(st.tuples(st.integers(0, PLACES - 1), st.sampled_from(SUSPECTED))),
    )
    def audit(self, looked: set[int], found: set[tuple[int, str]]) -> None:
        """Audit some masks; a few of them are suspicious."""
        self.audits += 1
        audit = f"audit-{self.audits}"
        masks = [id_ for subject, id_ in self.model.subjects if subject is Subject.MASK]
        chips = {chip.mask.id: chip for chip in chips_of(self.catalog)[::DATES] if chip.mask}
        made = [_suspected(chips[masks[n]], what, audit) for n, what in sorted(found)]
        records = {record.id: Suspected(record) for record in made}
        looked_at = [masks[n] for n in looked | {n for n, _ in found}]
        asked = self.catalog.note_suspicions(made, [masks[n] for n in looked], audit)
        assert asked == self.model.suspect(records, looked_at, audit)

    @rule(place=st.integers(0, PLACES - 1), is_label=st.booleans())
    def paint(self, place: int, is_label: bool) -> None:
        """Paint over the left object of a mask."""
        chip = chips_of(self.catalog)[place * DATES]
        assert chip.mask is not None
        was = int(self.model.painted.get(chip.mask.id, False))
        self.catalog.canvases.paint(_stroke_on(chip, was, int(is_label)))
        self.model.paint(chip.mask.id, is_label)

    @rule(verdict=st.sampled_from(Verdict), reason=st.sampled_from(REASONS))
    def decide_all(self, verdict: Verdict, reason: str) -> None:
        """Decide on everything at once."""
        self.decide([(n, verdict, reason) for n in range(len(self.model.subjects))])

    @rule()
    def undo(self) -> None:
        """Take the last act back, if there is one."""
        assert (self.catalog.undo() is not None) is self.model.undo()

    @rule()
    def redo(self) -> None:
        """Do it again, if there is something."""
        assert (self.catalog.redo() is not None) is self.model.redo()

    @rule(count=st.integers(2, 6))
    def undo_and_redo_several(self, count: int) -> None:
        """Go back and forth."""
        for _ in range(count):
            self.undo()
        for _ in range(count - 1):
            self.redo()

    @rule()
    def restart(self) -> None:
        """Close the project and open it again."""
        self.catalog.close()
        self.catalog = open_again(self.folder)

    @rule(changed=st.sets(st.integers(0, PLACES * (DATES + 1) - 1), max_size=4))
    def import_again(self, changed: set[int]) -> None:
        """Import the sources again, some of which changed, or changed back."""
        ids = [self.model.subjects[number][1] for number in changed]
        ids = [id_ for id_ in ids if not self.model.is_painted(id_)]
        for id_ in ids:
            self.model.contents[id_] = 1 - self.model.contents[id_]
            self.model.versions[id_] += 1
        counts = merge(self.catalog, self._chips(self.model.contents))
        assert counts.images_changed + counts.masks_changed == len(ids)

    @invariant()
    def agrees(self) -> None:
        """Compare every state, the counts and the log."""
        if not hasattr(self, "model"):
            return
        type(self).steps += 1
        whole = [id_ for subject, id_ in self.model.subjects if subject is not Subject.SUSPICION]
        expected = {id_: self.model.state(id_) for id_ in whole}
        assert states(self.catalog) == expected
        assert self.catalog.state_differences() == []
        counts = self.catalog.counts()
        assert counts["acts"] == self.model.acts
        for subject in (Subject.IMAGE, Subject.MASK):
            found = [expected[id_][0] for s, id_ in self.model.subjects if s is subject]
            for state in STATE_OF_VERDICT.values():
                assert counts[f"{subject}s_{state}"] == found.count(state)

    @invariant()
    def suspicions_agree(self) -> None:
        """Compare what is suspected, and both queues."""
        if not hasattr(self, "model"):
            return
        told = [each for records in self.catalog.suspicions().values() for each in records]
        is_open = self.model.open_suspicions()
        assert {each.id for each in told} == is_open
        objects = {id_ for id_ in is_open if self.model.suspicions[id_].is_object}
        masks = {self.model.suspicions[id_].record.mask_id for id_ in is_open - objects}
        assert set(self.catalog.queue(OBJECTS)) == objects
        assert set(self.catalog.queue(SUSPICIOUS)) == masks
        assert self.catalog.count_suspicions() == (len(masks), len(objects))

    def teardown(self) -> None:
        """Throw the catalog away."""
        if hasattr(self, "catalog"):
            type(self).acts += self.model.acts
            self.catalog.close()
        self.temporary.cleanup()


def _suspected(chip: ChipView, what: str, audit: str) -> SuspicionRecord:
    if what == "whole":
        return suspicion(chip, audit=audit)
    if what == "missing":
        return suspicion(chip, audit=audit, rings=square(LEFT))
    return unlabelled(chip, x=LEFT if what == "left" else RIGHT, audit=audit)


def _stroke_on(chip: ChipView, was: int, becomes: int) -> StrokeRecord:
    chosen = pixels_of(square(LEFT), chip.place.grid.shape)
    indices = np.flatnonzero(chosen).astype(np.uint32)
    before, after = (np.full(len(indices), value, np.uint8) for value in (was, becomes))
    nobody = np.zeros(len(indices), np.uint8)
    assert chip.mask is not None
    ref = CanvasRef(CanvasKind.MASK, chip.mask.id)
    pixels = Stroke(indices, before, after, nobody, nobody).packed()
    return StrokeRecord(ref, chip.image.id, "brush", pixels)


TestTimeline = seed(SEED)(TimelineMachine).TestCase
TestTimeline.settings = settings(
    max_examples=250 if LONG else 6,
    stateful_step_count=60 if LONG else 40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_there_were_as_many_steps_as_promised() -> None:
    steps, acts = TimelineMachine.steps, TimelineMachine.acts
    print(f"{steps} steps with {acts} acts agreed with the model")
    assert steps >= STEPS
