"""Bundles as rounds of training: what the learning curve asks of the shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from s2label_training.bundle import record_path
from s2label_training.recipe import find_recipe, with_changes
from s2label_training.rounds import round_of

from s2label.cli.rooms import rounds_of_rooms
from s2label.explore.rounds import why_not
from s2label.project import open_project
from s2label.types import Lifetime
from tests.factories.projects import apart, make_project
from tests.factories.shelf import record, write_bundle

if TYPE_CHECKING:
    from pathlib import Path


def f1(value: float | None, low: float = 0.0, high: float = 1.0) -> dict[str, Any]:
    return {"f1": {"value": value, "low": low, "high": high}}


def test_a_bundle_tells_its_labels_and_the_interval_of_its_objects() -> None:
    objects = [f1(0.5, 0.4, 0.6), f1(0.7, 0.6, 0.9), f1(None)]
    found = round_of(record(metrics={"headline": 0.6, "objects": objects}))
    assert (found.score, found.low, found.high) == (0.6, 0.5, 0.75)
    assert (found.chips, found.pixels, found.checked_pixels) == (4, 120, 60)
    assert found.validation_places == {"p2"}


def test_a_score_of_land_cover_counts_each_held_out_place_as_one_observation() -> None:
    places = tuple(f"v{number}" for number in range(10))
    data = record().data.model_copy(update={"validation_places": places})
    metrics = {"headline": 0.8, "objects": []}
    found = round_of(record(metrics=metrics, data=data, lifetime=Lifetime.STATIC))
    # 8 of 10 in the table of docs/scores.md.
    assert found.low == pytest.approx(0.49, abs=0.005)
    assert found.high == pytest.approx(0.943, abs=0.005)


def test_a_model_without_a_score_has_no_interval() -> None:
    found = round_of(record(metrics={}))
    assert (found.score, found.low, found.high) == (None, None, None)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("fit.seed=7", ""),
        ("fit.max_minutes=9", ""),
        ("fit.epochs=3", "was trained differently (fit.epochs 3, not "),
        ("labels.unchecked_model=0.9", "was trained differently (labels.unchecked_model 0.9"),
    ],
)
def test_what_matters_in_a_recipe_has_to_be_the_same(change: str, why: str) -> None:
    changed = with_changes(find_recipe("vessels_unet"), [change])
    found = why_not(round_of(record(recipe=changed)), round_of(record()))
    assert found == why if not why else found.startswith(why)


def test_the_room_offers_its_rounds_and_says_what_is_damaged(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1))
    write_bundle(folder / "models", "vessels-1")
    record_path(write_bundle(folder / "models", "vessels-2")).write_text("{")
    with open_project(folder) as project:
        rounds, damaged = rounds_of_rooms(project)
    assert [each.id for each in rounds] == ["vessels-1"]
    assert len(damaged) == 1
    assert "vessels-2" in damaged[0]
