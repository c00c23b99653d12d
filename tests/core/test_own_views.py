"""Views that a user writes into project.toml: read, kept, refused in one clear line."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from s2label.classes import VESSELS
from s2label.errors import ProjectError
from s2label.own_views import views_document, views_from
from s2label.project import create_project, open_project
from s2label.project_file import ProjectFile, read_project_file, write_project_file
from s2label.stretch import Stretch
from s2label.views import BUILT_IN

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
# Agreed with Zoë.
[[views]]
name = "urban"
red = "B12"  # bright over roofs
green = "B11"
blue = "B04"

[[views]]
name = "NDBI"
index = "(B11-B08)/(B11+B08)"
range = [-1, 1]
colours = "RdYlGn"
"""
ROWS = tomllib.loads(TEXT)["views"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the settings of a new project."""
    create_project(tmp_path / "harbour", VESSELS)
    return tmp_path / "harbour" / "project.toml"


def test_views_are_read_as_they_were_written() -> None:
    urban, ndbi = views_from(ROWS)

    assert [each.text for each in urban.expressions] == ["B12", "B11", "B04"]
    assert (urban.value_range, urban.colours, urban.is_index) == (None, "", False)
    assert [each.text for each in ndbi.expressions] == ["(B11 - B08) / (B11 + B08)"]
    assert (ndbi.value_range, ndbi.colours, ndbi.is_index) == ((-1.0, 1.0), "RdYlGn", True)


def test_every_built_in_view_could_be_an_own_one() -> None:
    assert views_from(views_document(BUILT_IN)) == BUILT_IN


def test_a_project_without_views_has_the_built_in_ones(path: Path) -> None:
    assert "views" not in path.read_text()
    assert read_project_file(path).all_views == BUILT_IN


def test_own_views_come_with_the_project_and_their_text_stays(path: Path) -> None:
    path.write_text(path.read_text() + TEXT)

    with open_project(path.parent, write=True) as project:
        project.keep_stretch(Stretch({"B02": (0.0, 0.3)}))
        assert project.settings.views == views_from(ROWS)
        assert project.settings.all_views == (*BUILT_IN, *views_from(ROWS))

    assert TEXT in path.read_text()
    assert read_project_file(path).stretch.limits == {"B02": (0.0, 0.3)}


def test_views_at_the_top_of_the_file_are_read_too(path: Path) -> None:
    head, rest = path.read_text().split("[groups]")
    path.write_text(f"{head}{TEXT}\n[groups]{rest}")

    with open_project(path.parent, write=True) as project:
        project.keep_stretch(Stretch({"B02": (0.0, 0.3)}))

    assert TEXT in path.read_text()
    assert read_project_file(path).views == views_from(ROWS)


def test_settings_with_views_come_back_as_they_were(tmp_path: Path) -> None:
    settings = ProjectFile("harbour", VESSELS, views=views_from(ROWS))

    write_project_file(tmp_path / "project.toml", settings)

    assert read_project_file(tmp_path / "project.toml") == settings


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param('"B12"', '"B12 +"', "view 'urban': 'B12 \\+': no arithmetic", id="arithmetic"),
        pytest.param('"B12"', '"B99"', "view 'urban': 'B99': found 'B99'", id="unknown band"),
        pytest.param('"B12"', '"open(B12)"', "'open\\(B12\\)': found", id="not allowed"),
        pytest.param('"B12"', "12", "found red = 12; expected a text", id="a number"),
        pytest.param('green = "B11"\n', "", "found red, blue; expected either", id="two colours"),
        pytest.param('green = "B11"', 'index = "B11"', "expected either red", id="both kinds"),
        pytest.param('index = "(B11-B08)/(B11+B08)"', "", "found no expression", id="no kind"),
        pytest.param('name = "NDBI"', "", "view 2: found name None", id="no name"),
        pytest.param('"NDBI"', '" "', "view 2: found name ' '", id="an empty name"),
        pytest.param('"NDBI"', '"a\\nb"', "expected a name in one line", id="a name of two lines"),
        pytest.param('"NDBI"', "7", "view 2: found name 7", id="a name that is a number"),
        pytest.param("colours", "colors", "found key 'colors'; expected name, red", id="key"),
        pytest.param("RdYlGn", "Rainbow!", "'Rainbow!'; expected a matplotlib", id="colours"),
        pytest.param("[-1, 1]", "[1, -1]", "the lower one first", id="range upside down"),
        pytest.param("[-1, 1]", "[1]", "expected two numbers", id="range of one"),
        pytest.param("[-1, 1]", "[-1, inf]", "expected two numbers", id="range without end"),
        pytest.param("[-1, 1]", "[false, true]", "expected two numbers", id="range of truths"),
        pytest.param("[-1, 1]", '"-1..1"', "expected two numbers", id="range that is a text"),
        pytest.param(
            'blue = "B04"', 'blue = "B04"\ncolours = "RdBu"', "beside index", id="colours for rgb"
        ),
        pytest.param(
            'blue = "B04"', 'blue = "B04"\nrange = [0, 1]', "stretch of the project", id="rgb range"
        ),
        pytest.param(TEXT, "[views]\nname = 1\n", "in double brackets", id="single brackets"),
        pytest.param(TEXT, "[[classes.views]]\n", None, id="elsewhere: not ours"),
    ],
)
def test_a_wrong_view_is_refused_at_opening(
    path: Path, old: str, new: str, words: str | None
) -> None:
    assert old in TEXT
    path.write_text(path.read_text() + TEXT.replace(old, new))
    if words is None:
        assert read_project_file(path).views == ()
        return

    with pytest.raises(ProjectError, match=words) as refusal, open_project(path.parent):
        pass

    line = str(refusal.value)
    assert line.startswith(f"{path}: view")
    assert line.endswith("; docs/views.md shows views")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({}, {"B02": (0.0, 0.3)}, id="first limits"),
        pytest.param({"B02": (0.0, 0.3)}, {}, id="none any more"),
        pytest.param({"B02": (0.0, 0.3), "B8A": (0.0, 1.0)}, {"B02": (0.0, 0.2)}, id="fewer"),
        pytest.param({"B02": (0.0, 0.3)}, {"B01": (0.0, 1.0), "B02": (0.0, 0.2)}, id="more"),
    ],
)
def test_new_limits_leave_the_comment_below_them_where_it_is(
    path: Path, before: dict[str, tuple[float, float]], after: dict[str, tuple[float, float]]
) -> None:
    write_project_file(path, ProjectFile("harbour", VESSELS).with_stretch(Stretch(before)))
    path.write_text(path.read_text() + TEXT)

    with open_project(path.parent, write=True) as project:
        project.keep_stretch(Stretch(after))

    assert path.read_text().endswith(TEXT)
    assert read_project_file(path).stretch.limits == after
