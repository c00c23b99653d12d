"""The learning curve: rounds made by hand, of which the truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2label.explore.intervals import Interval
from s2label.explore.learning_curve import fit_curve, why_no_curve
from s2label.explore.next_hour import look_ahead
from s2label.explore.rounds import TrainingRound, compare_rounds
from s2label.explore.time_ledger import TimeLedger

DEVIATION = 0.03
CHIPS = (50, 100, 200, 400, 800)


def training_round(number: int, chips: int, score: float, deviation: float = 0.01) -> TrainingRound:
    return TrainingRound(
        id=f"vessels-{number}",
        created_at=f"2024-05-{number + 1:02d}T12:00:00.000Z",
        recipe="vessels",
        settings={"fit.epochs": "30", "bands": "B02,B03"},
        classes=((0, "background"), (1, "vessel")),
        score=score,
        low=max(0.0, score - 1.96 * deviation),
        high=min(1.0, score + 1.96 * deviation),
        chips=chips,
        pixels=100 * chips,
        checked_pixels=50 * chips,
        training_places=frozenset(f"p{n}" for n in range(8)),
        validation_places=frozenset({"v0", "v1"}),
    )


def planted(chips: float, ceiling: float = 0.8, drop: float = 0.1, shape: float = 0.4) -> float:
    return ceiling - drop * float((chips / CHIPS[-1]) ** -shape)


def made_rounds(seed: int = 0, deviation: float = DEVIATION) -> list[TrainingRound]:
    """Return rounds whose scores lie on the planted curve, but for chance."""
    moved = np.random.default_rng(seed).normal(0, deviation, len(CHIPS))
    return [
        training_round(number, chips, planted(chips) + float(by), deviation)
        for number, (chips, by) in enumerate(zip(CHIPS, moved, strict=True))
    ]


# -- which rounds can be compared -----------------------------------------------------------------


def whys(rounds: list[TrainingRound]) -> dict[str, str]:
    return {each.round.id: each.why for each in compare_rounds(rounds).left_out}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"score": None}, "has no score: nothing could be scored on its held-out ground"),
        ({"chips": 0}, "learnt from no chip"),
        ({"classes": ((0, "background"), (1, "boat"))}, "has other classes"),
        ({"recipe": "forest"}, "is of another recipe (forest, not vessels)"),
        (
            {"settings": {"fit.epochs": "3", "bands": "B02,B03"}},
            "was trained differently (fit.epochs 3, not 30)",
        ),
        ({"hold_out": ("algiers",)}, "was scored on other groups, held out by hand"),
        ({"validation_places": frozenset({"v0", "x"})}, "was scored on other held-out ground"),
        (
            {"training_places": frozenset({"v1"})},
            "learnt from ground on which others are scored",
        ),
    ],
    ids=["score", "no chip", "classes", "recipe", "settings", "by hand", "ground", "leak"],
)
def test_a_round_that_cannot_be_compared_is_left_out_with_its_reason(
    changes: dict[str, object], why: str
) -> None:
    rounds = made_rounds()
    rounds[2] = replace(rounds[2], **changes)  # type: ignore[arg-type]
    assert whys(rounds) == {"vessels-2": why}


def test_held_out_ground_that_grew_is_the_same() -> None:
    rounds = made_rounds()
    rounds[0] = replace(rounds[0], validation_places=frozenset({"v0"}))
    assert whys(rounds) == {}
    assert any("grew from 1 to 2 places" in line for line in look_ahead(TimeLedger(), rounds).lines)


def test_the_largest_set_is_taken_and_of_equal_ones_the_newer() -> None:
    rounds = [replace(each, recipe="ab"[number % 2]) for number, each in enumerate(made_rounds())]
    assert [each.id for each in compare_rounds(rounds).rounds] == [
        "vessels-0",
        "vessels-2",
        "vessels-4",
    ]
    assert [each.recipe for each in compare_rounds(rounds[:4]).rounds] == ["b", "b"]


@pytest.mark.parametrize(
    ("places", "why"),
    [
        (
            [({"t"}, {"a"}), ({"t"}, {"b"}), ({"t"}, {"a", "b"})],
            "was scored on other held-out ground",
        ),
        (
            [({"t", "b"}, {"a"}), ({"t"}, {"a", "b"}), ({"t"}, {"a"})],
            "learnt from ground on which others are scored",
        ),
    ],
    ids=["two parts of the same", "learnt from what another is scored on"],
)
def test_each_round_can_be_compared_with_every_other(
    places: list[tuple[set[str], set[str]]], why: str
) -> None:
    rounds = [
        replace(each, training_places=frozenset(training), validation_places=frozenset(held_out))
        for each, (training, held_out) in zip(made_rounds(), places, strict=False)
    ]
    assert whys(rounds) == {"vessels-0": why}


# -- the curve ------------------------------------------------------------------------------------


def test_a_planted_power_law_is_found_within_its_interval() -> None:
    hits = 0
    for seed in range(20):
        gain = fit_curve(made_rounds(seed)).gain_of(500)
        hits += gain.low <= planted(1300) - planted(800) <= gain.high
    assert hits >= 17


def test_sure_scores_give_the_planted_score_between_and_beyond_the_rounds() -> None:
    curve = fit_curve(made_rounds(deviation=0.002))
    for chips in (75, 300, 1600):
        assert curve.score_at(chips).value == pytest.approx(planted(chips), abs=0.02)


def test_rounds_alike_promise_nothing() -> None:
    rounds = [training_round(n, chips, 0.6, 0.03) for n, chips in enumerate(CHIPS)]
    gain = fit_curve(rounds).gain_of(100)
    assert gain.low == pytest.approx(0, abs=1e-6)
    assert gain.high < 0.05


def test_less_sure_scores_make_a_wider_interval() -> None:
    sure, unsure = (
        fit_curve([training_round(n, c, planted(c), d) for n, c in enumerate(CHIPS)]).gain_of(500)
        for d in (0.005, 0.05)
    )
    assert unsure.high - unsure.low > 1.5 * (sure.high - sure.low)


def test_the_same_rounds_give_the_same_curve() -> None:
    first, second = (fit_curve(made_rounds()).gain_of(100) for _ in range(2))
    assert first == second


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, 5000), min_size=3, max_size=8, unique=True),
    st.lists(st.floats(0, 1), min_size=8, max_size=8),
)
def test_no_rounds_promise_a_loss_or_a_score_beyond_one(
    chips: list[int], scores: list[float]
) -> None:
    rounds = [training_round(n, c, s) for n, (c, s) in enumerate(zip(chips, scores, strict=False))]
    curve = fit_curve(rounds)
    gains = [curve.gain_of(more) for more in (50, 500)]
    assert gains[0].low >= 0
    assert gains[0].value <= gains[1].value + 1e-9
    assert max(curve.scores_at([1, curve.most, 10_000]).ravel()) <= 1


def test_two_rounds_are_refused_in_words() -> None:
    assert why_no_curve(made_rounds()[:2]).startswith("2 comparable rounds of training; a learning")
    assert why_no_curve(made_rounds()[:3]) == ""


def test_three_rounds_of_two_sizes_are_refused_in_words() -> None:
    rounds = [training_round(n, chips, 0.5) for n, chips in enumerate((50, 50, 90))]
    assert "but of 50 and 90 chips only" in why_no_curve(rounds)


# -- what the next hour is worth ------------------------------------------------------------------


def test_hours_are_those_of_the_ledger_for_held_out_chips_too() -> None:
    ledger = TimeLedger(cost=Interval(72.0, 36.0, 108.0), labelled=40)
    ahead = look_ahead(ledger, made_rounds())
    assert [each.chips for each in ahead.prospects] == [50, 100, 500]
    assert ahead.prospects[1].labelled == 125
    assert ahead.prospects[1].hours == Interval(2.5, 1.25, 3.75)
    said = "100 more chips to learn from (125 labelled): about 2.5 h (1.2 to 3.8) for +0.0"
    assert ahead.lines[-3].startswith(said)
    assert ahead.lines[-1].startswith("of the labelled places 20% are held out of training")
    assert not any(each.is_far for each in ahead.prospects)


def test_a_gain_that_may_be_nothing_and_one_that_is_a_guess_are_called_so() -> None:
    rounds = [training_round(n, chips, 0.6, 0.03) for n, chips in enumerate((20, 40, 60))]
    lines = look_ahead(TimeLedger(), rounds).lines
    assert lines[-4].startswith("50 more chips to learn from (63 labelled): unknown time for +0.0")
    assert lines[-4].endswith(", which may be nothing")
    assert lines[-2].endswith("may be nothing; a guess, far beyond what was measured")


def test_without_acts_and_models_it_says_what_is_missing() -> None:
    assert look_ahead(TimeLedger(), []).lines == (
        "no time is known: decide or paint in the window, which notes how long each act takes",
        "no model was trained yet: without three rounds there is no learning curve",
    )


def test_in_short_it_is_what_a_hundred_chips_bring_or_what_is_missing() -> None:
    short = look_ahead(TimeLedger(), made_rounds()).in_short
    said = "100 more chips to learn from (125 labelled)"
    assert [line.split(":")[0] for line in short] == ["no time is known", said]
    (_, why) = look_ahead(TimeLedger(), made_rounds()[:1]).in_short
    assert why.startswith("1 comparable round of training; a learning curve needs 3")
