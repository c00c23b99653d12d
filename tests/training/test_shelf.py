"""The shelf: what is there, what is in use, numbers that stay, kills and two programs at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from s2label_training import promotions
from s2label_training import shelf as shelf_module
from s2label_training.bundle import WEIGHTS_NAME, read_record
from s2label_training.promotions import Use
from s2label_training.shelf import Shelf, SupersededError

from s2label.errors import InputError, ProjectError
from tests.factories.shelf import WEIGHTS, record, write_bundle

MODELS = ("a", "b", "c")
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Return a shelf of three models, none of them in use."""
    for day, name in enumerate(MODELS, start=1):
        write_bundle(tmp_path / "models", name, created_at=f"2024-05-0{day}T12:00:00.000Z")
    return Shelf(tmp_path)


def history(shelf: Shelf) -> Path:
    return shelf.models / "in_use.json"


def draft(shelf: Shelf, name: str = ".fit") -> Path:
    folder = shelf.models / name
    folder.mkdir(parents=True)
    (folder / WEIGHTS_NAME).write_bytes(WEIGHTS)
    return folder


# -- what is there ---------------------------------------------------------------------------------


def test_a_project_without_models_has_an_empty_shelf(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)

    assert (shelf.records(), shelf.in_use, shelf.uses()) == ([], None, [])
    assert list(tmp_path.iterdir()) == []


def test_models_come_newest_last_and_drafts_not_at_all(shelf: Shelf) -> None:
    write_bundle(shelf.models, "older", created_at="2023-01-01T00:00:00.000Z")
    draft(shelf)

    assert [found.id for found in shelf.records()] == ["older", *MODELS]
    assert shelf.complaints == []


def test_a_damaged_model_is_left_out_and_told(shelf: Shelf) -> None:
    (shelf.folder("b") / "model.json").write_text("{", "utf-8")

    assert [found.id for found in shelf.records()] == ["a", "c"]
    assert len(shelf.complaints) == 1
    assert str(shelf.folder("b")) in shelf.complaints[0]


def test_a_copy_under_another_name_is_no_model(shelf: Shelf) -> None:
    shutil.copytree(shelf.folder("a"), shelf.folder("z"))

    with pytest.raises(InputError, match=r"z: holds the model a; .*rename it back"):
        shelf.record("z")


@pytest.mark.parametrize("id_", ["../a", "", ".hidden", "a/b", "a\n"])
def test_an_id_is_never_a_path(shelf: Shelf, id_: str) -> None:
    with pytest.raises(InputError, match="the id of a model"):
        shelf.folder(id_)


def test_a_model_that_is_not_there_is_told_beside_those_that_are(shelf: Shelf) -> None:
    with pytest.raises(InputError, match="d: no such model; expected a, b, c"):
        shelf.record("d")


# -- promote and rollback --------------------------------------------------------------------------


def test_a_promoted_model_is_in_use_and_the_history_says_who_and_why(shelf: Shelf) -> None:
    use = shelf.promote("a", "the gate: better by 0.04")

    assert shelf.in_use == "a"
    assert shelf.uses() == [use]
    assert (use.model, use.number, use.why) == ("a", 16, "the gate: better by 0.04")
    assert use.who
    assert use.program
    assert datetime.fromisoformat(use.at).tzinfo == UTC


def test_promoting_the_model_in_use_changes_nothing(shelf: Shelf) -> None:
    first = shelf.promote("a", "first")

    assert shelf.promote("a", "again") == first
    assert shelf.uses() == [first]


@pytest.mark.parametrize("found", ["", "a", "b"], ids=["none in use", "a in use", "b in use"])
def test_a_model_is_taken_only_instead_of_the_one_that_it_was_compared_with(
    shelf: Shelf, found: str
) -> None:
    if found:
        shelf.promote(found, "first")
    before = shelf.uses()

    for compared in {"", "a", "b"} - {found}:
        with pytest.raises(SupersededError, match="meanwhile"):
            shelf.promote("c", "better", instead_of=compared)
    assert shelf.uses() == before

    assert shelf.promote("c", "better", instead_of=found).model == "c"


def test_rollbacks_go_further_back_and_never_forth(shelf: Shelf) -> None:
    for model in MODELS:
        shelf.promote(model, "better")

    assert shelf.rollback().model == "b"
    assert shelf.rollback().model == "a"
    with pytest.raises(ProjectError, match="no model was in use before"):
        shelf.rollback()
    assert shelf.in_use == "a"


def test_a_promotion_after_a_rollback_goes_back_to_what_stood(shelf: Shelf) -> None:
    shelf.promote("a", "first")
    shelf.promote("b", "better")
    shelf.rollback()
    shelf.promote("c", "better")

    assert shelf.rollback().model == "a"
    assert [use.model for use in shelf.uses()] == ["a", "b", "a", "c", "a"]
    assert [use.is_rollback for use in shelf.uses()] == [False, False, True, False, True]


def test_nothing_to_go_back_to_is_told(shelf: Shelf) -> None:
    with pytest.raises(ProjectError, match="no model was in use before"):
        shelf.rollback()

    assert not history(shelf).exists()


def test_a_model_keeps_its_number_for_ever(shelf: Shelf) -> None:
    numbers = {model: shelf.promote(model, "better").number for model in MODELS}
    shelf.rollback()
    shutil.rmtree(shelf.folder("c"))
    shelf.promote("a", "again")
    write_bundle(shelf.models, "d")

    assert numbers == {"a": 16, "b": 17, "c": 18}
    assert shelf.promote("d", "better").number == 19
    assert {model: shelf.number(model) for model in MODELS} == numbers
    assert [shelf.name_of_number(number) for number in (16, 18, 19, 20)] == ["a", "c", "d", ""]


def test_a_model_that_nobody_looked_at_has_no_number(shelf: Shelf) -> None:
    with pytest.raises(ProjectError, match=r"b: was never in use; promote it .*--model"):
        shelf.number("b")


def test_a_model_that_is_looked_at_gets_a_number_and_comes_into_use_with_it(shelf: Shelf) -> None:
    shelf.promote("a", "first")

    assert [shelf.allot_number(model) for model in ("b", "a", "b")] == [17, 16, 17]
    assert (shelf.in_use, shelf.name_of_number(17)) == ("a", "b")
    assert shelf.promote("c", "better").number == 18
    assert shelf.promote("b", "better still").number == 17
    assert shelf.rollback().model == "c"
    assert shelf.numbers() == {"a": 16, "b": 17, "c": 18}


def test_a_damaged_model_gets_no_number(shelf: Shelf) -> None:
    (shelf.folder("b") / WEIGHTS_NAME).write_bytes(WEIGHTS + b" ")

    with pytest.raises(InputError, match="changed or damaged"):
        shelf.allot_number("b")
    assert shelf.numbers() == {}


def test_when_all_numbers_are_taken_it_says_so(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promotions, "LAST_NUMBER", 17)
    shelf.promote("a", "first")
    shelf.promote("b", "better")

    with pytest.raises(ProjectError, match=r"2 models have a number.* can name no more"):
        shelf.promote("c", "better")
    assert shelf.in_use == "b"
    assert shelf.promote("a", "again").number == 16


def test_damaged_weights_come_into_use_neither_by_promote_nor_by_rollback(shelf: Shelf) -> None:
    shelf.promote("a", "first")
    shelf.promote("b", "better")
    for model in ("a", "c"):
        (shelf.folder(model) / WEIGHTS_NAME).write_bytes(WEIGHTS + b" ")

    with pytest.raises(InputError, match="changed or damaged"):
        shelf.promote("c", "better")
    with pytest.raises(InputError, match="changed or damaged"):
        shelf.rollback()
    assert shelf.in_use == "b"


def test_a_model_deleted_while_in_use_is_told_and_can_be_replaced(shelf: Shelf) -> None:
    shelf.promote("a", "first")
    shelf.promote("b", "better")
    shutil.rmtree(shelf.folder("b"))

    with pytest.raises(InputError, match=r"the model in use is gone; restore .* or roll back"):
        shelf.record("b")
    assert shelf.rollback().model == "a"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "not JSON", id="empty"),
        pytest.param("[]", "not a JSON object", id="a list"),
        pytest.param("{}", "uses: nothing there", id="no uses"),
        pytest.param('{"uses": [{"model": "a"}]}', r"uses\[0\]\.number", id="a row without number"),
        pytest.param('{"format": 2, "uses": []}', "format: found 2", id="newer"),
    ],
)
def test_a_damaged_history_is_told_and_left_alone(shelf: Shelf, text: str, words: str) -> None:
    history(shelf).write_text(text, "utf-8")

    for ask in (shelf.uses, lambda: shelf.in_use, lambda: shelf.promote("a", "first")):
        with pytest.raises(InputError, match=rf"in_use\.json: {words}.*do not delete it") as told:
            ask()
        assert "\n" not in str(told.value)
    assert history(shelf).read_text("utf-8") == text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"model": "b"}, "a number of two models", id="one number, two models"),
        pytest.param({"number": 17}, "a model with two numbers", id="one model, two numbers"),
    ],
)
@pytest.mark.parametrize("part", ["uses", "looked"])
def test_a_history_that_contradicts_itself_is_damaged(
    shelf: Shelf, part: str, changed: dict[str, object], words: str
) -> None:
    shelf.promote("a", "first")
    document = json.loads(history(shelf).read_text("utf-8"))
    row = document["uses"][0] | changed
    if part == "looked":
        row = {key: row[key] for key in ("model", "number", "at", "who", "program")}
    document[part].append(row)
    history(shelf).write_text(json.dumps(document), "utf-8")

    with pytest.raises(InputError, match=words):
        shelf.uses()


def test_a_history_of_rollbacks_only_has_nothing_before(shelf: Shelf) -> None:
    use = Use(model="a", number=16, at="", who="", program="", why="", is_rollback=True)

    assert promotions.model_before([use, use]) is None


# -- new models ------------------------------------------------------------------------------------


def test_ids_say_recipe_and_time_and_are_never_given_twice(shelf: Shelf) -> None:
    at = datetime(2024, 1, 31, 12, 0, 5, tzinfo=UTC)
    names = []
    for _ in range(3):
        names.append(shelf.new_id("vessels_unet", at))
        write_bundle(shelf.models, names[-1])

    assert names == [f"vessels_unet-20240131-120005{end}" for end in ("", "-2", "-3")]


def test_the_id_of_a_deleted_model_is_not_given_again(shelf: Shelf) -> None:
    at = datetime(2024, 1, 31, 12, 0, 5, tzinfo=UTC)
    name = shelf.new_id("vessels_unet", at)
    shutil.rmtree(write_bundle(shelf.models, name))
    assert shelf.new_id("vessels_unet", at) == name

    write_bundle(shelf.models, name)
    shelf.promote(name, "first")
    shutil.rmtree(shelf.folder(name))

    assert shelf.new_id("vessels_unet", at) == f"{name}-2"


def test_a_draft_becomes_a_model_as_a_whole(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    folder = draft(shelf)

    placed = shelf.place(folder, record("d"))

    assert placed == shelf.folder("d")
    assert read_record(placed) == shelf.record("d") == record("d")
    assert not folder.exists()


def test_a_model_is_never_replaced(shelf: Shelf) -> None:
    before = shelf.record("a")
    folder = draft(shelf)

    with pytest.raises(ProjectError, match="a: is there already"):
        shelf.place(folder, record("a", epochs=99))

    assert shelf.record("a") == before
    assert folder.exists()


def test_a_draft_with_other_weights_stays_a_draft(shelf: Shelf) -> None:
    folder = draft(shelf)
    (folder / WEIGHTS_NAME).write_bytes(WEIGHTS + b" ")

    with pytest.raises(InputError, match="changed or damaged"):
        shelf.place(folder, record("d"))

    assert [found.id for found in shelf.records()] == list(MODELS)


# -- kills, and two programs at once ---------------------------------------------------------------


def test_a_kill_while_the_history_is_written_leaves_the_old_one(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.promote("a", "first")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            shelf.promote("b", "better")

    assert Shelf(shelf.models.parent).in_use == "a"
    assert shelf.promote("b", "better").number == 17


def test_promotions_of_two_programs_at_once_are_all_kept(shelf: Shelf) -> None:
    for number in range(16):
        write_bundle(shelf.models, f"m{number}")
    program = (
        "import sys; from pathlib import Path; from s2label_training.shelf import Shelf\n"
        "shelf = Shelf(Path(sys.argv[1]))\n"
        "for model in sys.argv[2:]: shelf.promote(model, 'race')\n"
    )
    command = [sys.executable, "-c", program, str(shelf.models.parent)]
    halves = [[f"m{number}" for number in range(start, 16, 2)] for start in (0, 1)]
    programs = [subprocess.Popen([*command, *half], cwd=REPOSITORY) for half in halves]

    assert [each.wait(60) for each in programs] == [0, 0]
    uses = shelf.uses()
    assert sorted(use.model for use in uses) == sorted(f"m{number}" for number in range(16))
    assert [use.number for use in uses] == list(range(16, 32))


def test_a_shelf_that_another_program_changes_is_told(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    monkeypatch.setattr(shelf_module, "_WAIT_S", 0.01)

    with FileLock(shelf.models / ".lock"), pytest.raises(ProjectError, match="another program"):
        shelf.promote("a", "first")


def test_neither_shelf_nor_recipes_bring_torch() -> None:
    program = (
        "import sys, s2label_training.shelf, s2label_training.recipe, s2label_training.sidecar\n"
        "sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY).returncode == 0
