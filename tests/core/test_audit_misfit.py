"""A mask that belongs to another chip is told which."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from s2label.audit import misfit
from s2label.audit.audited import AuditedMask
from s2label.audit.hints import Hints
from s2label.audit.misfit import MisfitSearch
from s2label.suspicions import SuspicionKind
from tests.factories.audits import audited, fleet, seen_as

if TYPE_CHECKING:
    import pytest

    from s2label.audit.chips import AuditedChip


def look(chips: list[AuditedChip]) -> dict[str, str]:
    """Return place -> words of what fits another chip."""
    search, hints = MisfitSearch(), Hints()
    for chip in chips:
        search.draw(AuditedMask(chip))
    for chip in chips:
        search.look_at(AuditedMask(chip), hints)
    search.finish(hints)
    assert all(hint.kind is SuspicionKind.MISFIT for hint in hints.seen)
    return {hint.about.mask_id.removesuffix("-mask"): hint.words for hint in hints.seen}


def swapped(chips: list[AuditedChip], one: int, other: int) -> list[AuditedChip]:
    changed = list(chips)
    changed[one] = replace(chips[one], classes=chips[other].classes)
    changed[other] = replace(chips[other], classes=chips[one].classes)
    return changed


def test_swapped_masks_name_each_other() -> None:
    assert look(swapped(fleet(20), 3, 7)) == {
        "chip003": "Fits chip chip007 better than its own.",
        "chip007": "Fits chip chip003 better than its own.",
    }


def test_masks_of_two_dates_of_a_place_do_not_name_the_place() -> None:
    chips = fleet(20)
    for number, date in ((3, "2021-05-03"), (7, "2021-05-08")):
        chips[number] = replace(chips[number], name="harbour", date=date)
    assert look(swapped(chips, 3, 7)) == {
        "chip003": "Fits another date of this place (2021-05-08) better than its own.",
        "chip007": "Fits another date of this place (2021-05-03) better than its own.",
    }


def test_masks_that_were_swapped_across_groups_are_found_in_the_sample() -> None:
    assert set(look(swapped(fleet(20), 3, 17))) == {"chip003", "chip017"}


def test_masks_that_belong_where_they_are_fit_nowhere_else() -> None:
    assert look(fleet(20)) == {}


def test_a_chip_keeps_the_mask_that_fits_it() -> None:
    chips = fleet(20)
    chips[3] = replace(chips[3], classes=chips[7].classes)
    assert look(chips) == {}


def test_empty_masks_fit_everywhere_and_are_left_out() -> None:
    chips = fleet(6)
    chips[2] = replace(chips[2], classes=np.zeros((32, 32), np.uint8))
    assert look(chips) == {}


def test_chips_of_other_sizes_are_not_compared() -> None:
    small = audited("small", np.ones((8, 8), np.uint8), seen_as(np.zeros((8, 8), np.uint8)))
    assert "small" not in look([*fleet(6), small])


def test_land_cover_is_compared_where_it_has_more_than_one_class() -> None:
    random = np.random.default_rng(0)
    chips = []
    for number in range(8):
        truth = np.kron(random.integers(1, 3, (4, 4)), np.ones((8, 8))).astype(np.uint8)
        chips.append(audited(f"land{number}", truth, seen_as(truth, (1, 2)), (1, 2)))
    assert set(look(swapped(chips, 1, 5))) == {"land1", "land5"}
    plain = replace(chips[1], classes=np.ones((32, 32), np.uint8))
    assert look([chips[0], plain, *chips[2:]]) == {}


def test_no_more_is_compared_at_once_than_fits_into_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chips = swapped(fleet(20), 3, 7)
    # Four chips of 32 px: two classes, four bytes each.
    monkeypatch.setattr(misfit, "_BLOCK_BYTES", 4 * 2 * 32 * 32 * 4)
    search, hints = MisfitSearch(), Hints()
    for chip in chips:
        search.draw(AuditedMask(chip))
    (sample,) = search._samples.values()
    assert (len(sample.drawn), sample.looked_at) == (4, 20)
    most = 0
    for chip in chips:
        search.look_at(AuditedMask(chip), hints)
        most = max(most, len(search._block))
    search.finish(hints)
    assert most == 4
    assert hints.evidence[SuspicionKind.MISFIT].usual_of == 20
