"""A fit makes a model of labels, can be stopped and goes on as if it never was."""

from __future__ import annotations

import json
import shutil
from functools import cache
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
import torch
from s2label_training import course, search
from s2label_training.assembly import build_loader, build_sampler
from s2label_training.chosen import choose_chips
from s2label_training.fit import TrainingRequest, train_model
from s2label_training.learning import read_learning
from s2label_training.losses import build_loss
from s2label_training.networks import build_network
from s2label_training.runs import Runs, RunState
from s2label_training.shelf import Shelf

from s2label.canvases import CanvasKind
from s2label.errors import InputError, S2LabelError
from s2label.labelled.chips import find_labelled
from s2label.progress import finish
from s2label.project import open_project
from s2label.types import Provenance
from tests.factories import fleet
from tests.factories.fits import epochs_of, small, train, weights_of
from tests.factories.painting import RealPainting
from tests.factories.snapshots import tree_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from s2label_training.fit import TrainingResult
    from torch import Tensor

    from s2label.progress import Progress

# Of Lightning 2.6 beside torch 2.15, about its own code.
pytestmark = pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*")


@pytest.fixture(scope="module", autouse=True)
def _quick_searches() -> Iterator[None]:
    """Let searches of a learning rate take fewer steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_STEPS", 8)
        yield


@pytest.fixture
def project(fleet_of_four: Path, tmp_path: Path) -> Path:
    """Return a project of four places far from each other, imported; nothing is accepted."""
    return copied(fleet_of_four, tmp_path)


def copied(project: Path, folder: Path) -> Path:
    shutil.copytree(project, folder / "project")
    return folder / "project"


class Fitted(NamedTuple):
    """A training of two epochs that was done: what came of it, and what it told."""

    project: Path
    result: TrainingResult
    told: list[Progress]

    @property
    def beginning(self) -> dict[str, Any]:
        return beginning_of(self.told)


@pytest.fixture(scope="module")
def fitted(accepted_fleet: Path, tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    project = copied(accepted_fleet, tmp_path_factory.mktemp("fitted"))
    told: list[Progress] = []
    return Fitted(project, train(project, small(), told=told), told)


def beginning_of(told: list[Progress]) -> dict[str, Any]:
    return next(step.data for step in told if "run" in step.data)


def assert_same_weights(project: Path, one: str, other: str) -> None:
    first, second = weights_of(project, one), weights_of(project, other)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_fit_puts_a_model_on_the_shelf_that_can_be_used(fitted: Fitted) -> None:
    from s2label_training.predict import Predictor

    shelf = Shelf(fitted.project)
    record = shelf.record(fitted.result.model)
    assert (record.bands, record.class_values) == (fleet.BANDS, (0, 1))
    assert (record.tile_px, record.gsd_m, record.data.chips) == (64, 10, 3)
    assert record.metrics == fitted.result.scores
    assert record.metrics["headline"] == max(line["headline"] for line in epochs_of(fitted.told))
    assert set(record.data.training_places).isdisjoint(record.data.validation_places)
    predictor = Predictor(shelf.folder(fitted.result.model))
    assert predictor.probabilities(fleet.reflectance(0, 0)).shape == (2, 64, 64)
    assert shelf.in_use is None


def test_nothing_but_models_is_written_and_a_window_may_have_the_project_open(
    project: Path,
) -> None:
    with open_project(project, write=True):
        before = {k: v for k, v in tree_snapshot(project).items() if not k.startswith("models")}
        train(project, small())
        after = {k: v for k, v in tree_snapshot(project).items() if not k.startswith("models")}
    assert after == before


def test_what_it_learns_from_is_told_first_then_each_epoch(fitted: Fitted) -> None:
    beginning = fitted.beginning
    assert beginning["chips"] == beginning["groups"] == 4
    assert beginning["held_out"] == {"chips": 1, "by_group": True}
    assert beginning["checked_share"] == 1
    assert beginning["pixels"]["vessel"] == sum(int(fleet.truth(g, 0).sum()) for g in range(4))
    assert beginning["device"].endswith("fp32")
    lines = epochs_of(fitted.told)
    assert [line["epoch"] for line in lines] == [1, 2]
    assert set(lines[0]["iou"]) == {"background", "vessel"}
    steps = [step for step in fitted.told if step.message.startswith("epoch ")]
    assert steps[-1].done == steps[-1].total == 4
    json.dumps([step.as_dict() for step in fitted.told], allow_nan=False)


def test_each_epoch_draws_a_preview(fitted: Fitted) -> None:
    from PIL import Image

    with Image.open(epochs_of(fitted.told)[-1]["preview"]) as picture:
        assert picture.width > 3 * 192


def test_a_finished_training_leaves_only_its_model_and_pictures(fitted: Fitted) -> None:
    runs = fitted.project / "models" / ".runs"
    left = {path.suffix for path in runs.rglob("*") if path.is_file()}
    assert left <= {".json", ".png", ""}
    bundle = {path.name for path in Shelf(fitted.project).folder(fitted.result.model).iterdir()}
    assert bundle == {"model.json", "weights.safetensors"}


def test_without_checked_held_out_pixels_the_last_epoch_is_kept_and_that_is_told(
    project: Path,
) -> None:
    told: list[Progress] = []
    result = train(project, small(), told=told)
    beginning = beginning_of(told)
    assert any("no held-out pixel is checked" in warning for warning in beginning["warnings"])
    assert epochs_of(told)[-1]["headline"] is None
    assert (result.scores, Shelf(project).record(result.model).epochs) == ({}, 2)


def test_trusting_imported_masks_is_told(project: Path) -> None:
    told: list[Progress] = []
    train(project, small("labels.trust=imported"), told=told)
    beginning = beginning_of(told)
    assert any("imported masks count as checked" in w for w in beginning["warnings"])
    assert epochs_of(told)[-1]["headline"] is not None


def test_groups_can_be_held_out_for_cross_validation(project: Path) -> None:
    with open_project(project) as opened:
        group = find_labelled(opened)[0].group
        place = find_labelled(opened)[0].place.id
    result = train(project, small("labels.trust=imported"), hold_out=(group,))
    assert Shelf(project).record(result.model).data.validation_places == (place,)
    assert not (project / "models" / "validation.json").exists()


RESUMED = {
    "one stage": ["network.dropout=0.5", "sampling.hard_share=0.5", "optimiser.schedule=one_cycle"],
    "sgd": ["optimiser.kind=sgd", "optimiser.schedule=cosine"],
    "two stages": [
        *("fit.frozen_epochs=1", "fit.lr_search=true", "fit.lr_decay=10"),
        "optimiser.schedule=one_cycle",
    ],
}


@pytest.fixture(scope="module")
def uninterrupted(
    fleet_of_four: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], dict[str, Tensor]]:
    """Return what trains three epochs in one go, each case once, and returns the weights."""

    @cache
    def weights(case: str) -> dict[str, Tensor]:
        project = copied(fleet_of_four, tmp_path_factory.mktemp("whole"))
        model = train(project, small("fit.epochs=3", *RESUMED[case])).model
        return weights_of(project, model)

    return weights


@pytest.mark.parametrize(
    ("case", "stop_after"), [("one stage", 1), ("sgd", 2), ("two stages", 1), ("two stages", 2)]
)
def test_a_resumed_fit_ends_as_if_it_had_never_been_stopped(
    project: Path,
    uninterrupted: Callable[[str], dict[str, Tensor]],
    case: str,
    stop_after: int,
) -> None:
    recipe = small("fit.epochs=3", *RESUMED[case])
    half = train(project, recipe, stop_after=stop_after)
    assert (half.stopped, half.resume, half.epochs) == (True, True, stop_after)
    (run,) = Runs(project).unfinished()
    told: list[Progress] = []
    rest = train(project, recipe, resume=run.record.id, told=told)
    found, expected = weights_of(project, rest.model), uninterrupted(case)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in found)
    assert [line["epoch"] for line in epochs_of(told)] == [1, 2, 3]
    assert not Runs(project).unfinished()


def test_a_resumed_fit_that_is_stopped_before_it_goes_on_can_be_resumed_again(
    project: Path,
) -> None:
    recipe = small("fit.epochs=3")
    train(project, recipe, stop_after=1)
    (run,) = Runs(project).unfinished()
    with open_project(project) as opened:
        job = train_model(opened, TrainingRequest(recipe, resume=run.record.id))
        next(job)  # it reads the labels
        with pytest.raises(StopIteration) as stop:
            job.throw(KeyboardInterrupt)
    result = stop.value.value
    assert (result.model, result.stopped, result.epochs, result.resume) == ("", True, 1, True)
    assert train(project, recipe, resume=run.record.id).epochs == 3


def test_a_resumed_fit_learns_from_the_masks_that_it_began_with(project: Path) -> None:
    recipe = small("fit.epochs=2")
    whole = train(project, recipe)
    train(project, recipe, stop_after=1)
    fleet.accept(project)  # meanwhile
    (run,) = Runs(project).unfinished()
    assert_same_weights(project, train(project, recipe, resume=run.record.id).model, whole.model)


def test_the_same_seed_gives_the_same_weights_and_another_one_others(project: Path) -> None:
    one, same, other = (train(project, small(f"fit.seed={seed}")).model for seed in (0, 0, 10**18))
    assert_same_weights(project, one, same)
    first, third = weights_of(project, one), weights_of(project, other)
    assert not all(torch.equal(first[name], third[name]) for name in first)


def test_chips_read_from_disk_give_the_same_weights_as_from_memory(project: Path) -> None:
    fleet.accept(project)
    models = [train(project, small(f"fit.memory_gib={gib}")).model for gib in (4.0, 1e-9)]
    assert_same_weights(project, *models)


def hide(project: Path, value: int) -> None:
    """Set half of every mask to a value that is no label."""
    from s2label.masks import Mask, read_mask, write_mask

    with open_project(project) as opened:
        for chip in find_labelled(opened):
            path = opened.mask_path(chip.mask_id, chip.mask_version)
            mask = read_mask(path)
            classes, provenance = mask.classes.copy(), mask.provenance.copy()
            classes[:, 32:], provenance[:, 32:] = value, Provenance.HUMAN
            write_mask(path, Mask(classes, provenance, mask.grid))


def test_ignored_and_not_labelled_pixels_teach_nothing(project: Path) -> None:
    models = []
    for value in (254, 255):
        hide(project, value)
        models.append(train(project, small("fit.epochs=1")).model)
    assert_same_weights(project, *models)
    hide(project, 0)  # the same with labels there: they do teach
    labelled = weights_of(project, train(project, small("fit.epochs=1")).model)
    hidden = weights_of(project, models[0])
    assert not all(torch.equal(hidden[name], labelled[name]) for name in hidden)


def test_labels_below_pixels_that_are_ignored_in_an_image_teach_nothing(project: Path) -> None:
    ignore_right_half(project)
    models = []
    for value in (0, 1):
        hide(project, value)
        models.append(train(project, small("fit.epochs=1")).model)
    assert_same_weights(project, *models)


def ignore_right_half(project: Path) -> None:
    """Ignore the right half of every image."""
    right = {row * fleet.SIDE + column for row in range(fleet.SIDE) for column in range(32, 64)}
    with open_project(project, write=True) as opened:
        for number in range(len(find_labelled(opened))):
            hand = RealPainting(opened)
            hand.look(number)
            hand.paint(CanvasKind.IGNORE, right, 255, Provenance.HUMAN, drawn=False)
            hand.leave()


@pytest.mark.parametrize(
    "leave_out",
    [lambda project: hide(project, 254), lambda project: hide(project, 255), ignore_right_half],
    ids=["not labelled", "ignored in the mask", "ignored in the image"],
)
def test_no_gradient_comes_from_pixels_without_a_label(
    project: Path, leave_out: Callable[[Path], None]
) -> None:
    leave_out(project)
    recipe = small()
    with open_project(project) as opened:
        chosen = finish(choose_chips(opened, recipe, (), None))
        learning = finish(read_learning(opened, recipe, chosen))
    loader = build_loader(recipe, learning, build_sampler(recipe, learning), is_pinned=False)
    loss = build_loss(recipe.loss, learning.class_pixels)
    for batch in loader:
        logits = torch.randn(2, 2, fleet.SIDE, fleet.SIDE, requires_grad=True)
        loss(logits, batch.targets, batch.weights).backward()
        assert logits.grad is not None
        has_gradient = logits.grad.abs().sum(dim=1) > 0
        assert has_gradient[..., :32].all()
        assert not has_gradient[..., 32:].any()


def test_a_frozen_encoder_stays_as_it_was_with_its_batch_statistics(project: Path) -> None:
    recipe = small("fit.epochs=2", "fit.frozen_epochs=1")
    kept = weights_of(project, train(project, recipe, stop_after=1).model)
    torch.manual_seed(recipe.fit.seed)
    start = build_network(recipe.network, len(fleet.BANDS), 2).state_dict()
    of_encoder = [name for name in start if name.startswith("encoder.")]
    assert len(of_encoder) > 20
    assert all(torch.equal(kept[name], start[name]) for name in of_encoder)
    assert not torch.equal(kept["segmentation_head.weight"], start["segmentation_head.weight"])


def test_a_random_encoder_that_is_frozen_is_warned_of(project: Path, fitted: Fitted) -> None:
    told: list[Progress] = []
    train(project, small("fit.frozen_epochs=1"), told=told)
    assert any("fit.frozen_epochs is 1" in warning for warning in beginning_of(told)["warnings"])
    assert not any("frozen" in warning for warning in fitted.beginning["warnings"])


def test_a_warm_start_may_freeze_the_encoder_that_it_brings(project: Path) -> None:
    Shelf(project).promote(train(project, small("fit.epochs=1")).model, "by hand")
    told: list[Progress] = []
    train(project, small("fit.frozen_epochs=1", "fit.start=warm"), told=told, stop_after=1)
    assert not any("frozen" in warning for warning in beginning_of(told)["warnings"])


def test_closing_the_job_keeps_the_best_so_far(project: Path) -> None:
    with open_project(project) as opened:
        job = train_model(opened, TrainingRequest(small("fit.epochs=50")))
        next(step for step in job if step.data.get("epoch") == 1)
        job.close()
    (record,) = Shelf(project).records()
    assert record.epochs >= 1
    assert Runs(project).unfinished()[0].record.state is RunState.STOPPED


def test_ctrl_c_keeps_the_best_so_far(project: Path) -> None:
    with open_project(project) as opened:
        job = train_model(opened, TrainingRequest(small("fit.epochs=50")))
        next(step for step in job if step.data.get("epoch") == 1)
        with pytest.raises(StopIteration) as stop:
            job.throw(KeyboardInterrupt)
    assert stop.value.value.model == Shelf(project).records()[0].id
    assert stop.value.value.resume


def test_stopped_before_an_epoch_is_done_nothing_is_left(project: Path) -> None:
    with open_project(project) as opened:
        job = train_model(opened, TrainingRequest(small()))
        next(step for step in job if "run" in step.data)
        with pytest.raises(StopIteration) as stop:
            job.throw(KeyboardInterrupt)
    assert (stop.value.value.model, stop.value.value.stopped) == ("", True)
    assert not Shelf(project).records()
    assert not Runs(project).unfinished()


def test_it_ends_early_when_it_gets_no_better(project: Path) -> None:
    fleet.accept(project)
    recipe = small("fit.epochs=30", "fit.early_stop_epochs=2", "optimiser.lr=1e-12")
    result = train(project, recipe)
    assert result.epochs < 30
    assert not result.resume
    assert Shelf(project).record(result.model).epochs <= result.epochs - 2


def test_it_ends_when_the_time_is_up_and_is_done(project: Path) -> None:
    result = train(project, small("fit.epochs=30", "fit.max_minutes=1e-5"))
    assert (result.epochs, result.stopped, result.resume) == (1, False, False)


def test_minutes_that_end_a_fit_first_end_its_schedule_and_its_bar_too(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = count()  # whoever looks at this clock takes a second
    monkeypatch.setattr(course, "time", SimpleNamespace(monotonic=lambda: float(next(asked))))
    recipe = small("fit.epochs=30", "fit.max_minutes=3", "optimiser.schedule=one_cycle")
    told: list[Progress] = []
    result = train(project, recipe, told=told)
    assert 1 < result.epochs < 30
    rates = [line["lr"] for line in epochs_of(told)]
    assert max(rates) > 100 * rates[-1]
    shares = [step.done / step.total for step in told if step.message.startswith("epoch ")]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_warm_start_begins_with_the_model_in_use(project: Path) -> None:
    first = train(project, small())
    Shelf(project).promote(first.model, "by hand")
    warm = small("fit.start=warm", "optimiser.lr=1e-12", "fit.epochs=1")
    second = train(project, warm)
    assert Shelf(project).record(second.model).parent == first.model
    before, after = weights_of(project, first.model), weights_of(project, second.model)
    name = "segmentation_head.weight"
    np.testing.assert_allclose(after[name], before[name], atol=1e-6)


def test_a_warm_start_needs_a_model_of_the_same_channels(project: Path) -> None:
    with pytest.raises(S2LabelError, match=r"no model is in use.*fit\.start=fresh"):
        train(project, small("fit.start=warm"))
    Shelf(project).promote(train(project, small()).model, "by hand")
    with pytest.raises(InputError, match=r"channels B02 B03 B04 B08; expected B02 B04"):
        train(project, small("fit.start=warm", 'input.bands=["B02","B04"]'))


@pytest.mark.parametrize("batch_size", [1, 4], ids=["first steps", "last step"])
def test_a_loss_or_weights_that_are_no_numbers_end_the_fit_in_words(
    project: Path, batch_size: int
) -> None:
    astray = ("optimiser.kind=sgd", "optimiser.lr=1e38", "loss.terms={dice=1e10}")
    with pytest.raises(S2LabelError, match=r"went astray in epoch 1.*lower optimiser\.lr"):
        train(project, small(*astray, f"fit.batch_size={batch_size}", "fit.epochs=1"))
    assert not Shelf(project).records()


def test_a_project_without_labels_says_what_to_do(tmp_path: Path) -> None:
    from s2label.classes import VESSELS
    from s2label.project import create_project

    create_project(tmp_path / "empty", VESSELS)
    with pytest.raises(S2LabelError, match=r"nothing is labelled yet; paint some chips"):
        train(tmp_path / "empty", small())
    assert not Runs(tmp_path / "empty").unfinished()


def test_nothing_is_printed_and_nothing_written_elsewhere(
    project: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    train(project, small())
    assert capfd.readouterr() == ("", "")
    assert not any((tmp_path / "here").iterdir())


def test_the_next_training_clears_what_finished_ones_left(project: Path) -> None:
    train(project, small())
    train(project, small())
    assert len([path for path in (project / "models" / ".runs").iterdir() if path.is_dir()]) == 1
