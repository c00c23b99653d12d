"""R4: two programs on one project: nothing is lost, and the second is told who has it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from s2label_training.recipe import find_recipe
from s2label_training.runs import Run, Runs
from s2label_training.shelf import Shelf

from s2label.classes import VESSELS
from s2label.errors import ProjectBusyError, ProjectError
from s2label.handover import take_all
from s2label.project import create_project, open_project
from s2label.types import Decision, Subject, Verdict
from s2label.worth_files import leave_worths, take_oldest_worths
from tests.factories.catalog import chip_record, image, new_catalog, open_again, writing_elsewhere
from tests.factories.commands import do, run
from tests.factories.painting import MASK, RealPainting
from tests.factories.painting_agreement import acts_on_disk
from tests.factories.projects import apart, make_project
from tests.factories.shelf import write_bundle
from tests.factories.snapshots import project_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

RECIPE = find_recipe("vessels_unet")
# How many trainings two programs begin at once, and for how long one may wait for the other.
TRAININGS, PATIENCE_S = 40, 0.3
# How often each of two writers decides.
TURNS = 20


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path, apart(3, mask_values=(0, 1), side_px=16), VESSELS)


# -- the catalog ---------------------------------------------------------------------------------


def commands_that_write(project: Path, folder: Path) -> list[tuple[object, ...]]:
    decisions = folder / "decisions.csv"
    decisions.write_text("subject,id,decision\n")
    return [
        ("decide", project, decisions),
        ("import", project, folder / "sources"),
        ("undo", project),
        ("redo", project),
        ("relink", project, folder / "sources"),
        ("dates", project, "--reject-others"),
        ("rest", project, "--accept"),
        ("findings", "settle", project, "saturated", "--why", "seen"),
        ("findings", "reopen", project, "saturated"),
        ("doubts", project, folder / "vessels.tif", folder / "product.zip"),
    ]


def test_who_comes_second_is_told_and_changes_nothing(project: Path, tmp_path: Path) -> None:
    commands = commands_that_write(project, tmp_path)
    with writing_elsewhere(project):
        before = project_snapshot(project)
        for command in commands:
            printed = run(*command)
            assert printed.code == 1, command
            assert "another program is writing to this project" in printed.err, command
            assert len(printed.err.splitlines()) == 1, command
        assert project_snapshot(project) == before


def test_who_only_reads_is_not_kept_from_it(project: Path, tmp_path: Path) -> None:
    with writing_elsewhere(project):
        do("list", project)
        do("check", project)
        do("export", project, tmp_path / "out", "--format", "png", "--include-open")


def decide_and_paint(folder: Path, begin: int) -> int:
    """Do something in a project again and again, whenever nobody else has it; return the acts."""
    done = 0
    while done < 4:
        try:
            with open_project(folder, write=True) as opened:
                painting = RealPainting(opened)
                painting.look(begin)
                id_ = opened.catalog.image_ids()[begin]
                verdict = (Verdict.ACCEPT, Verdict.REJECT)[done % 2]
                opened.catalog.decide([Decision(Subject.IMAGE, id_, verdict)])
                painting.paint(MASK, range(done * 20, done * 20 + 10), 1, 2, drawn=False)
                painting.leave()
                done += 1
        except ProjectBusyError:
            continue
    return 2 * done


def test_two_that_decide_and_paint_in_turns_lose_nothing(project: Path) -> None:
    with ThreadPoolExecutor(2) as programs:
        told = sum(programs.map(lambda begin: decide_and_paint(project, begin), (0, 1)))
    assert acts_on_disk(project) == told == 16
    assert do("check", project).out == "all is well\n"
    with open_project(project) as opened:
        states = {row["id"]: row["state"] for row in opened.catalog.list_images()}
        ids = opened.catalog.image_ids()
    assert [states[id_] for id_ in ids[:3]] == ["rejected", "rejected", "open"]


def test_two_writers_of_a_catalog_wait_for_each_other(tmp_path: Path) -> None:
    # The project's lock keeps them apart; on a disk without locks, and in threads, it does not.
    new_catalog(tmp_path, map(chip_record, range(2))).close()

    def decide(number: int) -> None:
        catalog = open_again(tmp_path)
        id_ = catalog.image_ids()[number]
        for turn in range(TURNS):
            catalog.decide([image(id_, (Verdict.ACCEPT, Verdict.REJECT)[turn % 2])])
        catalog.close()

    with ThreadPoolExecutor(2) as programs:
        list(programs.map(decide, range(2)))
    assert acts_on_disk(tmp_path) == 2 * TURNS


def test_what_is_computed_beside_a_window_waits_for_it(project: Path) -> None:
    with writing_elsewhere(project), open_project(project) as reading:
        ids = reading.catalog.image_ids()
        leave_worths(reading, "tiny-1", dict.fromkeys(ids, 0.5))
        before = acts_on_disk(project)
    with open_project(project, write=True) as opened:
        assert take_all(take_oldest_worths, opened) == 1
        assert not take_oldest_worths(opened)
    assert acts_on_disk(project) == before


# -- models --------------------------------------------------------------------------------------


def test_two_that_take_models_into_use_number_each_once(tmp_path: Path) -> None:
    create_project(tmp_path / "project", VESSELS)
    names = [f"vessels-{number}" for number in range(8)]
    for name in names:
        write_bundle(tmp_path / "project" / "models", name)

    def promote(some: list[str]) -> None:
        for name in some:
            Shelf(tmp_path / "project").promote(name, "for the test")

    with ThreadPoolExecutor(2) as programs:
        list(programs.map(promote, (names[::2], names[1::2])))
    shelf = Shelf(tmp_path / "project")
    assert sorted(use.model for use in shelf.uses()) == names
    assert sorted(shelf.numbers().values()) == list(range(16, 24))


# -- trainings -----------------------------------------------------------------------------------


def begin_many(project: Path) -> int:
    """Begin trainings as `train_model` does; return how many were gone while they ran."""
    lost = 0
    for _ in range(TRAININGS):
        runs = Runs(project)
        runs.sweep()
        begun = runs.begin(RECIPE, ())
        lost += not (begun.folder / "run.json").is_file()
        begun.release()
    return lost


def test_a_training_that_begins_is_not_swept_away_by_another(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as programs:
        assert list(programs.map(begin_many, [tmp_path, tmp_path])) == [0, 0]


def ended_early(project: Path, count: int) -> list[Run]:
    """Make trainings that ended after an epoch, the oldest first."""
    made = [Runs(project).begin(RECIPE, ()) for _ in range(count)]
    for each in made:
        each.checkpoint(1).mkdir()
        each.release()
    return sorted(made, key=lambda each: each.folder.name)


class Interrupted(Runs):
    """Somebody else does something while it looks through the trainings."""

    def __init__(self, project: Path, meanwhile: Callable[[], object]) -> None:
        super().__init__(project)
        self._meanwhile = meanwhile

    def _idle(self) -> list[Run]:
        found = super()._idle()
        self._meanwhile()
        return found


def test_a_training_that_is_resumed_is_not_swept_away_by_another(tmp_path: Path) -> None:
    oldest, *_ = ended_early(tmp_path, 5)
    with ThreadPoolExecutor(1) as other:
        futures: list[Future[Run]] = []

        def resume() -> None:
            if not futures:
                futures.append(other.submit(Runs(tmp_path).reopen, oldest.folder.name))
                wait(futures, PATIENCE_S)

        Interrupted(tmp_path, resume).sweep()
        # Resumed before the other looked, it stays; afterwards, it is not there to be resumed.
        with suppress(ProjectError):
            assert futures[0].result().record.id == oldest.folder.name


def test_who_resumes_what_another_resumed_is_told(tmp_path: Path) -> None:
    (ended,) = ended_early(tmp_path, 1)
    first = Runs(tmp_path).reopen(ended.folder.name)
    with pytest.raises(ProjectBusyError, match="another program goes on with this training"):
        Runs(tmp_path).reopen(ended.folder.name)
    first.release()
