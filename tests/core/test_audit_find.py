"""An audit goes through its chips twice and puts masks that were made wrong in front."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from s2label.audit.find import find_suspicions
from s2label.classes import VESSELS
from s2label.progress import Progress, finish
from s2label.suspicions import SuspicionKind, SuspicionRecord
from tests.factories.audits import LAND, audited, fleet, seen_as, vessel_mask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.audit.chips import AuditedChip

COUNT = 60


class Streamed:
    """Chips that are made when they are asked for, and how often that was."""

    def __init__(self, chips: list[AuditedChip]) -> None:
        self._chips = chips
        self.passes = 0

    def __len__(self) -> int:
        return len(self._chips)

    def __iter__(self) -> Iterator[AuditedChip]:
        self.passes += 1
        return (replace(chip) for chip in self._chips)


def with_errors(chips: list[AuditedChip]) -> tuple[list[AuditedChip], dict[str, SuspicionKind]]:
    """Return chips of which eight masks are wrong, and what may be said of each."""
    masks = [chip.classes for chip in chips]
    added = masks[5].copy()
    added[26:31, 1:6] = 1
    wrong = {
        2: (np.zeros((32, 32), np.uint8), SuspicionKind.MISSING),
        5: (added, SuspicionKind.SPURIOUS),
        9: (np.roll(masks[9], (0, 4), (0, 1)), SuspicionKind.SHIFTED),
        40: (np.roll(masks[40], (-4, 0), (0, 1)), SuspicionKind.SHIFTED),
        20: (masks[50], SuspicionKind.MISFIT),
        50: (masks[20], SuspicionKind.MISFIT),
    }
    changed = list(chips)
    for number, (mask, _) in wrong.items():
        changed[number] = replace(chips[number], classes=mask)
    return changed, {chips[n].mask_id: kind for n, (_, kind) in wrong.items()}


def found(chips: list[AuditedChip]) -> list[SuspicionRecord]:
    return finish(find_suspicions(chips, VESSELS, "audit-1")).suspicions


def of_masks(records: list[SuspicionRecord]) -> list[SuspicionRecord]:
    return [record for record in records if record.kind is not SuspicionKind.UNLABELLED]


def test_masks_that_were_made_wrong_come_first_and_for_the_right_reason() -> None:
    chips, wrong = with_errors(fleet(COUNT))
    records = of_masks(found(chips))
    front = list(dict.fromkeys(record.mask_id for record in records))[: len(wrong)]
    assert set(front) == set(wrong)
    for mask_id, kind in wrong.items():
        assert kind in {record.kind for record in records if record.mask_id == mask_id}


def test_masks_as_they_should_be_are_not_suspected() -> None:
    assert found(fleet(COUNT)) == []


def noisy(chips: list[AuditedChip]) -> list[AuditedChip]:
    """Return chips of which a model knows nothing: smooth noise from 0 to 255."""
    random, changed = np.random.default_rng(1), []
    for chip in chips:
        field = gaussian_filter(random.standard_normal(chip.classes.shape), 2)
        vessel = np.rint(255 * (field - field.min()) / np.ptp(field)).astype(np.uint8)
        changed.append(replace(chip, probabilities=np.stack([255 - vessel, vessel])))
    return changed


def test_a_model_that_knows_nothing_suspects_next_to_nothing_and_that_is_said() -> None:
    findings = finish(find_suspicions(noisy(fleet(200)), VESSELS, "audit-1"))
    assert len({record.mask_id for record in findings.suspicions}) <= 2
    (note,) = findings.notes
    assert note.startswith("the models know too little, or the masks are too few")


def test_of_what_a_model_knows_nothing_is_noted() -> None:
    assert finish(find_suspicions(fleet(COUNT), VESSELS, "audit-1")).notes == []


def test_scores_of_masks_that_a_model_agrees_with_make_none_suspicious() -> None:
    scores = np.random.default_rng(1).uniform(0.9, 1, 200)
    chips = [replace(c, consensus=float(s)) for c, s in zip(fleet(200), scores, strict=True)]
    findings = finish(find_suspicions(chips, VESSELS, "audit-1"))
    assert findings.suspicions == []
    (note,) = findings.notes
    assert note.startswith("nothing is said of low consensus: ")


def test_all_objects_of_an_empty_mask_are_left_to_be_asked_about() -> None:
    boxes = [(2, 2, 5, 5), (2, 12, 5, 5), (2, 22, 5, 5), (20, 2, 5, 5), (20, 20, 5, 5)]
    empty = audited("x", vessel_mask(), seen_as(vessel_mask(*boxes)))
    records = found([*fleet(COUNT), empty])
    its = [record.kind for record in records if record.mask_id == "x-mask"]
    assert its.count(SuspicionKind.UNLABELLED) == its.count(SuspicionKind.MISSING) == 5


def test_ranks_fall_from_one_and_objects_have_their_own() -> None:
    records = found(with_errors(fleet(COUNT))[0])
    objects = [record for record in records if record.kind is SuspicionKind.UNLABELLED]
    assert records[-len(objects) :] == objects
    for some in (of_masks(records), objects):
        ranks = [record.rank for record in some]
        assert ranks[0] == 1
        assert ranks[-1] > 0
        assert ranks == sorted(set(ranks), reverse=True)
        chances = [record.score for record in some]
        assert chances == sorted(chances, reverse=True)
        assert 0 <= chances[-1] <= chances[0] <= 1


def test_a_record_tells_which_mask_which_image_and_which_model() -> None:
    records = found(with_errors(fleet(COUNT))[0])
    record = next(record for record in records if record.mask_id == "chip002-mask")
    assert (record.mask_version, record.image_id, record.image_version) == (3, "chip002-image", 2)
    assert (record.audit, record.model) == ("audit-1", "fold-1")
    assert len({record.id for record in records}) == len(records)


def test_the_chips_are_gone_through_twice_and_the_same_is_found_again() -> None:
    chips, _ = with_errors(fleet(COUNT))
    streamed = Streamed(chips)
    assert finish(find_suspicions(streamed, VESSELS, "audit-1")).suspicions == found(chips)
    assert streamed.passes == 2


def test_progress_runs_from_the_first_look_to_the_end_of_the_second() -> None:
    steps: list[Progress] = []
    finish(find_suspicions(fleet(COUNT), VESSELS, "audit-1"), steps.append)
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert (done[-1], steps[-1].total) == (2 * COUNT, 2 * COUNT)


@pytest.mark.parametrize(
    "chips",
    [
        [],
        [audited("a", vessel_mask(), seen_as(vessel_mask()))],
        [audited("a", vessel_mask() + 254, seen_as(vessel_mask()))],
        [audited("a", vessel_mask((2, 2, 5, 5)), np.zeros((2, 32, 32), np.uint8))],
        [audited("a", vessel_mask((2, 2, 5, 5)) * 9, seen_as(vessel_mask()))],
    ],
    ids=["no chip", "one empty chip", "not labelled", "no data", "a class that is not known"],
)
def test_nothing_is_found_where_nothing_can_be_said(chips: list[AuditedChip]) -> None:
    assert found(chips) == []


def test_land_cover_that_was_called_wrong_comes_first() -> None:
    random = np.random.default_rng(3)
    chips = []
    for number in range(40):
        truth = np.kron(random.integers(1, 3, (4, 4)), np.ones((8, 8))).astype(np.uint8)
        seen = seen_as(truth, (1, 2), seed=number)
        chips.append(audited(f"land{number:02}", truth, seen, (1, 2)))
    wrong = chips[7].classes.copy()
    wrong[:16] = 3 - wrong[:16]
    chips[7] = replace(chips[7], classes=wrong)
    records = finish(find_suspicions(chips, LAND, "audit-1")).suspicions
    assert {record.mask_id for record in records} == {"land07-mask"}
    assert SuspicionKind.DISAGREEMENT in {record.kind for record in records}
