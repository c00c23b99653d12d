"""Scores count only what is known, and mean what docs/scores.md says."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.metrics import (
    ChipTally,
    class_scores_of,
    headline_of,
    scores_of,
    tally_chip,
)
from s2label_training.objects import FOUND, PROPOSED, RIGHT, SIZE_NAMES, TRUE

from s2label.types import IGNORE, NOT_LABELLED, LabelClass, Lifetime

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SIDE = 24
VESSEL = (LabelClass(1, "vessel", "#ff0000"),)
COVER = tuple(LabelClass(value, f"class {value}", "#00ff00") for value in (1, 2, 5))
COVER_VALUES = (1, 2, 5)


def mask_of(*rectangles: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Return a mask (y, x) with rectangles of (x, y, width, height)."""
    mask = np.zeros((SIDE, SIDE), bool)
    for x, y, width, height in rectangles:
        mask[y : y + height, x : x + width] = True
    return mask


EVERYWHERE = np.ones((SIDE, SIDE), bool)


def vessel_tally(
    proposed: NDArray[np.bool_], truth: NDArray[np.bool_], counts: NDArray[np.bool_] = EVERYWHERE
) -> ChipTally:
    return tally_chip(proposed.astype(np.uint8), truth.astype(np.uint8), counts, (0, 1), (1,))


def random_cover(seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.bool_]]:
    """Return a proposal, a truth that it agrees with in part, and where the truth is known."""
    generator = np.random.default_rng(seed)
    truth = generator.choice(COVER_VALUES, (SIDE, SIDE)).astype(np.uint8)
    other = generator.choice(COVER_VALUES, (SIDE, SIDE)).astype(np.uint8)
    proposed = np.where(generator.random((SIDE, SIDE)) < 0.6, truth, other)
    return proposed.astype(np.uint8), truth, generator.random((SIDE, SIDE)) < 0.8


# -- pixels ---------------------------------------------------------------------------------------


def test_pixel_scores_agree_with_torchmetrics() -> None:
    import torch
    from torchmetrics.functional.classification import (
        multiclass_accuracy,
        multiclass_f1_score,
        multiclass_jaccard_index,
        multiclass_precision,
        multiclass_recall,
    )

    proposed, truth, counts = random_cover(seed=1)
    scores = scores_of(
        tally_chip(proposed, truth, counts, COVER_VALUES, ()), COVER, Lifetime.STATIC
    )
    index = np.searchsorted(COVER_VALUES, truth)
    target = torch.from_numpy(np.where(counts, index, -1).ravel())
    answer = torch.from_numpy(np.searchsorted(COVER_VALUES, proposed).ravel())
    asked = {"num_classes": 3, "ignore_index": -1}

    def theirs(metric: Callable[..., torch.Tensor], average: str) -> list[float]:
        values: list[float] = metric(answer, target, average=average, **asked).reshape(-1).tolist()
        return values

    assert scores.pixel_accuracy == pytest.approx(theirs(multiclass_accuracy, "micro")[0])
    assert scores.mean_iou == pytest.approx(theirs(multiclass_jaccard_index, "macro")[0])
    assert scores.headline == scores.mean_iou
    for name, metric in (
        ("iou", multiclass_jaccard_index),
        ("precision", multiclass_precision),
        ("recall", multiclass_recall),
        ("f1", multiclass_f1_score),
    ):
        mine = [getattr(score, name) for score in scores.classes]
        assert mine == pytest.approx(theirs(metric, "none")), name


def test_what_is_not_known_scores_nothing() -> None:
    proposed, truth, counts = random_cover(seed=2)
    tally = tally_chip(proposed, truth, counts, COVER_VALUES, ())
    for unknown in (1, NOT_LABELLED, IGNORE):
        changed = np.where(counts, truth, unknown).astype(np.uint8)
        again = tally_chip(proposed, changed, counts, COVER_VALUES, ())
        assert np.array_equal(tally.confusion, again.confusion)
    assert tally.confusion.sum() == counts.sum()


def test_a_pixel_for_which_nothing_is_proposed_is_missed() -> None:
    truth = np.ones((SIDE, SIDE), np.uint8)
    proposed = np.where(mask_of((0, 0, SIDE, 6)), 1, NOT_LABELLED).astype(np.uint8)
    tally = tally_chip(proposed, truth, EVERYWHERE, COVER_VALUES, ())
    scores = scores_of(tally, COVER, Lifetime.STATIC)
    assert scores.pixel_accuracy == 0.25
    assert (scores.classes[0].precision, scores.classes[0].recall) == (1, 0.25)


def test_a_class_that_the_model_does_not_know_costs_precision() -> None:
    truth = np.where(mask_of((0, 0, SIDE, 6)), 9, 1).astype(np.uint8)
    tally = tally_chip(np.ones_like(truth), truth, EVERYWHERE, COVER_VALUES, ())
    scores = scores_of(tally, COVER, Lifetime.STATIC)
    assert scores.classes[0].precision == 0.75
    assert scores.pixel_accuracy == 0.75


def test_a_class_that_does_not_occur_is_not_in_the_mean() -> None:
    truth = np.ones((SIDE, SIDE), np.uint8)
    proposed = np.where(mask_of((0, 0, SIDE, 6)), 2, 1).astype(np.uint8)
    scores = scores_of(
        tally_chip(proposed, truth, EVERYWHERE, COVER_VALUES, ()), COVER, Lifetime.STATIC
    )
    assert scores.mean_iou == 0.75
    assert scores.classes[1].iou == 0
    assert math.isnan(scores.classes[2].iou)


def test_arrays_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(24, 24\), \(24, 24\) and \(2, 2\)"):
        vessel_tally(EVERYWHERE, EVERYWHERE, np.ones((2, 2), bool))


# -- tallies --------------------------------------------------------------------------------------


def test_tallies_add_up_to_that_of_all_chips() -> None:
    chips = [random_cover(seed) for seed in range(3)]
    tallies = [tally_chip(*chip, COVER_VALUES, (1, 5)) for chip in chips]
    total = sum(tallies, start=ChipTally.empty(COVER_VALUES, (1, 5)))
    # A row of unknown ground between the chips, so that objects do not grow together.
    gap = np.zeros((1, SIDE))
    layers = [
        np.concatenate([part for layer in layers for part in (layer, gap)])
        for layers in zip(*chips, strict=True)
    ]
    proposed, truth = (layer.astype(np.uint8) for layer in layers[:2])
    whole = tally_chip(proposed, truth, layers[2].astype(bool), COVER_VALUES, (1, 5))
    assert np.array_equal(total.confusion, whole.confusion)
    assert np.array_equal(total.objects, whole.objects)


def test_tallies_of_other_classes_are_not_added() -> None:
    with pytest.raises(ValueError, match="cannot be added"):
        _ = ChipTally.empty((0, 1), (1,)) + ChipTally.empty((0, 1), ())


def test_a_tally_survives_json() -> None:
    tally = tally_chip(*random_cover(seed=3), COVER_VALUES, (1, 5))
    again = ChipTally.from_dict(json.loads(json.dumps(tally.as_dict())))
    assert (again.class_values, again.moving_values) == (COVER_VALUES, (1, 5))
    assert np.array_equal(again.confusion, tally.confusion)
    assert np.array_equal(again.objects, tally.objects)
    without_objects = ChipTally.empty(COVER_VALUES, ())
    assert ChipTally.from_dict(without_objects.as_dict()).objects.shape == (0, 4, len(SIZE_NAMES))


# -- scores ---------------------------------------------------------------------------------------


def test_object_scores_say_how_sure_they_are() -> None:
    columns = [(2 * n, 2, 1, 2) for n in range(10)]
    truth, proposed = mask_of(*columns), mask_of(*columns[:8], (2, 20, 2, 2), (8, 20, 2, 2))
    vessel = scores_of(vessel_tally(proposed, truth), VESSEL, Lifetime.MOVING).objects[0]
    assert (vessel.true, vessel.found, vessel.proposed, vessel.right) == (10, 8, 10, 8)
    assert vessel.recall.value == pytest.approx(0.8)
    # Wilson's interval of 8 in 10, as in Newcombe 1998.
    assert (vessel.recall.low, vessel.recall.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert vessel.f1.value == pytest.approx(0.8)
    assert (vessel.f1.low, vessel.f1.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    sizes = {size.size: (size.true, size.right) for size in vessel.by_size if size.proposed}
    assert sizes == {"1-3 px": (10, 8), "4-10 px": (0, 0)}


def test_a_model_that_proposes_nothing_has_f1_0_and_no_precision() -> None:
    scores = scores_of(vessel_tally(mask_of(), mask_of((2, 2, 3, 3))), VESSEL, Lifetime.MOVING)
    assert scores.headline == 0
    assert math.isnan(scores.objects[0].precision.value)
    assert (scores.objects[0].precision.low, scores.objects[0].precision.high) == (0, 1)


def test_a_vessel_found_by_a_proposal_that_does_not_count_is_found() -> None:
    vessel = mask_of((2, 2, 2, 2))
    proposed = mask_of((2, 2, 12, 2))
    tally = vessel_tally(proposed, vessel, EVERYWHERE & ~mask_of((4, 0, 20, SIDE)))
    scores = scores_of(tally, VESSEL, Lifetime.MOVING)
    assert (scores.objects[0].found, scores.objects[0].proposed) == (1, 0)
    assert scores.headline == 1


def test_a_model_that_is_wrong_everywhere_has_f1_0() -> None:
    tally = vessel_tally(mask_of((9, 9, 2, 2)), mask_of((2, 2, 3, 3)))
    assert scores_of(tally, VESSEL, Lifetime.MOVING).headline == 0


def test_without_true_objects_there_is_no_headline() -> None:
    scores = scores_of(vessel_tally(mask_of((2, 2, 3, 3)), mask_of()), VESSEL, Lifetime.MOVING)
    assert math.isnan(scores.headline)
    assert scores.objects[0].f1.value == 0
    told = "vessel: no checked true objects, but 1 proposed one, which counts as wrong"
    assert told in scores.warnings


def test_without_any_objects_a_class_has_no_score() -> None:
    scores = scores_of(vessel_tally(mask_of(), mask_of()), VESSEL, Lifetime.MOVING)
    assert math.isnan(scores.headline)
    assert math.isnan(scores.objects[0].f1.value)
    assert "vessel: no checked true objects, it is not scored" in scores.warnings


def test_proposing_a_moving_class_that_does_not_occur_costs() -> None:
    vessels = mask_of((2, 2, 3, 3)).astype(np.uint8)
    invented = np.where(mask_of((12, 12, 3, 3)), 2, vessels).astype(np.uint8)
    right, wrong = (
        tally_chip(proposed, vessels, EVERYWHERE, (0, 1, 2), (1, 2))
        for proposed in (vessels, invented)
    )
    once, twice = np.ones((1, 1)), np.full((1, 1), 2)
    for draws in (once, twice):
        assert headline_of([right], draws, Lifetime.MOVING).tolist() == [1]
        assert headline_of([wrong], draws, Lifetime.MOVING).tolist() == [0.5]


@pytest.mark.parametrize(
    ("vessels", "expected"),
    [
        pytest.param(5, ["vessel: only 5 checked true objects, its scores are rough"], id="5"),
        pytest.param(20, [], id="20"),
    ],
)
def test_few_objects_are_said(vessels: int, expected: list[str]) -> None:
    truth = np.zeros((60, 60), bool)
    truth[2:4, 1::3] = np.arange(20) < vessels
    counts = np.ones_like(truth)
    scores = scores_of(vessel_tally(truth, truth, counts), VESSEL, Lifetime.MOVING)
    assert list(scores.warnings) == expected


def test_few_pixels_are_said() -> None:
    truth = np.where(mask_of((0, 0, 3, 3)), 2, 1).astype(np.uint8).repeat(2, axis=0)
    counts = np.ones_like(truth, bool)
    scores = scores_of(tally_chip(truth, truth, counts, COVER_VALUES, ()), COVER, Lifetime.STATIC)
    assert list(scores.warnings) == [
        "class 2: only 18 checked pixels, its scores are rough",
        "class 5: no checked pixels, it is not scored",
    ]


def test_nothing_known_is_said_once() -> None:
    scores = scores_of(vessel_tally(EVERYWHERE, EVERYWHERE, ~EVERYWHERE), VESSEL, Lifetime.MOVING)
    assert list(scores.warnings) == ["no checked pixel with a label: nothing could be scored"]
    assert math.isnan(scores.pixel_accuracy)


def test_scores_go_into_json_without_nan() -> None:
    scores = scores_of(vessel_tally(EVERYWHERE, mask_of()), VESSEL, Lifetime.MOVING)
    read = json.loads(json.dumps(scores.as_dict(), allow_nan=False))
    assert read["headline"] is None
    assert read["objects"][0]["proposed"] == 1
    assert read["classes"][1]["name"] == "vessel"


# -- drawing again --------------------------------------------------------------------------------


@pytest.mark.parametrize("lifetime", list(Lifetime), ids=str)
def test_headlines_of_drawn_sets_are_those_of_their_sums(lifetime: Lifetime) -> None:
    tallies = [tally_chip(*random_cover(seed), COVER_VALUES, (1, 5)) for seed in range(4)]
    draws = np.random.default_rng(0).integers(0, 3, (25, 4))
    headlines = headline_of(tallies, draws, lifetime)
    for draw, headline in zip(draws, headlines, strict=True):
        drawn = [tally for tally, times in zip(tallies, draw, strict=True) for _ in range(times)]
        total = sum(drawn, start=ChipTally.empty(COVER_VALUES, (1, 5)))
        expected = scores_of(total, COVER, lifetime)
        assert headline == pytest.approx(expected.headline, nan_ok=True)
        values = [o.f1.value for o in expected.objects]
        if lifetime is Lifetime.STATIC:
            values = [score.iou for score in expected.classes]
        each = class_scores_of(tallies, draw[None], lifetime)[0]
        assert each.tolist() == pytest.approx(values, nan_ok=True)


def test_the_headline_of_vessels_is_the_harmonic_mean_of_recall_and_precision() -> None:
    tally = vessel_tally(
        mask_of((2, 2, 2, 2), (10, 10, 2, 2), (20, 20, 2, 2)), mask_of((2, 2, 2, 2), (6, 6, 1, 1))
    )
    counted = tally.objects[0].sum(axis=1)
    assert [counted[row] for row in (TRUE, FOUND, PROPOSED, RIGHT)] == [2, 1, 3, 1]
    headline = scores_of(tally, VESSEL, Lifetime.MOVING).headline
    assert headline == pytest.approx(2 / (2 / 1 + 3 / 1))


def test_scores_are_counted_without_torch() -> None:
    code = "import sys, s2label_training.metrics; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
