"""``s2label train``: what it prints, how it stops, and what a kill leaves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from s2label_training.cli import training
from s2label_training.cli.stopping import stopping_on_interrupt
from s2label_training.runs import Runs
from s2label_training.shelf import Shelf

from s2label.cli.child import CHILD_VARIABLE
from s2label.project import open_project
from tests.factories.commands import do, run
from tests.factories.fits import small, train, weights_of
from tests.factories.snapshots import tree_snapshot
from tests.faults.seeds import long_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*")

TINY = (
    "--recipe",
    "vessels_unet",
    *("--set", "network.filters=4"),
    *("--set", "fit.precision=fp32"),
    *("--set", "fit.batch_size=2"),
)
EPOCHS = ("--set", "fit.epochs=2")
# Enough that a kill comes in time, and few enough to wait for.
SOME_EPOCHS = ("--set", "fit.epochs=16")
MANY_EPOCHS = ("--set", "fit.epochs=500")


@pytest.fixture
def project(accepted_fleet: Path, tmp_path: Path) -> Path:
    """Return a project of four places far from each other, all accepted."""
    return copied(accepted_fleet, tmp_path)


def copied(project: Path, folder: Path) -> Path:
    shutil.copytree(project, folder / "project")
    return folder / "project"


class Child:
    """``s2label train`` as a window runs it."""

    def __init__(self, project: Path, *arguments: str) -> None:
        command = [sys.executable, "-P", "-m", "s2label", "train", str(project), *TINY]
        self.process = subprocess.Popen(
            [*command, *arguments, "--json-lines"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {CHILD_VARIABLE: "1"},
            text=True,
        )
        assert self.process.stdout is not None
        self.records: Iterator[dict[str, Any]] = map(json.loads, self.process.stdout)

    def wait_for_epoch(self, number: int) -> None:
        """Read until it has told an epoch."""
        found = (r["progress"]["data"].get("epoch") for r in self.records if "progress" in r)
        assert number in found, self.errors()

    def errors(self) -> str:
        """Return what it printed to stderr, after it has ended."""
        assert self.process.stderr is not None
        return self.process.stderr.read()


class Killed(NamedTuple):
    """A project whose trainer was killed: its files and the model in use before and after."""

    project: Path
    before: dict[str, Any]
    after: dict[str, Any]
    in_use: str | None


@pytest.fixture(scope="module")
def killed(accepted_fleet: Path, tmp_path_factory: pytest.TempPathFactory) -> Killed:
    project = copied(accepted_fleet, tmp_path_factory.mktemp("killed"))
    do("train", project, *TINY, *EPOCHS)
    Shelf(project).promote(Shelf(project).records()[0].id, "by hand")
    before = tree_snapshot(project)
    child = Child(project, *SOME_EPOCHS)
    try:
        child.wait_for_epoch(2)
    finally:
        child.process.kill()
        child.process.communicate()
    return Killed(project, before, tree_snapshot(project), Shelf(project).in_use)


def test_it_prints_scores_objects_and_the_verdict(project: Path) -> None:
    printed = do("train", project, *TINY, *EPOCHS).out
    model = Shelf(project).records()[0].id
    assert printed.startswith(f"{model}: 2 epochs\n")
    assert "objects of vessel: recall" in printed
    assert "accept or paint more held-out chips" in printed  # the gate's words
    in_use = Shelf(project).in_use == model
    assert ("it is in use now" if in_use else "it is not in use") in printed


def test_json_lines_end_with_the_result(project: Path) -> None:
    *steps, last = do("train", project, *TINY, *EPOCHS, "--json-lines").lines
    result = last["result"]
    assert result["model"] == Shelf(project).records()[0].id
    assert (result["stopped"], result["epochs"], result["resume"]) == (False, 2, False)
    assert result["verdict"]["new"] == result["model"]
    assert result["in_use"] == result["verdict"]["is_better"]
    assert set(result["scores"]) >= {"headline", "mean_iou", "classes", "objects"}
    assert any(step["progress"]["message"] == "judging" for step in steps)


def test_without_the_gate_a_model_is_only_kept(project: Path) -> None:
    result = do("train", project, *TINY, *EPOCHS, "--no-gate", "--json-lines").lines[-1]["result"]
    assert (result["verdict"], result["in_use"]) == (None, False)
    assert Shelf(project).in_use is None


def test_a_model_of_cross_validation_is_not_judged(project: Path) -> None:
    from s2label.labelled.chips import find_labelled

    with open_project(project) as opened:
        group = find_labelled(opened)[0].group
    arguments = (*TINY, *EPOCHS, "--hold-out", group, "--json-lines")
    result = do("train", project, *arguments).lines[-1]["result"]
    assert (result["verdict"], result["in_use"]) == (None, False)


def test_trust_is_kept_in_the_model(project: Path) -> None:
    do("train", project, *TINY, *EPOCHS, "--trust", "imported", "--no-gate")
    assert Shelf(project).records()[0].data.trust == "imported"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--recipe", "vessels_onet"), "vessels_onet: no such recipe"),
        (("--set", "fit.epoch=3"), "fit.epoch: no such field, expected one of"),
        (("--set", "fit.epochs=no"), "fit.epochs: found"),
        (("--hold-out", "nowhere"), "nowhere: no group with labels"),
        (("--resume",), "no training that ended early"),
        (("--set", 'input.bands=["B02","B12"]'), "without B12"),
    ],
    ids=lambda value: value[0].strip("-") + value[-1] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_told_in_one_line(
    project: Path, arguments: tuple[str, ...], expected: str
) -> None:
    printed = run("train", project, *arguments)
    assert printed.code == 1
    (line,) = printed.err.splitlines()
    assert expected in line
    assert not Shelf(project).records()


def test_without_the_extra_it_says_which_to_install(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s2label_training.fit", None)
    monkeypatch.setitem(sys.modules, "lightning", None)
    for name in [name for name in sys.modules if name.startswith("s2label_training.fit")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("checkpoints", "fitting", "module", "keeping"):
        monkeypatch.delitem(sys.modules, f"s2label_training.{name}", raising=False)
    for name in [name for name in sys.modules if name.startswith("lightning.")]:
        monkeypatch.delitem(sys.modules, name)
    printed = run("train", project, *TINY)
    assert printed.code == 1
    assert 'training needs an extra: pip install "napari-s2label[training]"' in printed.err


def test_a_training_that_runs_is_not_resumed_by_others_and_stops_within_two_seconds(
    project: Path,
) -> None:
    child = Child(project, *MANY_EPOCHS)
    try:
        child.wait_for_epoch(1)
        assert "no training that ended early" in run("train", project, "--resume").err
        asked = time.monotonic()
        child.process.send_signal(signal.SIGINT)
        result = next(record["result"] for record in child.records if "result" in record)
        assert time.monotonic() - asked < 2
        assert child.process.wait(20) == 1
    finally:
        child.process.kill()
        child.process.communicate()
    assert (result["stopped"], result["resume"], result["verdict"]) == (True, True, None)
    assert Shelf(project).records()[0].id == result["model"]


def kept(tree: dict[str, Any]) -> dict[str, Any]:
    """Return files without drafts of trainings, and without those that SQLite keeps for readers."""
    passing = ("models/.runs", "catalog.sqlite-")
    return {name: found for name, found in tree.items() if not name.startswith(passing)}


def test_a_kill_leaves_project_and_models_as_they_were(killed: Killed) -> None:
    assert kept(killed.after) == kept(killed.before)
    assert killed.in_use is not None
    assert Runs(killed.project).unfinished()[0].record.epochs_done >= 2


def test_after_a_kill_the_next_training_says_so(killed: Killed, tmp_path: Path) -> None:
    printed = run("train", copied(killed.project, tmp_path), *TINY, *EPOCHS)
    assert "a training ended early (vessels_unet of" in printed.err
    assert "--resume goes on with it" in printed.err


@long_only("tests/faults kills trainings, too")
def test_a_killed_training_goes_on_to_the_same_end(killed: Killed, tmp_path: Path) -> None:
    project = copied(killed.project, tmp_path)
    resumed = do("train", project, "--resume", "--no-gate", "--json-lines").lines[-1]["result"]
    whole = do("train", project, *TINY, *SOME_EPOCHS, "--no-gate", "--json-lines")
    first, second = (weights_of(project, r["model"]) for r in (resumed, whole.lines[-1]["result"]))
    assert all((first[name] == second[name]).all() for name in first)


def test_a_training_stopped_before_it_went_on_can_be_resumed_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(project, small("fit.epochs=3"), stop_after=1)
    (unfinished,) = Runs(project).unfinished()
    wish = threading.Event()
    wish.set()
    monkeypatch.setattr(training, "stopping_on_interrupt", lambda: nullcontext(wish))
    printed = run("train", project, "--resume")
    assert printed.code == 1
    assert printed.out == "stopped before another epoch was done: --resume goes on with it\n"
    assert Runs(project).unfinished()[0].record.id == unfinished.record.id


def test_resuming_with_other_settings_is_refused_in_words(project: Path) -> None:
    train(project, small("fit.epochs=4"), stop_after=1)
    printed = run("train", project, "--resume", "--set", "fit.epochs=9")
    assert printed.code == 1
    assert "was begun with fit.epochs=4; resume it without other settings" in printed.err
    printed = run("train", project, "--resume", "--recipe", "vessels_resnet34")
    assert "no training of vessels_resnet34 that ended early" in printed.err


def test_it_trains_while_another_program_writes(project: Path) -> None:
    with open_project(project, write=True):
        do("train", project, *TINY, *EPOCHS)
    assert len(Shelf(project).records()) == 1


def test_ctrl_c_asks_first_and_breaks_off_then() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stopping_on_interrupt() as wish:
        os.kill(os.getpid(), signal.SIGINT)
        assert wish.wait(5)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert threading.current_thread() is threading.main_thread()
