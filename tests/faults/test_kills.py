"""R1: an import or export that is killed at any moment, run again, ends as if never killed.

Real processes, ``kill -9``. A few kills in the normal suite; ``S2LABEL_LONG=1`` makes it 50 of
each. The moments are drawn from a seed over the time that an unharmed run takes.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from s2label.samples import write_coast_scene
from tests.factories.commands import do
from tests.factories.snapshots import project_snapshot, tree_snapshot

IS_LONG = bool(os.environ.get("S2LABEL_LONG"))
KILLS = 50 if IS_LONG else 6
KINDS = ("png", "geotiff", "coco", "stac") if IS_LONG else ("geotiff", "stac")
SEED = 20261120


def run_process(command: list[str]) -> float:
    """Run a command to its end; return how many seconds it took."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "s2label", *command], check=True, capture_output=True)
    return time.perf_counter() - begin


def kill_process(command: list[str], after_s: float) -> bool:
    """Start a command and kill it; tell whether it was still running then."""
    with subprocess.Popen(
        [sys.executable, "-m", "s2label", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=after_s)
        was_running = process.poll() is None
        process.kill()
    return was_running


@pytest.fixture(scope="module")
def coast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source") / "coast"
    write_coast_scene(folder)
    return folder


def import_command(project: Path, coast: Path) -> list[str]:
    masks = str(coast / "labels")
    return ["import", str(project), str(coast), "--masks", masks, "--chip", "32"]


def test_a_killed_import_ends_as_one_that_was_never_killed(coast: Path, tmp_path: Path) -> None:
    unharmed = tmp_path / "unharmed"
    do("init", unharmed, "--classes", "vessels", "--name", "port")
    duration_s = run_process(import_command(unharmed, coast))
    expected = project_snapshot(unharmed)
    chance = random.Random(SEED)
    hit = 0
    for number in range(KILLS):
        project = tmp_path / f"killed-{number}"
        do("init", project, "--classes", "vessels", "--name", "port")
        hit += kill_process(import_command(project, coast), chance.uniform(0.2, duration_s))
        assert do("import", *import_command(project, coast)[1:]).code == 0
        assert project_snapshot(project) == expected, f"kill {number}"
        assert do("check", project).out == "all is well\n"
        shutil.rmtree(project)
    assert hit >= KILLS // 2, "the kills came after the work"


def test_a_killed_export_ends_as_one_that_was_never_killed(coast: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    do("init", project, "--classes", "vessels", "--name", "port")
    do(*import_command(project, coast))
    before = project_snapshot(project)
    chance = random.Random(SEED)
    hit = 0
    for first, kind in enumerate(KINDS):
        command = ["export", str(project), "", "--format", kind, "--include-open"]
        command[2] = str(tmp_path / f"unharmed-{kind}")
        duration_s = run_process(command)
        expected = tree_snapshot(Path(command[2]))
        command[2] = str(tmp_path / f"killed-{kind}")
        for number in range(first, KILLS, len(KINDS)):
            hit += kill_process(command, chance.uniform(0.2, duration_s))
            assert do(*command).code == 0
            assert tree_snapshot(Path(command[2])) == expected, f"{kind}, kill {number}"
            if number // len(KINDS) % 2:  # every other time over the export that is there
                shutil.rmtree(command[2])
    assert hit >= KILLS // 2, "the kills came after the work"
    assert project_snapshot(project) == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
