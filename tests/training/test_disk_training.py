"""R6: learning on a disk that fails at a write says so, and goes on when the disk is in order.

Some writes of a training (its record, checkpoints, weights, the bundle) and of suggestions in the
normal suite, in turns with each trouble; all of them with ``S2LABEL_LONG=1``.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from s2label_training.runs import Runs
from s2label_training.shelf import Shelf

from s2label.errors import S2LabelError
from s2label.refusals import in_words
from tests.factories import bundles
from tests.factories.audit_runs import proposals_of
from tests.factories.commands import do
from tests.factories.fits import small, train
from tests.faults.disk_work import Ended, count_writes, disturb, put_back, require_clear
from tests.faults.killed_work import command
from tests.faults.killing import Job
from tests.faults.seeds import LONG, chance_of

if os.name != "posix":
    pytest.skip("limits of POSIX", allow_module_level=True)

from tests.faults.failing_disk import FailingDisk, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label_training.bundle import ModelRecord

    from tests.factories.killable import Work

# Lightning meets a torch that is newer than itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*")

TROUBLES = (Trouble.FULL, Trouble.LIMIT, Trouble.GONE, Trouble.READ_ONLY)
# A long run meets every write: each next failure is one write further than the one before.
STEP = 1 if LONG else 19
DRAWS = 2


@pytest.fixture
def world(tmp_path: Path, accepted_fleet: Path) -> Path:
    """Return a folder with a project of four accepted masks."""
    world = tmp_path / "world"
    shutil.copytree(accepted_fleet, world / "project")
    return world


def go_on(project: Path) -> None:
    """Train, or go on with the training that ended early."""
    unfinished = Runs(project).unfinished()
    train(project, small(), resume=unfinished[0].folder.name if unfinished else "")


def moments() -> Iterator[tuple[Trouble, int]]:
    """Yield a trouble and at which write, ever later ones."""
    number = chance_of("training").randrange(STEP)
    while True:
        for trouble in TROUBLES:
            yield trouble, number
            number += STEP


def learn_until_it_is_done(world: Path) -> int:
    """Train on a disk that fails again and again; return how often it was told."""
    project = world / "project"
    for failures, (trouble, number) in enumerate(moments()):
        with FailingDisk(world, trouble, number).plugged_in():
            try:
                go_on(project)
                return failures
            except (S2LabelError, OSError) as error:
                said = in_words(error)
        require_clear(Ended(1, f"s2label: {said}\n"), world)
        assert not Shelf(project).complaints
    raise AssertionError


def model_of(project: Path) -> ModelRecord:
    """Return the only model, which is whole."""
    shelf = Shelf(project)
    assert not shelf.complaints
    (record,) = shelf.records()
    return record


def test_a_training_on_a_failing_disk_says_so_and_ends_as_if_nothing_had_been(
    world: Path, tmp_path: Path, accepted_fleet: Path
) -> None:
    assert learn_until_it_is_done(world) >= 2
    project, sound = world / "project", tmp_path / "sound"
    assert not Runs(project).unfinished()
    assert do("check", project).out == "all is well\n"
    shutil.copytree(accepted_fleet, sound)
    go_on(sound)
    assert model_of(project).weights_sha256 == model_of(sound).weights_sha256


def suggest(world: Path) -> list[Work]:
    return [command("suggest", world / "project")]


def suggested(world: Path) -> object:
    return proposals_of(world / "project")


SUGGESTING = Job("suggesting", lambda world: None, suggest, suggested)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_suggestions_on_a_failing_disk_say_so_and_are_the_same_later(
    world: Path, tmp_path: Path, trouble: Trouble
) -> None:
    project, kept = world / "project", tmp_path / "kept"
    bundles.write_bundle(project / "models" / "tiny-1", bundles.record("tiny-1", threshold=0.3))
    Shelf(project).promote("tiny-1", "for the test")
    shutil.copytree(world, kept)
    (work,) = suggest(world)
    writes = range(count_writes(work, world))
    expected = suggested(world)
    numbers = writes if LONG else chance_of("suggesting", trouble).sample(writes, DRAWS)
    broken = 0
    for number in numbers:
        put_back(kept, world)
        broken += disturb(SUGGESTING, work, world, trouble, number)
        do(*work.arguments)
        assert suggested(world) == expected
    assert broken, "the disk failed where nobody minded"
