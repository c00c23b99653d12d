"""A project is made whole or not at all, has one writer, and keeps what its user wrote into it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2label import project as project_module
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import ProjectBusyError, ProjectError
from s2label.project import create_project, open_project
from s2label.project_file import ProjectFile, read_project_file, write_project_file
from s2label.stretch import Stretch
from s2label.types import ClassTable, LabelClass, Lifetime
from tests.factories.catalog import chip_record, image, merge, writing_elsewhere

if TYPE_CHECKING:
    from collections.abc import Callable

STRETCH = Stretch({"B02": (0.01, 0.3), "B8A": (-0.05, 1.25)}, (1.0, 99.0), 7, "abc", fixed=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_project(tmp_path / "harbour", VESSELS)
    return tmp_path / "harbour"


# -- making ---------------------------------------------------------------------------------------


def test_a_new_project_is_empty_and_named_after_its_folder(folder: Path) -> None:
    with open_project(folder) as project:
        assert project.settings == ProjectFile("harbour", VESSELS)
        assert set(project.catalog.counts().values()) == {0}
    assert {"masks", "chips", "rasters", "models"} <= {path.name for path in folder.iterdir()}
    assert [path.name for path in folder.parent.iterdir()] == ["harbour"]


def test_an_empty_folder_becomes_the_project(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    create_project(tmp_path / "empty", VESSELS, name="Port of Algiers")

    with open_project(tmp_path / "empty") as project:
        assert project.settings.name == "Port of Algiers"


def _file(folder: Path) -> None:
    folder.write_text("mine")


def _filled(folder: Path) -> None:
    folder.mkdir()
    _file(folder / "thesis.txt")


@pytest.mark.parametrize(
    "occupy",
    [
        pytest.param(_file, id="a file"),
        pytest.param(_filled, id="a folder with something in it"),
        pytest.param(lambda folder: create_project(folder, VESSELS), id="a project"),
    ],
)
def test_what_is_there_is_never_replaced(tmp_path: Path, occupy: Callable[[Path], None]) -> None:
    occupy(tmp_path / "taken")
    before = {p: p.is_file() and p.read_bytes() for p in tmp_path.rglob("*")}

    with pytest.raises(ProjectError, match="is there already and not empty"):
        create_project(tmp_path / "taken", LANDCOVERNET)

    assert {p: p.is_file() and p.read_bytes() for p in tmp_path.rglob("*")} == before


@pytest.mark.parametrize(
    ("failure", "told"),
    [(OSError("no space"), ProjectError), (KeyboardInterrupt(), KeyboardInterrupt)],
    ids=repr,
)
def test_a_project_that_cannot_be_finished_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
    told: type[BaseException],
) -> None:
    def fail(url: str) -> None:
        raise failure

    monkeypatch.setattr(project_module, "create_catalog", fail)

    with pytest.raises(told):
        create_project(tmp_path / "harbour", VESSELS)

    assert list(tmp_path.iterdir()) == []


ODD_NAMES = ["a b", "äö 港", "50%", "a#b", "a:b", "it's", 'a"b', "a\nb", "-x", "a@b", "...", "why?"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_project_may_have_any_folder_name(tmp_path: Path, name: str) -> None:
    create_project(tmp_path / name, VESSELS)

    with open_project(tmp_path / name, write=True) as project:
        merge(project.catalog, [chip_record()])
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are text")
def test_a_name_that_is_no_text_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="not UTF-8"):
        create_project(tmp_path / os.fsdecode(b"caf\xe9"), VESSELS)
    assert list(tmp_path.iterdir()) == []


def test_a_project_can_be_made_in_the_current_folder(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from s2label.classes import VESSELS;"
        "from s2label.project import create_project; create_project(Path('.'), VESSELS);"
        "print(Path('project.toml').is_file())"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, "-c", code]

    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert done.stdout == "True\n"


# -- one writer, many readers ---------------------------------------------------------------------


def test_a_second_writer_is_told_while_readers_may_read(folder: Path) -> None:
    with writing_elsewhere(folder):
        with (
            pytest.raises(ProjectBusyError, match="another program is writing"),
            open_project(folder, write=True),
        ):
            pytest.fail("two programs write")
        with open_project(folder) as project:
            assert project.catalog.counts()["images"] == 0


def test_a_writer_that_was_killed_leaves_no_lock(folder: Path) -> None:
    with writing_elsewhere(folder) as other:
        other.kill()
        other.wait()
        with open_project(folder, write=True) as project:
            merge(project.catalog, [chip_record()])


def test_a_reader_sees_what_was_written_since_and_never_half_of_it(folder: Path) -> None:
    with open_project(folder) as reader, open_project(folder, write=True) as writer:
        merge(writer.catalog, [chip_record(n) for n in range(5)])
        assert reader.catalog.counts()["images_open"] == 5
        writer.catalog.decide([image(id_) for id_ in writer.catalog.image_ids()])
        assert reader.catalog.counts()["images_accepted"] == 5


def test_an_error_inside_gives_the_lock_back(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_project(folder, write=True):
        raise ZeroDivisionError

    with open_project(folder, write=True):
        pass


# -- settings -------------------------------------------------------------------------------------

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
# A class is named in one line.
class_names = names.filter(lambda name: name.strip() and name.splitlines() == [name])
tables = st.builds(
    ClassTable,
    names,
    st.sampled_from(Lifetime),
    st.lists(class_names, min_size=1, max_size=4, unique_by=str.casefold).map(
        lambda found: tuple(LabelClass(n, name, "#12aBc0") for n, name in enumerate(found, 1))
    ),
    st.lists(st.integers(0, 255), max_size=3).map(tuple),
)
finite = st.floats(allow_nan=False, allow_infinity=False)
stretches = st.builds(
    Stretch,
    st.dictionaries(st.sampled_from(["B02", "B8A", "odd name."]), st.tuples(finite, finite)),
    st.tuples(finite, finite),
    st.integers(0, 500),
    names,
    st.booleans(),
)


@given(names, tables, st.floats(0, allow_infinity=False), stretches)
def test_settings_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    classes: ClassTable,
    distance_m: float,
    stretch: Stretch,
) -> None:
    path = tmp_path_factory.getbasetemp() / "round_trip.toml"
    path.unlink(missing_ok=True)
    settings = ProjectFile(name, classes, "sqlite:///x.sqlite", distance_m, stretch)

    write_project_file(path, settings)
    assert read_project_file(path) == settings
    changed = settings.with_stretch(replace(stretch, images=stretch.images + 1))
    write_project_file(path, changed)

    assert read_project_file(path) == changed


def add_comments(path: Path) -> None:
    text = path.read_text().replace("[groups]", "# Bays are 3 km wide.\n[groups]  # wide")
    text = text.replace("[classes]", "# Agreed with Zoë.\n[classes]")
    path.write_text(text + "\n# the end\n", "utf-8")


def test_a_new_stretch_leaves_comments_and_unknown_keys(folder: Path) -> None:
    path = folder / "project.toml"
    add_comments(path)
    path.write_text('mine = "kept"\n' + path.read_text("utf-8"), "utf-8")

    with open_project(folder, write=True) as project:
        project.keep_stretch(STRETCH)

    text = path.read_text("utf-8")
    for kept in ("# Bays are 3 km wide.", "# wide", "# Agreed with Zoë.", 'mine = "kept"'):
        assert kept in text
    assert read_project_file(path).stretch == STRETCH


def test_a_new_stretch_leaves_the_comments_beside_it(folder: Path) -> None:
    path = folder / "project.toml"
    path.write_text(path.read_text().replace("fixed = false", "# Do not fix it.\nfixed = false"))

    with open_project(folder, write=True) as project:
        project.keep_stretch(replace(STRETCH, fixed=False))

    assert "# Do not fix it." in path.read_text()


def test_a_new_stretch_leaves_what_the_user_changed_meanwhile(folder: Path) -> None:
    path = folder / "project.toml"
    with open_project(folder, write=True) as project:
        path.write_text(path.read_text().replace('name = "harbour"', 'name = "Marseille"'))
        project.keep_stretch(STRETCH)

    assert read_project_file(path).name == "Marseille"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param('name = "harbour"', "", "no key 'name'", id="no name"),
        pytest.param("distance_m = 2500.0", "", "no key 'distance_m'", id="no distance"),
        pytest.param("distance_m = 2500.0", 'distance_m = "far"', "not a project file", id="text"),
        pytest.param("[2.0, 98.0]", "[2.0]", "not a project file", id="one percentile"),
        pytest.param("[groups]", "[groups", "not a project file", id="no TOML"),
        pytest.param(
            "[stretch.limits]",
            "limits = 3",
            "not a project file",
            id="limits that are a number",
        ),
    ],
)
def test_wrong_settings_are_told_in_words(folder: Path, old: str, new: str, words: str) -> None:
    path = folder / "project.toml"
    path.write_text(path.read_text().replace(old, new))

    with pytest.raises(ProjectError, match=words) as refusal:
        read_project_file(path)

    assert str(path) in str(refusal.value)


@pytest.mark.parametrize("url", ["nonsense", "postgresql://zoe@server/port"])
def test_a_catalog_url_that_leads_nowhere_is_told_in_words(folder: Path, url: str) -> None:
    path = folder / "project.toml"
    path.write_text(path.read_text().replace("sqlite:///catalog.sqlite", url))

    with pytest.raises(ProjectError), open_project(folder):
        pass
