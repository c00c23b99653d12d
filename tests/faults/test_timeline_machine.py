"""R3: any order of decisions, undo, redo, restarts and changed sources agrees with a simple model.

A few hundred steps in the normal suite. ``S2LABEL_LONG=1 python -m pytest
tests/faults/test_timeline_machine.py`` runs 250 programs of up to 60 steps,
more than 10,000 in all (about three minutes).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from s2label.types import STATE_OF_VERDICT, Decision, Subject, Verdict
from tests.factories.catalog import (
    chip_record,
    merge,
    new_catalog,
    open_again,
    states,
)

if TYPE_CHECKING:
    from s2label.catalog.store import Catalog
    from s2label.types import ChipRecord

LONG = bool(os.environ.get("S2LABEL_LONG"))
PLACES, DATES = 3, 2
REASONS = ("", "cloud", "haze", 'nuage épais, 港\n"2"')
# Subject, verdict, reason, in the order in which the subjects are listed.
Choice = tuple[int, Verdict, str]
# What the model knows of one decision: verdict, reason, the version that it was about.
Said = tuple[Verdict, str, int]
NEVER: Said = (Verdict.OPEN, "", 0)


class Model:
    """What the catalog has to be, in a few lists and dicts."""

    def __init__(self, subjects: list[tuple[Subject, str]]) -> None:
        self.subjects = subjects
        self.versions = dict.fromkeys((id_ for _, id_ in subjects), 1)
        self.contents = dict.fromkeys((id_ for _, id_ in subjects), 0)
        self.said: dict[str, Said] = {}
        # Each act: subject id -> (what was said before, what was said then).
        self.done: list[dict[str, tuple[Said, Said]]] = []
        self.undone: list[dict[str, tuple[Said, Said]]] = []
        self.acts = 0

    def state(self, id_: str) -> tuple[str, str]:
        """Return (state, reason): what was said of another version does not count."""
        verdict, reason, version = self.said.get(id_, NEVER)
        if verdict is Verdict.OPEN or version != self.versions[id_]:
            return "open", ""
        return str(STATE_OF_VERDICT[verdict]), reason

    def decide(self, decisions: list[Decision]) -> int:
        """Take decisions as one act; return how many of them say anything new."""
        act: dict[str, tuple[Said, Said]] = {}
        changes = 0
        for decision in decisions:
            id_ = decision.id
            now: Said = (decision.verdict, decision.reason, self.versions[id_])
            is_open = self.state(id_)[0] == "open"
            if (decision.verdict is Verdict.OPEN and is_open) or now == self.said.get(id_):
                continue
            first = act[id_][0] if id_ in act else self.said.get(id_, NEVER)
            act[id_] = (first, now)
            self.said[id_] = now
            changes += 1
        if act:
            self.done.append(act)
            self.undone.clear()
            self.acts += 1
        return changes

    def undo(self) -> bool:
        """Take the last act back; tell whether there was one."""
        return self._move(self.done, self.undone, which=0)

    def redo(self) -> bool:
        """Do the act again that was taken back last; tell whether there was one."""
        return self._move(self.undone, self.done, which=1)

    def _move(
        self,
        source: list[dict[str, tuple[Said, Said]]],
        target: list[dict[str, tuple[Said, Said]]],
        which: int,
    ) -> bool:
        if not source:
            return False
        act = source.pop()
        target.append(act)
        self.said |= {id_: said[which] for id_, said in act.items()}
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
        self.model = Model([*images, *masks])

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
        for number in changed:
            _, id_ = self.model.subjects[number]
            self.model.contents[id_] = 1 - self.model.contents[id_]
            self.model.versions[id_] += 1
        counts = merge(self.catalog, self._chips(self.model.contents))
        assert counts.images_changed + counts.masks_changed == len(changed)

    @invariant()
    def agrees(self) -> None:
        """Compare every state, the counts and the log."""
        if not hasattr(self, "model"):
            return
        expected = {id_: self.model.state(id_) for _, id_ in self.model.subjects}
        assert states(self.catalog) == expected
        assert self.catalog.state_differences() == []
        counts = self.catalog.counts()
        assert counts["acts"] == self.model.acts
        for subject in Subject:
            found = [expected[id_][0] for s, id_ in self.model.subjects if s is subject]
            for state in STATE_OF_VERDICT.values():
                assert counts[f"{subject}s_{state}"] == found.count(state)

    def teardown(self) -> None:
        """Throw the catalog away."""
        if hasattr(self, "catalog"):
            self.catalog.close()
        self.temporary.cleanup()


TestTimeline = TimelineMachine.TestCase
TestTimeline.settings = settings(
    max_examples=250 if LONG else 12,
    stateful_step_count=60 if LONG else 40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
