"""A new model comes into use only where it beats the old one on checked chips of other ground."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from affine import Affine
from PIL import Image
from s2label_training.bundle import record_path
from s2label_training.gate import judge
from s2label_training.shelf import Shelf
from s2label_training.verdicts import VERDICT_NAME, read_verdict

from s2label.catalog.rows import place_row
from s2label.errors import InputError
from s2label.labelled.chips import find_labelled
from s2label.labelled.sides import Side, choose_sides
from s2label.masks import Mask, read_mask, write_mask
from s2label.progress import finish
from s2label.project import open_project
from s2label.types import PlaceRecord
from tests.factories import bundles, fleet
from tests.factories.commands import do, run

if TYPE_CHECKING:
    from pathlib import Path

    from s2label_training.verdicts import Verdict

    from s2label.project import Project

GROUPS = 12
SHARE = 0.5
OFFSET, SCALE = 0.05, 0.1

State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of a place in each of twelve groups, half of them held out, accepted."""
    folder = tmp_path_factory.mktemp("made")
    project = fleet.make_fleet(folder, GROUPS, places=1)
    fleet.accept(project)
    with open_project(project) as opened:
        choose_sides(opened, find_labelled(opened), SHARE)
    return folder


@pytest.fixture(scope="module")
def states(made: Path) -> dict[str, State]:
    """Return networks: trained on shuffled masks, trained a little, trained longer."""
    with open_project(made / "project") as opened:
        groups = sorted({int(name[1:].split("_")[0]) for name in places(opened, Side.TRAINING)})
    return {
        "shuffled": train(groups, {60}, shift=1)[60],
        **dict(zip(("short", "long"), train(groups, {10, 90}).values(), strict=True)),
    }


def train(groups: list[int], stops: set[int], shift: int = 0) -> dict[int, State]:
    """Train on one place of each group; return the state after so many steps."""
    images = np.stack([fleet.reflectance(group, 0) for group in groups])
    masks = np.stack([fleet.truth(group, 0) for group in groups])
    inputs = torch.from_numpy((images - OFFSET) / SCALE)
    target = torch.from_numpy(np.roll(masks, shift, axis=0).astype(np.int64))
    network = bundles.network_of(bundles.record())
    optimiser = torch.optim.Adam(network.parameters(), 0.01)
    weight = torch.tensor([0.05, 0.95])
    found = {}
    for step in range(max(stops) + 1):
        if step in stops:
            found[step] = {name: t.clone() for name, t in network.state_dict().items()}
        loss = torch.nn.functional.cross_entropy(network(inputs), target, weight)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return found


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """Return a copy of the project in which a test may do what it likes."""
    shutil.copytree(made / "project", tmp_path / "project")
    return tmp_path / "project"


def places(project: Project, side: Side) -> list[str]:
    of_place = choose_sides(project, find_labelled(project), SHARE).of_place
    return sorted(place for place, its in of_place.items() if its is side)


def add_model(project: Path, id_: str, state: State, **changes: Any) -> str:
    """Put a model on the shelf that learnt on the training side."""
    with open_project(project) as opened:
        data = bundles.training_data(*places(opened, Side.TRAINING))
    fields = {"recipe": bundles.recipe(validation={"share": SHARE}), "data": data} | changes
    its = bundles.record(id_, **fields)
    network = bundles.network_of(its)
    network.load_state_dict(state)
    bundles.write_bundle(project / "models" / id_, its, network)
    return id_


def verdict_on(project: Path, model: str) -> Verdict:
    with open_project(project) as opened:
        return finish(judge(opened, model))


def in_use(project: Path, id_: str, state: State, **changes: Any) -> str:
    add_model(project, id_, state, **changes)
    Shelf(project).promote(id_, "for the test")
    return id_


def test_a_model_that_was_trained_longer_is_taken(project: Path, states: dict[str, State]) -> None:
    in_use(project, "short", states["short"])
    verdict = verdict_on(project, add_model(project, "long", states["long"]))
    assert verdict.is_better, verdict.reason
    assert (verdict.new, verdict.old) == ("long", "short")
    assert verdict.new_score is not None
    assert verdict.old_score is not None
    assert verdict.new_score > verdict.old_score + 0.1
    assert verdict.confidence >= verdict.needed == 0.8
    assert (verdict.chips, verdict.groups, verdict.resampled) == (6, 6, "groups")
    assert verdict.reason.startswith("Better: object F1")


@pytest.mark.parametrize("old", ["short", "long"])
def test_a_model_that_learnt_shuffled_masks_is_refused(
    project: Path, states: dict[str, State], old: str
) -> None:
    in_use(project, "old", states[old])
    verdict = verdict_on(project, add_model(project, "shuffled", states["shuffled"]))
    assert not verdict.is_better
    assert "Not shown to be better" in verdict.reason


def test_a_model_that_learnt_shuffled_masks_is_refused_as_the_first_one_too(
    project: Path, states: dict[str, State]
) -> None:
    verdict = verdict_on(project, add_model(project, "shuffled", states["shuffled"]))
    assert not verdict.is_better


def test_the_first_model_has_to_beat_proposing_nothing(
    project: Path, states: dict[str, State]
) -> None:
    verdict = verdict_on(project, add_model(project, "long", states["long"]))
    assert verdict.is_better, verdict.reason
    assert (verdict.old, verdict.baseline) == ("", "proposing only background")
    assert verdict.old_score == 0


def test_a_model_is_no_better_than_itself(project: Path, states: dict[str, State]) -> None:
    in_use(project, "one", states["long"])
    verdict = verdict_on(project, add_model(project, "two", states["long"]))
    assert not verdict.is_better
    assert verdict.old_score == verdict.new_score
    assert verdict.changed == ()


def test_a_worse_model_is_refused(project: Path, states: dict[str, State]) -> None:
    in_use(project, "long", states["long"])
    verdict = verdict_on(project, add_model(project, "short", states["short"]))
    assert not verdict.is_better
    assert verdict.classes[0].is_lost


def test_the_same_verdict_comes_twice(project: Path, states: dict[str, State]) -> None:
    in_use(project, "short", states["short"])
    add_model(project, "long", states["long"])
    first, second = verdict_on(project, "long"), verdict_on(project, "long")
    assert first.model_copy(update={"at": second.at}) == second


def test_the_verdict_and_its_pictures_lie_in_the_bundle(
    project: Path, states: dict[str, State]
) -> None:
    in_use(project, "short", states["short"])
    verdict = verdict_on(project, add_model(project, "long", states["long"]))
    bundle = project / "models" / "long"
    assert read_verdict(bundle) == verdict
    plain = json.loads((bundle / VERDICT_NAME).read_text())
    assert plain["is_better"] is True
    assert plain["reason"]
    assert verdict.changed
    for chip in verdict.changed:
        with Image.open(bundle / chip.picture) as picture:
            assert picture.size == (4 * 192 + 3 * 4, 192)
    assert len(list((bundle / "changed").iterdir())) == len(verdict.changed)
    assert not list(bundle.glob(".*"))


def test_judging_again_leaves_no_older_pictures(project: Path, states: dict[str, State]) -> None:
    in_use(project, "short", states["short"])
    verdict_on(project, add_model(project, "long", states["long"]))
    in_use(project, "same", states["long"])
    verdict_on(project, "long")
    assert not list((project / "models" / "long" / "changed").iterdir())


def test_rows_per_class_tell_old_against_new(project: Path, states: dict[str, State]) -> None:
    in_use(project, "short", states["short"])
    verdict = verdict_on(project, add_model(project, "long", states["long"]))
    vessel, background = verdict.classes
    assert (vessel.name, background.name) == ("vessel", "background")
    assert vessel.objects > 10
    assert vessel.new.score == vessel.new.object_f1 == verdict.new_score
    assert vessel.old.score == verdict.old_score
    assert vessel.interval is not None
    assert verdict.new_score is not None
    assert verdict.old_score is not None
    assert vessel.interval[0] <= verdict.new_score - verdict.old_score <= vessel.interval[1]
    assert background.pixels > vessel.pixels


def test_chips_that_a_model_learnt_from_do_not_count(
    project: Path, states: dict[str, State]
) -> None:
    with open_project(project) as opened:
        train, held = places(opened, Side.TRAINING), places(opened, Side.VALIDATION)
    data = bundles.training_data(*train, *held[:2])
    in_use(project, "old", states["short"], data=data)
    verdict = verdict_on(project, add_model(project, "long", states["long"]))
    assert verdict.chips == 4
    assert any("2 held-out chips left out" in warning for warning in verdict.warnings)


def test_ground_that_a_model_learnt_under_another_name_does_not_count(
    project: Path, states: dict[str, State]
) -> None:
    with open_project(project) as opened:
        train, held = places(opened, Side.TRAINING), places(opened, Side.VALIDATION)
    data = bundles.training_data(*train, add_place_over(project, held[0]))
    in_use(project, "old", states["short"], data=data)
    verdict = verdict_on(project, add_model(project, "long", states["long"]))
    assert verdict.chips == 5
    assert any("1 held-out chip left out" in warning for warning in verdict.warnings)


def add_place_over(project: Path, place: str) -> str:
    """Add a place half over another one, as a second cut of that ground has; return its id."""
    with open_project(project) as opened:
        record = opened.catalog.places()[place]
    moved = Affine(*record.grid.transform) @ Affine.translation(fleet.SIDE // 2, 0)
    twin = PlaceRecord("twin", "twin", replace(record.grid, transform=tuple(moved)[:6]))
    with closing(sqlite3.connect(project / "catalog.sqlite")) as catalog, catalog:
        row = place_row(twin) | {"transform": json.dumps(twin.grid.transform)}
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        catalog.execute(f"INSERT INTO place ({names}) VALUES ({marks})", row)
    return twin.id


def test_a_truth_that_the_old_model_proposed_is_told(
    project: Path, states: dict[str, State]
) -> None:
    in_use(project, "short", states["short"])
    with open_project(project) as opened:
        held = set(places(opened, Side.VALIDATION))
        chips = [chip for chip in find_labelled(opened) if chip.place.id in held]
        paths = [opened.mask_path(chip.mask_id, chip.mask_version) for chip in chips]
    for path in paths[::2]:
        mask = read_mask(path)
        by_it = np.full_like(mask.provenance, Shelf(project).number("short"))
        write_mask(path, Mask(mask.classes, by_it, mask.grid))
    verdict = verdict_on(project, add_model(project, "long", states["long"]))
    assert 0.4 < verdict.old_own_share < 0.6
    assert verdict.new_own_share == 0
    told = f"{verdict.old_own_share:.0%} of the checked labels were proposed by short"
    assert any(warning.startswith(told) for warning in verdict.warnings)


def test_a_model_that_learnt_from_all_held_out_chips_cannot_be_judged(
    project: Path, states: dict[str, State]
) -> None:
    with open_project(project) as opened:
        everywhere = bundles.training_data(
            *(place for side in Side for place in places(opened, side))
        )
    verdict = verdict_on(project, add_model(project, "all", states["long"], data=everywhere))
    assert not verdict.is_better
    assert "has learnt from all 6 held-out chips" in verdict.reason


def test_few_groups_are_told(project: Path, states: dict[str, State]) -> None:
    with open_project(project) as opened:
        data = bundles.training_data(
            *places(opened, Side.TRAINING), *places(opened, Side.VALIDATION)[:3]
        )
    verdict = verdict_on(project, add_model(project, "long", states["long"], data=data))
    assert verdict.resampled == "places"
    assert any("3 groups of ground only" in warning for warning in verdict.warnings)


def test_one_place_is_too_little(project: Path, states: dict[str, State]) -> None:
    with open_project(project) as opened:
        data = bundles.training_data(
            *places(opened, Side.TRAINING), *places(opened, Side.VALIDATION)[1:]
        )
    verdict = verdict_on(project, add_model(project, "long", states["long"], data=data))
    assert not verdict.is_better
    assert "one place says nothing of others" in verdict.reason


def test_without_checked_chips_it_says_which_to_check(
    tmp_path: Path, states: dict[str, State]
) -> None:
    project = fleet.make_fleet(tmp_path, groups=3, places=2)
    verdict = verdict_on(project, add_model(project, "long", states["long"]))
    assert not verdict.is_better
    assert "none of the 2 held-out chips is checked" in verdict.reason
    assert "2 in g" in verdict.reason
    assert "--trust imported" in verdict.reason


def test_imported_pixels_count_when_the_model_trusts_them(
    tmp_path: Path, states: dict[str, State]
) -> None:
    project = fleet.make_fleet(tmp_path, groups=3, places=2)
    trusting = bundles.recipe(labels={"trust": "imported"})
    verdict = verdict_on(project, add_model(project, "long", states["long"], recipe=trusting))
    assert verdict.is_better, verdict.reason
    assert verdict.chips == 2


def test_a_model_in_use_that_takes_other_bands_cannot_be_compared(
    project: Path, states: dict[str, State]
) -> None:
    in_use(project, "old", states["short"], bands=("B02", "B03", "B04", "B11"))
    verdict = verdict_on(project, add_model(project, "long", states["long"]))
    assert not verdict.is_better
    assert "no B11" in verdict.reason


def test_a_damaged_model_in_use_is_told_and_replaced_by_the_simplest_opponent(
    project: Path, states: dict[str, State]
) -> None:
    in_use(project, "old", states["short"])
    (project / "models" / "old" / "weights.safetensors").write_bytes(b"")
    verdict = verdict_on(project, add_model(project, "long", states["long"]))
    assert verdict.is_better, verdict.reason
    assert any("not compared with the model in use" in warning for warning in verdict.warnings)


def test_a_model_in_use_whose_folder_is_gone_is_told(
    project: Path, states: dict[str, State]
) -> None:
    in_use(project, "old", states["short"])
    shutil.rmtree(project / "models" / "old")
    verdict = verdict_on(project, add_model(project, "long", states["long"]))
    assert verdict.baseline == "proposing only background"
    assert any("is gone" in warning for warning in verdict.warnings)


def test_a_new_model_that_is_damaged_is_an_error(project: Path, states: dict[str, State]) -> None:
    add_model(project, "long", states["long"])
    record_path(project / "models" / "long").write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        verdict_on(project, "long")


def test_judging_changes_nothing_but_the_bundle(project: Path, states: dict[str, State]) -> None:
    in_use(project, "short", states["short"])
    add_model(project, "long", states["long"])
    before = {p: p.read_bytes() for p in project.rglob("*") if p.is_file()}
    verdict_on(project, "long")
    after = {p: p.read_bytes() for p in project.rglob("*") if p.is_file()}
    bundle = project / "models" / "long"
    changed = [p for p in after if before.get(p) != after[p] and bundle not in p.parents]
    assert not [p for p in changed if not p.name.startswith((".lock", "catalog.sqlite-"))]
    assert set(before) <= set(after)


# -- judged by command -----------------------------------------------------------------------------


def test_a_model_that_nobody_judged_is_judged_by_command_and_taken(
    project: Path, states: dict[str, State]
) -> None:
    in_use(project, "short", states["short"])
    add_model(project, "long", states["long"])

    printed = do("models", "judge", project, "long")

    assert "Better: object F1" in printed.out
    assert "it is in use now" in printed.out
    assert Shelf(project).in_use == "long"


def test_a_model_is_judged_again_on_what_was_checked_since(
    project: Path, states: dict[str, State]
) -> None:
    add_model(project, "long", states["long"])
    fleet.reopen(project)
    before = do("models", "judge", project, "long", "--json-lines").lines[-1]["result"]
    assert (before["in_use"], before["verdict"]["new_score"]) == (False, None)
    fleet.accept(project)

    after = do("models", "judge", project, "long", "--json-lines").lines[-1]["result"]

    assert (after["model"], after["in_use"]) == ("long", True)
    assert after["verdict"] == read_verdict_of(project, "long").model_dump(mode="json")


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("used", "used: it is in use; others are compared with it"),
        ("crossed", "crossed: not judged; models of cross-validation learn from chips"),
        ("gone", "gone"),
    ],
)
def test_a_model_that_cannot_be_judged_stays_as_it_is(
    project: Path, states: dict[str, State], model: str, why: str
) -> None:
    in_use(project, "used", states["short"])
    crossed = bundles.training_data().model_copy(update={"hold_out": ("g1",)})
    add_model(project, "crossed", states["long"], data=crossed)

    refused = run("models", "judge", project, model)

    assert (refused.code, why in refused.err) == (1, True), refused.err
    assert refused.err.count("\n") == 1
    assert Shelf(project).in_use == "used"
    assert not list((project / "models").glob("*/verdict.json"))


def test_two_programs_do_not_judge_one_model_at_once(
    project: Path, states: dict[str, State]
) -> None:
    add_model(project, "long", states["long"])
    with open_project(project) as opened:
        first = judge(opened, "long")
        next(first)

        refused = run("models", "judge", project, "long")

        assert (refused.code, "another program is judging it" in refused.err) == (1, True)
        assert finish(first).is_better
    assert do("models", "judge", project, "long").code == 0
    assert not list((project / "models").glob(".judging*"))


def test_judging_that_is_stopped_by_ctrl_c_says_that_it_begins_anew(
    project: Path, states: dict[str, State], monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(*_: object) -> None:
        raise KeyboardInterrupt

    add_model(project, "long", states["long"])
    monkeypatch.setattr("s2label_training.judging.judge", press)

    stopped = run("models", "judge", project, "long")

    assert (stopped.code, stopped.err) == (
        1,
        "s2label: long: stopped; the same command begins anew\n",
    )
    assert Shelf(project).in_use is None


def read_verdict_of(project: Path, model: str) -> Verdict:
    verdict = read_verdict(project / "models" / model)
    assert verdict is not None
    return verdict
