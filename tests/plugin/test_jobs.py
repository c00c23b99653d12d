"""Jobs are real child processes: they tell, they stop, they crash, and they die with the window."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from napari_s2label import jobs
from napari_s2label.jobs import CommandJob
from napari_s2label.time_left import TimeLeft

from s2label.cli.child import CHILD_VARIABLE
from s2label.progress import Progress
from tests.factories.commands import do
from tests.factories.ports import band_folder
from tests.factories.processes import wait_for_end
from tests.factories.snapshots import project_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")

LONG_MS = 60_000
# 29 rows of 29 chips, a step each: long enough to be caught in the middle.
CUT = ("--chip", "16", "--stride", "4")
CHIPS = 29 * 29

WINDOW = """
import sys
from qtpy.QtCore import QCoreApplication
from napari_s2label.jobs import CommandJob
application = QCoreApplication(sys.argv)
job = CommandJob(sys.argv[1:])
job.progressed.connect(lambda step: print(job.pid, flush=True))
job.start()
getattr(application, "exec", getattr(application, "exec_", None))()
"""

NOISY_CHILD = """
import os
from s2label.cli.child import become_child
from s2label.cli.reporting import print_json
become_child()
print("a library talks", end="")
print_json({"progress": {"done": 1, "total": 2}})
os.write(1, b"so does one in C")
print_json({"result": {"nice": os.nice(0), "leads": os.getpgid(0) == os.getpid()}})
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return an empty project beside a port."""
    band_folder(tmp_path / "port")
    do("init", tmp_path / "project", "--classes", "vessels", "--name", "harbour")
    return tmp_path / "project"


def import_command(project: Path) -> list[str]:
    return ["import", str(project), str(project.parent / "port"), *CUT]


def at_first_step(job: CommandJob, do_it: Callable[[], object]) -> None:
    """Do something as soon as the job has done something, once."""
    done = iter((do_it,))
    job.progressed.connect(lambda step: next(done, lambda: None)() if step.done else None)


def test_an_import_tells_how_far_it_is_and_what_it_brought(project: Path, qtbot: QtBot) -> None:
    job = CommandJob(import_command(project))
    steps: list[Progress] = []
    job.progressed.connect(steps.append)

    with qtbot.waitSignals([job.finished, job.ended], timeout=LONG_MS) as ended:
        job.start()

    (result,) = next(s.args for s in ended.all_signals_and_args if s.args)
    assert result["counts"]["images_new"] == CHIPS
    assert {step.message for step in steps} >= {"reading", "writing the catalog"}
    reading = [step.done for step in steps if step.message == "reading"]
    assert reading == sorted(reading)
    assert reading[-1] == CHIPS
    assert not job.is_running


def test_a_stopped_import_goes_on_when_it_is_started_again(
    project: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    job = CommandJob(import_command(project))
    at_first_step(job, job.stop)
    with qtbot.waitSignal(job.stopped, timeout=LONG_MS):
        job.start()
    staged = list((project / ".importing" / "units").iterdir())
    assert staged
    assert do("status", project, "--json").lines[0]["images"] == 0

    again = CommandJob(import_command(project))
    with qtbot.waitSignal(again.finished, timeout=LONG_MS):
        again.start()

    (tmp_path / "other").mkdir()
    do("init", tmp_path / "other" / "project", "--classes", "vessels", "--name", "harbour")
    do(*import_command(project)[:1], tmp_path / "other" / "project", *import_command(project)[2:])
    assert project_snapshot(project) == project_snapshot(tmp_path / "other" / "project")


def test_a_stop_takes_less_than_the_grace(project: Path, qtbot: QtBot) -> None:
    job = CommandJob(import_command(project))
    with qtbot.waitSignal(job.progressed, timeout=LONG_MS):
        job.start()

    with qtbot.waitSignal(job.stopped, timeout=5000):
        job.stop()


def test_a_child_that_does_not_stop_is_killed(
    project: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_GRACE_MS", 100)
    job = CommandJob(import_command(project))

    def stop_a_deaf_child() -> None:
        # One that is halted hears nothing, as one that is deep in C code.
        os.kill(job.pid, signal.SIGSTOP)
        job.stop()

    at_first_step(job, stop_a_deaf_child)

    with qtbot.waitSignal(job.stopped, timeout=LONG_MS):
        job.start()

    assert wait_for_end(job.pid)


def test_a_crash_is_a_message(project: Path, qtbot: QtBot) -> None:
    job = CommandJob(import_command(project))
    at_first_step(job, lambda: os.kill(job.pid, signal.SIGKILL))

    with qtbot.waitSignal(job.failed, timeout=LONG_MS) as failed:
        job.start()

    assert failed.args == ["The import broke off (code 9); start it again, it goes on."]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["{project}", "{project}/nothing"], "no such file", id="no source"),
        pytest.param(["{project}", "x", "--chip", "1"], "Invalid value for '--chip'", id="use"),
    ],
)
def test_what_is_wrong_comes_in_one_line(
    project: Path, qtbot: QtBot, arguments: list[str], words: str
) -> None:
    filled = [argument.replace("{project}", str(project)) for argument in arguments]
    job = CommandJob(["import", *filled])

    with qtbot.waitSignal(job.failed, timeout=LONG_MS) as failed:
        job.start()

    (reason,) = failed.args
    assert words in reason
    assert "\n" not in reason
    assert not reason.startswith("s2label")


def test_closing_a_job_ends_its_child_at_once(project: Path, qtbot: QtBot) -> None:
    job = CommandJob(import_command(project))
    with qtbot.waitSignal(job.progressed, timeout=LONG_MS):
        job.start()

    job.close()

    assert not job.is_running
    assert wait_for_end(job.pid, 0)


def test_a_child_ends_with_a_window_that_is_killed(project: Path) -> None:
    command = [sys.executable, "-c", WINDOW, *import_command(project)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as window:
        assert window.stdout is not None
        child = int(window.stdout.readline())
        window.kill()

    assert wait_for_end(child)
    do("import", *import_command(project)[1:])


def test_what_libraries_print_does_not_reach_the_records() -> None:
    stdin, held_open = os.pipe()  # a child whose stdin closes ends
    answer = subprocess.run(
        [sys.executable, "-c", NOISY_CHILD],
        env={**os.environ, CHILD_VARIABLE: "1"},
        stdin=stdin,
        capture_output=True,
        text=True,
        check=True,
    )
    os.close(stdin)
    os.close(held_open)

    records = [json.loads(line) for line in answer.stdout.splitlines()]
    assert records[0] == {"progress": {"done": 1, "total": 2}}
    assert records[1]["result"]["leads"]
    assert records[1]["result"]["nice"] >= min(19, os.nice(0) + 10)
    assert "a library talks" in answer.stderr
    assert "so does one in C" in answer.stderr


# -- how long it takes ----------------------------------------------------------------------------


def steps_at(*moments: tuple[float, int], total: int = 100) -> TimeLeft:
    """Return an estimate after steps: (seconds, done)."""
    seconds = iter([second for second, _ in moments])
    left = TimeLeft(lambda: next(seconds))
    for _, done in moments:
        left.note(Progress(done, total, "reading"))
    return left


def test_time_left_follows_the_pace() -> None:
    assert steps_at((0, 0), (10, 20)).seconds == 40


def test_time_left_forgets_what_was_skipped_at_the_start() -> None:
    assert steps_at((0, 0), (1, 50), (31, 51), (51, 61)).seconds == 78


@pytest.mark.parametrize(
    "left",
    [
        pytest.param(TimeLeft(), id="no step"),
        pytest.param(steps_at((0, 0), (0.5, 3)), id="too soon"),
        pytest.param(steps_at((0, 3), (5, 3)), id="no progress"),
        pytest.param(steps_at((0, 0), (5, 3), total=0), id="no total"),
    ],
)
def test_time_left_is_unknown(left: TimeLeft) -> None:
    assert left.seconds is None


def test_another_message_begins_anew() -> None:
    left = TimeLeft(iter([0.0, 10.0, 11.0]).__next__)
    for step in (Progress(0, 10, "reading"), Progress(5, 10, "reading"), Progress(0, 10, "more")):
        left.note(step)

    assert left.seconds is None
