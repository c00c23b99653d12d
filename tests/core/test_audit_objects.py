"""Objects that only the mask has, or only the model, are seen and outlined."""

from __future__ import annotations

import time

import numpy as np
import pytest

from s2label.audit.audited import AuditedMask
from s2label.audit.hints import MOST_OF_A_KIND, Hint, Hints
from s2label.audit.objects import look_at_objects
from s2label.audit.pieces import pieces_of
from s2label.classes import VESSELS
from s2label.suspicions import SuspicionKind, pixels_of, rings_of
from tests.factories.audits import audited, seen_as, vessel_mask

MISSING, SPURIOUS = SuspicionKind.MISSING, SuspicionKind.SPURIOUS
UNLABELLED = SuspicionKind.UNLABELLED
ONE, OTHER = (4, 4, 6, 6), (20, 18, 5, 8)


def look(classes: np.ndarray, truth: np.ndarray) -> Hints:
    hints = Hints()
    look_at_objects(AuditedMask(audited("a", classes, seen_as(truth))), 0.5, VESSELS, hints)
    return hints


def kinds(hints: Hints) -> list[SuspicionKind]:
    return [hint.kind for hint in hints.seen]


def outlined(hint: Hint) -> np.ndarray:
    return pixels_of(hint.rings, (32, 32))


def test_an_object_that_only_the_model_sees_is_missing() -> None:
    hints = look(vessel_mask(ONE), vessel_mask(ONE, OTHER))
    (hint,) = hints.seen
    assert hint.kind is MISSING
    assert hint.class_value == 1
    assert np.array_equal(outlined(hint), vessel_mask(OTHER) == 1)
    assert hint.words == "Not labelled: a vessel of 40 px is proposed (probability 0.95)."


def test_an_object_that_only_the_mask_has_is_spurious() -> None:
    (hint,) = look(vessel_mask(ONE, OTHER), vessel_mask(OTHER)).seen
    assert hint.kind is SPURIOUS
    assert np.array_equal(outlined(hint), vessel_mask(ONE) == 1)
    assert "36 px is labelled where the model sees none" in hint.words


def test_in_an_empty_mask_an_object_is_asked_about_by_itself_too() -> None:
    hints = look(vessel_mask(), vessel_mask(ONE, OTHER))
    assert sorted(kinds(hints)) == sorted([MISSING, MISSING, UNLABELLED, UNLABELLED])


def test_a_mask_is_empty_also_where_clouds_are_ignored() -> None:
    classes = vessel_mask()
    classes[12:16] = 255
    assert UNLABELLED in kinds(look(classes, vessel_mask(ONE)))


def test_a_mask_in_which_nothing_is_labelled_says_nothing() -> None:
    assert not look(np.full((32, 32), 254, np.uint8), vessel_mask(ONE)).seen


@pytest.mark.parametrize(("width", "is_fine"), [(3, True), (1, False)], ids=["half", "a sixth"])
def test_a_quarter_in_common_is_enough(width: int, is_fine: bool) -> None:
    part = (4, 4, 6, width)
    assert (SPURIOUS not in kinds(look(vessel_mask(ONE), vessel_mask(part)))) == is_fine
    assert (MISSING not in kinds(look(vessel_mask(part), vessel_mask(ONE)))) == is_fine


def test_what_lies_mostly_on_ignored_pixels_is_not_asked_about() -> None:
    classes = vessel_mask(OTHER)
    classes[:14, :14] = 255
    assert not look(classes, vessel_mask(ONE, OTHER)).seen


def test_a_speck_is_weaker_than_an_object() -> None:
    hints = look(vessel_mask(), vessel_mask(ONE, (20, 20, 1, 2)))
    strong, weak = (hint for hint in hints.seen if hint.kind is MISSING)
    assert "36 px" in strong.words
    assert weak.strength < strong.strength / 5


def test_all_of_a_mask_are_kept_the_strongest_first() -> None:
    boxes = [(2 + 6 * n, 2, 3, 4 + n) for n in range(5)]
    hints = look(vessel_mask(), vessel_mask(*boxes))
    assert len([hint for hint in hints.seen if hint.kind is MISSING]) == 5
    assert "24 px" in hints.seen[0].words


def speckled(side: int) -> AuditedMask:
    """Return an empty mask in which a model sees some thousand specks."""
    noise = np.random.default_rng(3).standard_normal((side, side))
    vessel = np.clip(60 * noise + 40, 0, 255).astype(np.uint8)
    empty = np.zeros((side, side), np.uint8)
    return AuditedMask(audited("a", empty, np.stack([255 - vessel, vessel])))


def test_of_thousands_of_specks_few_are_kept_and_that_takes_no_minutes() -> None:
    mask, hints = speckled(512), Hints()
    begin = time.process_time()
    look_at_objects(mask, 0.5, VESSELS, hints)
    assert time.process_time() - begin < 10
    assert len(hints.evidence[MISSING].usual) > 2000
    assert kinds(hints) == [MISSING] * MOST_OF_A_KIND + [UNLABELLED] * MOST_OF_A_KIND


def test_pieces_are_measured_as_one_would_one_by_one() -> None:
    likely = speckled(64).probabilities[1]
    other = likely > 0.9
    pieces = pieces_of(likely >= 0.5)
    for share in (1.0, 0.25):
        support = pieces.support(likely, share)
        for number in range(len(pieces.px)):
            pixels = pieces.numbered == number + 1
            largest = np.sort(likely[pixels])[-max(1, round(share * pixels.sum())) :]
            assert support[number] == pytest.approx(largest.mean(), abs=1e-6)
            assert pieces.shared(other)[number] == pytest.approx(other[pixels].mean())
            assert pieces.rings(number) == rings_of(pixels)


def test_an_outline_is_laid_where_the_mirrored_chip_has_it() -> None:
    mask = vessel_mask((4, 20, 2, 3), (4, 20, 5, 1)) == 1
    laid = []
    for window, pixels in pieces_of(mask).laid_elsewhere(0):
        whole = np.zeros_like(mask)
        whole[window] = pixels
        laid.append(whole)
    for whole, mirrored in zip(laid, (mask[::-1], mask[:, ::-1], mask[::-1, ::-1]), strict=True):
        assert np.array_equal(whole, mirrored)
