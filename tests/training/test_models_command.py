"""``s2label models``: list, promote, rollback, as people and programs use them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from s2label_training.bundle import WEIGHTS_NAME
from s2label_training.shelf import Shelf

from s2label.classes import VESSELS
from s2label.project import create_project, open_project
from tests.factories.commands import do, run
from tests.factories.shelf import WEIGHTS, record, write_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).resolve().parents[2] / "docs" / "models.md"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with an older and a newer model, none of them in use."""
    folder = tmp_path / "harbour"
    create_project(folder, VESSELS)
    write_bundle(folder / "models", "old", created_at="2024-05-01T12:00:00.000Z")
    write_bundle(folder / "models", "new", created_at="2024-05-02T12:00:00.000Z")
    return folder


def in_use(project: Path) -> str | None:
    return Shelf(project).in_use


def judge(project: Path, model: str, *, is_better: bool) -> None:
    """Write what the gate said of a model."""
    verdict = {"new": model, "is_better": is_better, "reason": "as said", "at": "2024-05-02"}
    (project / "models" / model / "verdict.json").write_text(json.dumps(verdict), "utf-8")


# -- list ------------------------------------------------------------------------------------------


def test_json_tells_of_each_model_what_the_page_says(project: Path) -> None:
    do("models", "promote", project, "old")
    judge(project, "new", is_better=False)

    old, new = do("models", project, "--json").lines

    assert old == {
        "id": "old",
        "recipe": "vessels_unet",
        "created_at": "2024-05-01T12:00:00.000Z",
        "in_use": True,
        "number": 16,
        "score": 0.61,
        "threshold": 0.4,
        "chips": 4,
        "trust": "checked",
        "verdict": None,
    }
    assert (new["id"], new["in_use"], new["number"]) == ("new", False, None)
    assert new["verdict"] == {"is_better": False, "reason": "as said"}
    assert list(old) == re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)


def test_people_see_a_line_per_model(project: Path) -> None:
    do("models", "promote", project, "old")
    judge(project, "new", is_better=True)

    lines = do("models", project).out.splitlines()

    assert [line.split("  ")[:3] for line in lines] == [
        ["old", "in use", "0.610"],
        ["new", "-", "0.610"],
    ]
    assert lines[1].endswith("better")


def test_a_project_without_models_says_what_comes_next(tmp_path: Path) -> None:
    create_project(tmp_path / "empty", VESSELS)

    assert "next: s2label train" in do("models", tmp_path / "empty").out
    assert do("models", tmp_path / "empty", "--json").out == ""


def test_damaged_models_are_told_apart_from_the_list(project: Path) -> None:
    (project / "models" / "old" / "model.json").write_text("{", "utf-8")
    (project / "models" / "new" / "verdict.json").write_text("{", "utf-8")

    printed = do("models", project, "--json")

    assert [(row["id"], row["verdict"]) for row in printed.lines] == [("new", None)]
    assert len(printed.err.splitlines()) == 2
    assert "model.json: not JSON" in printed.err
    assert "verdict.json: not JSON" in printed.err


def test_a_model_in_use_that_was_deleted_is_told(project: Path) -> None:
    do("models", "promote", project, "old")
    shutil.rmtree(project / "models" / "old")

    assert "old is in use, but its folder is gone" in do("models", project).err


@pytest.mark.parametrize("arguments", [["{}", "--json"], ["--json", "{}"]], ids=["after", "before"])
def test_the_option_may_stand_before_the_project(project: Path, arguments: list[str]) -> None:
    printed = do("models", *(argument.format(project) for argument in arguments))

    assert len(printed.lines) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no project"),
        pytest.param(["x", "--jsn"], id="unknown option"),
        pytest.param(["promote", "x"], id="no model"),
        pytest.param(["rollback"], id="rollback of nothing"),
    ],
)
def test_wrong_use_is_told_with_exit_code_2(arguments: list[str]) -> None:
    printed = run("models", *arguments)

    assert printed.code == 2
    assert "Usage: s2label models" in printed.err


@pytest.mark.parametrize("command", [["promote"], ["rollback"], []], ids=" ".join)
def test_help_shows_examples(command: list[str]) -> None:
    printed = do("models", *command, "--help")

    assert f"Example: s2label {' '.join(['models', *command])} " in " ".join(printed.out.split())


# -- promote and rollback --------------------------------------------------------------------------


def test_promote_and_rollback_are_one_step_each(project: Path) -> None:
    assert "old is in use (number 16)" in do("models", "promote", project, "old").out
    assert "new is in use (number 17)" in do("models", "promote", project, "new", "--why", "x").out
    assert in_use(project) == "new"
    assert Shelf(project).uses()[-1].why == "x"

    assert "old is in use again (number 16" in do("models", "rollback", project).out
    assert in_use(project) == "old"


def test_a_model_that_the_gate_refused_needs_the_users_word(project: Path) -> None:
    do("models", "promote", project, "old")
    judge(project, "new", is_better=False)

    refused = run("models", "promote", project, "new")

    assert refused.code == 1
    assert "the gate says no (as said); --anyway" in refused.err
    assert in_use(project) == "old"
    do("models", "promote", project, "new", "--anyway")
    assert in_use(project) == "new"


def test_a_model_of_cross_validation_needs_the_users_word(project: Path) -> None:
    data = record().data.model_copy(update={"hold_out": ("port hedland",)})
    write_bundle(project / "models", "crossed", data=data)

    refused = run("models", "promote", project, "crossed")

    assert refused.code == 1
    assert "learnt while port hedland was held out" in refused.err
    assert "--anyway" in refused.err
    assert in_use(project) is None
    do("models", "promote", project, "crossed", "--anyway")
    assert in_use(project) == "crossed"


def test_a_model_that_the_gate_took_needs_no_word(project: Path) -> None:
    judge(project, "new", is_better=True)

    do("models", "promote", project, "new")

    assert in_use(project) == "new"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(
            lambda new: (new / WEIGHTS_NAME).write_bytes(WEIGHTS + b" "), "changed", id="changed"
        ),
        pytest.param(lambda new: (new / WEIGHTS_NAME).unlink(), "no weights", id="no weights"),
        pytest.param(shutil.rmtree, "no such model", id="no model"),
    ],
)
def test_a_damaged_model_never_comes_into_use(
    project: Path, spoil: Callable[[Path], object], words: str
) -> None:
    do("models", "promote", project, "old")
    spoil(project / "models" / "new")

    refused = run("models", "promote", project, "new", "--anyway")

    assert refused.code == 1
    assert words in refused.err
    assert len(refused.err.splitlines()) == 1
    assert in_use(project) == "old"


def test_without_an_earlier_model_there_is_nothing_to_go_back_to(project: Path) -> None:
    do("models", "promote", project, "old")

    refused = run("models", "rollback", project)

    assert (refused.code, in_use(project)) == (1, "old")
    assert "no model was in use before" in refused.err


def test_models_change_while_a_window_has_the_project_open(project: Path) -> None:
    with open_project(project, write=True):
        do("models", "promote", project, "old")
        do("models", "promote", project, "new")
        do("models", "rollback", project)

    assert in_use(project) == "old"


@pytest.mark.parametrize("command", [[], ["rollback"]], ids=["list", "rollback"])
def test_a_folder_that_is_no_project_is_told(tmp_path: Path, command: list[str]) -> None:
    refused = run("models", *command, tmp_path)

    assert refused.code == 1
    assert "not a project" in refused.err
    assert list(tmp_path.iterdir()) == []
