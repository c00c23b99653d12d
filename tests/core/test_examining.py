"""Workers make an import faster and nothing else: same project, same errors, none left behind."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import InputError
from s2label.importers import examining, workers
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.importers.workers import Workers
from s2label.progress import finish
from s2label.project import create_project, open_project
from tests.factories.landcovernet import write_layout_1
from tests.factories.snapshots import project_snapshot

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from s2label.samples import CoastScene
    from s2label.types import ClassTable

Source = tuple["ClassTable", "Path", ImportOptions]


def landcovernet(folder: Path) -> Source:
    write_layout_1(folder, places=6, dates=3, size=32)
    return LANDCOVERNET, folder, ImportOptions()


@pytest.fixture
def bring(tmp_path: Path) -> Callable[[Source, str], Path]:
    """Return what imports a source into a new project of that folder name."""

    def import_into(source: Source, name: str) -> Path:
        classes, folder, options = source
        create_project(tmp_path / name, classes, "one name")
        with open_project(tmp_path / name, write=True) as project:
            finish(import_sources(project, [folder], options))
        return tmp_path / name

    return import_into


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> list[Future[object]]:
    """Let two workers work however little there is; returns what they were asked."""
    asked: list[Future[object]] = []
    submit = Workers.submit

    def note(self: Workers[object], task: Callable[[], object]) -> Future[object]:
        asked.append(submit(self, task))
        return asked[-1]

    monkeypatch.setattr(examining, "_LEAST_CHIPS", 1)
    monkeypatch.setattr(examining, "_WORKERS", 2)
    monkeypatch.setattr(Workers, "submit", note)
    return asked


@pytest.fixture(params=["landcovernet", "coast"])
def source(request: pytest.FixtureRequest, coast: CoastScene, tmp_path: Path) -> Source:
    if request.param == "landcovernet":
        return landcovernet(tmp_path / "source")
    return VESSELS, coast.folder, ImportOptions(masks=coast.folder / "labels", chip=128)


def test_with_workers_comes_the_same_project(
    source: Source,
    bring: Callable[[Source, str], Path],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(examining, "_WORKERS", 0)
    alone = bring(source, "alone")
    asked = request.getfixturevalue("helped")

    together = bring(source, "together")

    assert project_snapshot(together) == project_snapshot(alone)
    # An exception would be no harm, but no help: this process does such runs again.
    assert sum(len(future.result()) for future in asked) >= 2


@pytest.mark.parametrize("program", ["no such program", "one that ends at once"])
def test_without_any_helper_all_is_done_here(
    program: str,
    bring: Callable[[Source, str], Path],
    tmp_path: Path,
    helped: list[Future[object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = landcovernet(tmp_path / "source")
    together = bring(source, "together")
    helped.clear()
    path = tmp_path / "python"
    if program == "one that ends at once":
        path.write_text("#!/bin/sh\nexit 1\n")
        path.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(path))

    alone = bring(source, "alone")

    assert all(future.exception() for future in helped)
    assert project_snapshot(alone) == project_snapshot(together)


@pytest.mark.usefixtures("helped")
@pytest.mark.parametrize("broken", [(0,), (3,), (5,), (4, 1)], ids=str)
def test_the_first_error_in_order_ends_an_import_and_the_workers(
    broken: tuple[int, ...],
    bring: Callable[[Source, str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = landcovernet(tmp_path / "source")
    places = sorted(source[1].iterdir())
    for number in broken:
        path = sorted((places[number] / "source").iterdir())[0]
        path.write_bytes(path.read_bytes()[:300])
    started: list[subprocess.Popen[bytes]] = []
    start = workers._start

    def note() -> subprocess.Popen[bytes]:
        started.append(start())
        return started[-1]

    monkeypatch.setattr(workers, "_start", note)

    with pytest.raises(InputError) as refusal:
        bring(source, "project")

    expected = places[min(broken)].name.removeprefix("ref_landcovernet_v1_labels_")
    assert expected in str(refusal.value)
    assert not (tmp_path / "project" / ".importing").exists()
    assert len(started) == 2
    assert all(process.returncode is not None for process in started)


def test_a_helper_ends_with_the_process_that_started_it() -> None:
    process = workers._start()
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    assert process.stdout is not None
    process.stdout.close()


def test_workers_do_tasks_in_other_processes() -> None:
    with Workers[int](2) as two:
        found = {two.submit(partial(os.getpid)).result() for _ in range(4)}
        assert os.getpid() not in found
        with pytest.raises((EOFError, OSError)):
            two.submit(partial(os._exit, 3)).result()
        assert two.submit(partial(int, "7")).result() == 7
