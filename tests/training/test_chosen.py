"""What a warm start takes over from the model that it begins with: also what that one knows."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from s2label_training.chosen import choose_again, choose_chips
from s2label_training.learning import read_learning
from s2label_training.shelf import Shelf

from s2label.errors import InputError
from s2label.labelled.chips import find_labelled
from s2label.progress import finish
from s2label.project import open_project
from tests.factories.fits import small
from tests.factories.shelf import record, write_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from s2label_training.bundle import TrainingData
    from s2label_training.chosen import Chosen

RECIPE = small()


@pytest.fixture
def project(accepted_fleet: Path, tmp_path: Path) -> Path:
    """Return a project of four places far from each other, accepted; one will be held out."""
    shutil.copytree(accepted_fleet, tmp_path / "project")
    return tmp_path / "project"


def learnt_from(*places: str) -> TrainingData:
    return record().data.model_copy(update={"training_places": places})


def chosen(project: Path, parent: str = "", *, hold_out: tuple[str, ...] = ()) -> Chosen:
    its = Shelf(project).record(parent) if parent else None
    with open_project(project) as opened:
        return finish(choose_chips(opened, RECIPE, hold_out, its))


def recorded(project: Path, its: Chosen) -> TrainingData:
    """Return what a bundle would say of what it learnt from."""
    with open_project(project) as opened:
        return finish(read_learning(opened, RECIPE, its)).as_record("checked")


def held_place(project: Path) -> str:
    (chip,) = chosen(project).validation
    return chip.place.id


def test_a_warm_start_knows_what_its_parent_has_learnt_from(project: Path) -> None:
    write_bundle(project / "models", "parent", data=learnt_from("gone", "since"))
    fresh, warm = chosen(project), chosen(project, "parent")

    of_fresh, of_warm = recorded(project, fresh), recorded(project, warm)

    assert set(of_warm.training_places) == {*of_fresh.training_places, "gone", "since"}
    assert of_warm.chips == of_fresh.chips == 3
    with open_project(project) as opened:
        again = choose_again(opened, warm.data)
    assert recorded(project, again) == of_warm, "resumed, too"


def test_held_out_ground_that_the_parent_knows_validates_nothing(project: Path) -> None:
    write_bundle(project / "models", "parent", data=learnt_from(held_place(project)))
    warm = chosen(project, "parent")

    assert warm.validation == []
    assert len(warm.training) == 3
    assert any("1 held-out chip does not validate" in told for told in warm.data.warnings)
    assert not any(row.is_validation for row in warm.data.chips)
    assert not any("does not validate" in told for told in chosen(project).data.warnings)


def test_a_resumed_warm_start_needs_to_know_its_parent(project: Path) -> None:
    write_bundle(project / "models", "parent")
    warm = chosen(project, "parent")
    shutil.rmtree(project / "models" / "parent")

    with (
        open_project(project) as opened,
        pytest.raises(InputError, match=r"parent: gone or damaged.*without --resume"),
    ):
        choose_again(opened, warm.data)


def test_a_bundle_tells_what_was_held_out_for_cross_validation(project: Path) -> None:
    with open_project(project) as opened:
        group = find_labelled(opened)[0].group
    crossed = chosen(project, hold_out=(group,))

    assert recorded(project, crossed).hold_out == (group,)
    assert recorded(project, chosen(project)).hold_out == ()
    with open_project(project) as opened:
        again = choose_again(opened, crossed.data, (group,))
    assert recorded(project, again).hold_out == (group,)
