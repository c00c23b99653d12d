"""The command line as people and programs use it: help, exit codes, JSON, decisions, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import typer

from s2label.cli.program import build_program
from tests.factories.catalog import writing_elsewhere
from tests.factories.commands import do, run
from tests.factories.ports import BANDS, chip_folder, chip_masks, write_raster

if TYPE_CHECKING:
    from collections.abc import Iterator

EARLY_COMMANDS = {"init", "import", "status", "list", "decide", "undo", "redo", "history", "check"}
COMMANDS = sorted(typer.main.get_command(build_program()).commands)  # type: ignore[attr-defined]
CHIPS = ("--quantification", "10000")
REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "s2label"]
# As docs/command-line.md has them.
IMAGE_KEYS = "id place date source scores finding doubts state reason version"
IMAGE_SCORES = "nodata_share cloud rejection"
MASK_KEYS = "id place date image source scores class_pixels effort state reason version"
HISTORY_KEYS = "act kind target at who seconds program subject id decision reason version"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of two chips with a mask each."""
    folder, chips = tmp_path / "harbour", chip_folder(tmp_path / "chips")
    do("init", folder, "--classes", "vessels")
    do("import", folder, chips, *CHIPS, "--masks", chip_masks(tmp_path / "masks"))
    return folder


def ids(project: Path, subject: str = "image") -> list[str]:
    return [record["id"] for record in do("list", project, f"--{subject}s", "--json").lines]


def decisions(folder: Path, *rows: str) -> Path:
    path = folder / "decisions.csv"
    path.write_text("\n".join(["subject,id,decision,reason", *rows]), "utf-8")
    return path


def states(project: Path, subject: str = "image") -> list[tuple[str, str]]:
    records = do("list", project, f"--{subject}s", "--json").lines
    return [(record["state"], record["reason"]) for record in records]


# -- help and exit codes --------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    printed = do(command, "--help")

    assert f"Example: s2label {command}" in " ".join(printed.out.split())
    assert printed.err == ""


def test_all_commands_of_the_design_that_exist_so_far_are_there() -> None:
    assert set(COMMANDS) >= EARLY_COMMANDS


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="nothing"),
        pytest.param(["polish"], id="unknown command"),
        pytest.param(["status"], id="no project"),
        pytest.param(["status", "x", "--jsn"], id="unknown option"),
        pytest.param(["init", "x"], id="no classes"),
        pytest.param(["list", "x", "--images", "--masks"], id="two kinds"),
        pytest.param(["import", "x"], id="no source"),
        pytest.param(["import", "x", "y", "--chip", "7"], id="number out of range"),
        pytest.param(["import", "x", "y", "--kind", "safari"], id="unknown kind"),
        pytest.param(["decide", "x"], id="no file"),
    ],
)
def test_wrong_use_is_2(arguments: list[str]) -> None:
    printed = run(*arguments)

    assert printed.code == 2
    assert "Traceback" not in printed.err


@pytest.mark.parametrize("command", ["status", "list", "undo", "redo", "history", "check"])
def test_a_project_that_is_not_there_is_1_with_one_line(tmp_path: Path, command: str) -> None:
    printed = run(command, tmp_path / "gone")

    assert printed.code == 1
    assert printed.out == ""
    assert printed.err.startswith(f"s2label: {tmp_path / 'gone'}: no such project")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("command", ["undo", "redo"])
def test_nothing_to_take_back_is_1(project: Path, command: str) -> None:
    printed = run(command, project)

    assert (printed.code, printed.out) == (1, "")
    assert printed.err == f"s2label: nothing to {command}\n"


# -- JSON -----------------------------------------------------------------------------------------


def test_status_is_one_object_of_whole_numbers(project: Path, tmp_path: Path) -> None:
    first, second = ids(project)
    rows = (f"image,{first},accept,", f"image,{second},reject,cloud", f"mask,{first}-mask,accept,")
    do("decide", project, decisions(tmp_path, *rows))

    (found,) = do("status", project, "--json").lines

    assert found == {
        "places": 2,
        **{"images": 2, "images_open": 0, "images_accepted": 1, "images_rejected": 1},
        **{"masks": 2, "masks_open": 1, "masks_accepted": 1, "masks_rejected": 0},
        **{"images_doubtful": 0, "imports": 1, "acts": 1},
    }
    assert {type(value) for value in found.values()} == {int}


@pytest.mark.parametrize(
    ("options", "keys", "scores"),
    [
        pytest.param([], IMAGE_KEYS, IMAGE_SCORES, id="images by default"),
        pytest.param(["--images"], IMAGE_KEYS, IMAGE_SCORES, id="images"),
        pytest.param(["--masks"], MASK_KEYS, "consensus labelled_share", id="masks"),
    ],
)
def test_the_keys_of_a_list_are_those_documented(
    project: Path, options: list[str], keys: str, scores: str
) -> None:
    records = do("list", project, *options, "--json").lines

    assert len(records) == 2
    assert all(set(record) == set(keys.split()) for record in records)
    assert all(set(record["scores"]) == set(scores.split()) for record in records)
    assert [record["id"] for record in records] == sorted(record["id"] for record in records)


def test_a_list_for_people_names_everything_once(project: Path) -> None:
    lines = do("list", project).out.splitlines()

    assert [line.split()[0] for line in lines] == ids(project)


@pytest.mark.parametrize("command", ["import", "check"])
def test_json_lines_are_all_that_is_printed(project: Path, command: str, tmp_path: Path) -> None:
    arguments = [command, project] + ([tmp_path / "chips", *CHIPS] if command == "import" else [])

    done = subprocess.run(
        [*PROGRAM, *map(str, arguments), "--json-lines"], capture_output=True, text=True
    )

    *steps, last = (json.loads(line) for line in done.stdout.splitlines())
    assert (done.returncode, done.stderr) == (0, "")
    assert steps
    assert all(set(s["progress"]) == {"done", "total", "message", "data"} for s in steps)
    assert set(last) == {"result"}


def test_findings_of_a_check_are_the_result_and_exit_code_1(project: Path, tmp_path: Path) -> None:
    (tmp_path / "chips" / "port_0.tif").unlink()

    printed = run("check", project, "--json-lines")

    assert printed.code == 1
    assert len(printed.lines[-1]["result"]["findings"]) == 1
    assert printed.err == f"s2label: {project}: 1 findings\n"


# -- decisions ------------------------------------------------------------------------------------


def test_decisions_are_one_act_that_undo_takes_back_and_redo_does_again(
    project: Path, tmp_path: Path
) -> None:
    first, second = ids(project)
    path = decisions(tmp_path, f"image,{first},accept,", f"image,{second},reject,nuage 港")
    decided = [("accepted", ""), ("rejected", "nuage 港")]

    assert do("decide", project, path).out == "2 of 2 decisions changed something\n"
    assert states(project) == decided
    assert do("undo", project).out == "2 decisions taken back\n"
    assert states(project) == [("open", "")] * 2
    assert do("redo", project).out == "2 decisions done again\n"
    assert states(project) == decided
    assert do("decide", project, path).out == "0 of 2 decisions changed something\n"
    assert run("redo", project).code == 1


def test_history_tells_everything_as_json_lines(project: Path, tmp_path: Path) -> None:
    first, _ = ids(project)
    do("decide", project, decisions(tmp_path, f"mask,{first}-mask,reject,shifted"))
    do("undo", project)

    entries = do("history", project, "--json").lines

    assert all(set(entry) == set(HISTORY_KEYS.split()) for entry in entries)
    told = [(e["kind"], e["subject"], e["id"], e["decision"], e["reason"]) for e in entries]
    assert told == [
        ("decide", "mask", f"{first}-mask", "reject", "shifted"),
        ("undo", "mask", f"{first}-mask", "open", ""),
    ]
    assert entries[1]["target"] == entries[0]["act"]
    assert entries[0]["at"].endswith("Z")
    assert len(do("history", project).out.splitlines()) == 2


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param("image,nowhere,accept,", id="unknown id"),
        pytest.param("image,{0},perhaps,", id="unknown decision"),
        pytest.param("image,{0},reject,", id="decided twice"),
    ],
)
def test_one_wrong_row_refuses_the_whole_file(project: Path, tmp_path: Path, bad: str) -> None:
    first, _ = ids(project)
    path = decisions(tmp_path, f"image,{first},accept,", bad.format(first))

    printed = run("decide", project, path)

    assert printed.code == 1
    assert printed.err.count("\n") == 1
    assert states(project) == [("open", "")] * 2
    assert do("history", project).out == ""


# -- other processes ------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["decide", "undo", "redo", "import"])
def test_a_second_writer_is_told_in_one_line(project: Path, tmp_path: Path, command: str) -> None:
    extra: dict[str, list[object]] = {
        "decide": [decisions(tmp_path)],
        "import": [tmp_path / "chips", *CHIPS],
    }
    with writing_elsewhere(project):
        printed = run(command, project, *extra.get(command, []))
        readable = [run(name, project).code for name in ("status", "list", "history", "check")]

    assert (printed.code, printed.out) == (1, "")
    assert "another program is writing" in printed.err
    assert printed.err.count("\n") == 1
    assert readable == [0, 0, 0, 0]


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """Return a scene that takes a second or more to import in small chips."""
    chance = np.random.default_rng(0)
    for name in BANDS:
        values = chance.integers(100, 4000, (1, 1024, 1024), dtype=np.uint16)
        write_raster(tmp_path / "scene" / f"port_{name}.tif", values)
    return tmp_path / "scene"


def first_progress(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the first step that says that something, but not everything, is done."""
    assert process.stdout is not None
    for step in (json.loads(line)["progress"] for line in process.stdout):
        if 0 < step["done"] < step["total"]:
            return dict(step)
    pytest.fail("the import was over before it could be stopped")


def stop_import(command: list[str]) -> tuple[int, str]:
    """Press Ctrl-C in the middle of an import; return its exit code and what it said."""
    pipe = subprocess.PIPE
    with subprocess.Popen([*PROGRAM, *command], stdout=pipe, stderr=pipe, text=True) as process:
        first_progress(process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    return process.returncode, errors


def small_chips(project: Path, scene: Path) -> list[str]:
    do("init", project, "--classes", "vessels")
    return ["import", str(project), str(scene), *CHIPS, "--chip", "16", "--json-lines"]


def test_ctrl_c_during_an_import_is_exit_code_1_and_one_line(scene: Path, tmp_path: Path) -> None:
    stopped = stop_import(small_chips(tmp_path / "p", scene))

    assert stopped == (1, "s2label: stopped; run the same command again to go on\n")


def test_an_import_that_was_stopped_is_finished_by_the_same_command(
    scene: Path, tmp_path: Path
) -> None:
    project = tmp_path / "p"
    command = small_chips(project, scene)

    code, _ = stop_import(command)

    assert code != 0
    assert set(do("status", project, "--json").lines[0].values()) == {0}
    assert run("check", project).code == 1
    assert do(*command).lines[-1]["result"]["counts"]["images_new"] == 4096
    assert do("check", project).out == "all is well\n"


# -- faults ---------------------------------------------------------------------------------------


@pytest.fixture
def readonly(project: Path) -> Iterator[list[str]]:
    """Make a project read-only; return what makes a command unable to write there, root or not."""
    modes = {path: path.stat().st_mode for path in (*project.rglob("*"), project)}
    for path, mode in modes.items():
        path.chmod(mode & 0o555)
    dropped = "-dac_override,-dac_read_search"
    capable = ["setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}"]
    yield capable if os.geteuid() == 0 else []
    for path, mode in modes.items():
        path.chmod(mode)


@pytest.mark.skipif(sys.platform != "linux", reason="drops the rights of root as Linux does")
@pytest.mark.parametrize("command", ["decide", "undo", "import"])
def test_a_read_only_project_cannot_be_written_and_says_so(
    project: Path, readonly: list[str], tmp_path: Path, command: str
) -> None:
    extra: dict[str, list[object]] = {
        "decide": [decisions(tmp_path)],
        "import": [tmp_path / "chips", *CHIPS],
    }
    arguments = [command, project, *extra.get(command, [])]

    done = subprocess.run(
        [*readonly, *PROGRAM, *map(str, arguments)], capture_output=True, text=True
    )

    assert done.returncode == 1
    assert done.stderr == f"s2label: {project}: cannot be written (Permission denied)\n"


@pytest.mark.skipif(sys.platform != "linux", reason="drops the rights of root as Linux does")
@pytest.mark.parametrize("command", ["status", "list", "history", "check"])
def test_a_read_only_project_can_be_read(project: Path, readonly: list[str], command: str) -> None:
    done = subprocess.run(
        [*readonly, *PROGRAM, command, str(project)], capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_json_can_be_printed_in_any_encoding(project: Path, tmp_path: Path) -> None:
    do("decide", project, decisions(tmp_path, f"image,{ids(project)[0]},reject,港"))

    done = subprocess.run(
        [*PROGRAM, "history", str(project), "--json"],
        env=os.environ | {"PYTHONIOENCODING": "cp1252"},
        capture_output=True,
    )

    assert done.returncode == 0, done.stderr


def test_a_source_with_a_name_that_is_not_utf_8_is_imported_or_refused_in_words(
    project: Path, tmp_path: Path
) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/port \xff"))
    os.rename(chip_folder(tmp_path / "port"), folder)

    assert "unexpected error" not in run("import", project, folder, *CHIPS).err
