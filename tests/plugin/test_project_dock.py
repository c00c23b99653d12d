"""The project dock: make, open, import, export, re-link; one job at a time, errors in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.parts.export_form import ExportForm, export_arguments
from napari_s2label.parts.import_form import ImportForm, import_arguments
from napari_s2label.project import EXPORT, IMPORT, NEW, RELINK, ProjectWidget
from napari_s2label.recent import RecentProjects
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractButton, QComboBox, QListWidget, QMainWindow

from s2label.classes import LANDCOVERNET
from s2label.exports.options import ExportOptions, Format
from s2label.importers.options import ImportOptions
from s2label.project import open_project
from s2label.types import ClassTable, LabelClass, Lifetime
from tests.factories.commands import do
from tests.factories.ports import band_folder, mask_geotiff
from tests.factories.projects import apart, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_s2label.desk import Desk
    from pytestqt.qtbot import QtBot

# napari with PyQt5 cannot tell the theme of the system.
pytestmark = pytest.mark.filterwarnings("ignore:System theme detection:UserWarning")

LONG_MS = 60_000
# The dock's width, without its scroll bar.
ROOM_PX = 310 - 14


def never(*_: Any) -> Any:
    raise AssertionError("a dialog nobody expected")


def dialogs_of(tmp_path: Path) -> Dialogs:
    """Return dialogs that always choose the port."""
    port = tmp_path / "port"
    return Dialogs(lambda *_: port, lambda *_: [port / "mask.tif"], lambda *_: "#123456")


@pytest.fixture
def desk(empty_desk: Desk) -> Iterator[Desk]:
    """Return the desk of an empty viewer."""
    yield empty_desk
    empty_desk.jobs.close()


@pytest.fixture
def dock(desk: Desk, tmp_path: Path, qtbot: QtBot) -> ProjectWidget:
    """Return the dock, with a port to import beside."""
    band_folder(tmp_path / "port")
    mask_geotiff(tmp_path / "port" / "mask.tif")
    recent = RecentProjects(tmp_path / "recent.json")
    widget = ProjectWidget(desk.viewer, dialogs_of(tmp_path), recent)
    desk.viewer.window.add_dock_widget(widget, name="Project")
    return widget


@pytest.fixture
def opened(dock: ProjectWidget, tmp_path: Path) -> ProjectWidget:
    """Return the dock with an empty vessels project open."""
    do("init", tmp_path / "harbour", "--classes", "vessels")
    dock.open(tmp_path / "harbour")
    return dock


def fill_import(dock: ProjectWidget, tmp_path: Path) -> None:
    dock.import_.sources.ask_folder()
    dock.import_.masks.show_path(tmp_path / "port" / "mask.tif")
    dock.import_.texts["chip"].setText("16")
    dock.import_.texts["stride"].setText("8")


def run_to_end(dock: ProjectWidget, desk: Desk, qtbot: QtBot, start: QAbstractButton) -> None:
    assert start.isEnabled()
    with qtbot.waitSignal(desk.jobs.ended, timeout=LONG_MS):
        start.click()


# -- making and opening ---------------------------------------------------------------------------


def test_without_a_project_one_is_made_or_opened(dock: ProjectWidget) -> None:
    assert dock.sections.is_open(NEW)
    assert "No project is open" in dock.head.title.text()
    assert not dock.import_.isVisibleTo(dock)


def test_a_new_project_is_opened_and_waits_for_an_import(
    dock: ProjectWidget, desk: Desk, tmp_path: Path
) -> None:
    dock.new.parent_folder.show_path(tmp_path)
    dock.new.name.setText("My Port")

    dock.new.make.click()

    assert desk.project is not None
    assert desk.project.folder == tmp_path / "My-Port"
    assert desk.project.settings.name == "My Port"
    assert dock.sections.is_open(IMPORT)
    assert RecentProjects(tmp_path / "recent.json").folders == [tmp_path / "My-Port"]


def test_an_own_class_table_is_edited(dock: ProjectWidget, desk: Desk, tmp_path: Path) -> None:
    dock.new.parent_folder.show_path(tmp_path)
    dock.new.name.setText("ice")
    dock.new.classes.choose("own")
    editor = dock.new.editor
    editor.rows[0].name.setText("Floe")
    editor.add.click()
    editor.rows[1].name.setText("Lead")
    editor.rows[1].swatch.click()
    editor.lifetime.choose("moving")
    editor.void.setText("0, 99")

    dock.new.make.click()

    assert desk.project is not None
    floe, lead = LabelClass(1, "Floe", "#e69f00"), LabelClass(2, "Lead", "#123456")
    assert desk.project.classes == ClassTable("ice", Lifetime.MOVING, (floe, lead), (0, 99))


@pytest.mark.parametrize(
    ("value", "name", "words"),
    [
        pytest.param("0", "Floe", "class value 0 is the background", id="background"),
        pytest.param("254", "Floe", "outside 0..253", id="reserved"),
        pytest.param("x", "Floe", "'x' is not a whole number", id="no number"),
        pytest.param("1", "", "class 1 has no name", id="no name"),
    ],
)
def test_what_is_wrong_in_a_class_table_is_said_at_once(
    dock: ProjectWidget, value: str, name: str, words: str
) -> None:
    dock.new.name.setText("ice")
    dock.new.classes.choose("own")
    row = dock.new.editor.rows[0]

    row.name.setText(name)
    row.value.setText(value)

    assert words in dock.new.error.words
    assert not dock.new.make.isEnabled()


def test_the_editor_gives_back_the_table_it_shows(dock: ProjectWidget) -> None:
    dock.new.editor.show_table(LANDCOVERNET)

    assert dock.new.editor.table("landcovernet") == LANDCOVERNET


def test_a_folder_that_is_no_project_is_said(
    dock: ProjectWidget, desk: Desk, tmp_path: Path
) -> None:
    dock.open_button.click()

    assert "not a project" in dock.bar.message.words
    assert desk.project is None


def test_recent_projects_are_offered(opened: ProjectWidget, tmp_path: Path) -> None:
    opened.recent_button.fill()

    (action,) = opened.recent_button.choices.actions()
    assert action.toolTip() == str(tmp_path / "harbour")


@pytest.mark.parametrize("content", ["", "{", "3", '["/gone"]'])
def test_a_damaged_list_of_recent_projects_is_empty(tmp_path: Path, content: str) -> None:
    (tmp_path / "recent.json").write_text(content)

    assert RecentProjects(tmp_path / "recent.json").folders == []


# -- importing ------------------------------------------------------------------------------------


def test_an_import_fills_the_project_and_the_desk_has_it_again(
    opened: ProjectWidget, desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_import(opened, tmp_path)

    run_to_end(opened, desk, qtbot, opened.import_.start)

    assert opened.bar.message.words.startswith("Imported 225 new images, 225 new masks.")
    assert opened.head.table.cells["images_open"].text() == "225"
    assert desk.session is not None
    assert desk.session.chip is not None


def test_while_a_job_writes_nothing_can_be_decided_and_the_chip_stays(
    opened: ProjectWidget, desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_import(opened, tmp_path)
    run_to_end(opened, desk, qtbot, opened.import_.start)
    assert desk.session is not None
    desk.session.forward()
    assert desk.session.chip is not None
    before, layers = desk.session.chip.image.id, desk.layers
    opened.import_.texts["date"].setText("2023-01-08")

    with qtbot.waitSignal(desk.jobs.ended, timeout=LONG_MS):
        opened.import_.start.click()
        assert desk.session is None
        assert desk.layers is layers
        assert not opened.sections.isEnabled()
        assert opened.bar.cancel.isVisibleTo(opened)

    assert desk.session is not None
    assert desk.session.chip is not None
    assert desk.session.chip.image.id == before
    assert desk.layers is layers
    assert opened.sections.isEnabled()


def test_a_cancelled_import_goes_on_when_it_is_started_again(
    opened: ProjectWidget, desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_import(opened, tmp_path)
    opened.import_.texts["stride"].setText("4")
    with qtbot.waitSignal(desk.jobs.ended, timeout=LONG_MS):
        opened.import_.start.click()
        assert desk.jobs.job is not None
        desk.jobs.job.progressed.connect(
            lambda step: opened.bar.cancel.click() if step.done else None
        )
    assert "was stopped" in opened.bar.message.words
    assert desk.project is not None

    run_to_end(opened, desk, qtbot, opened.import_.start)

    assert opened.bar.message.words.startswith("Imported 841 new images")


def test_a_failed_import_says_why_and_the_desk_has_the_project_again(
    opened: ProjectWidget, desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_import(opened, tmp_path)
    opened.import_.texts["quantification"].setText("3")

    run_to_end(opened, desk, qtbot, opened.import_.start)

    assert opened.bar.message.words.startswith("Import did not work.\n")
    assert 'give the right "Divide by"' in opened.bar.message.words
    assert desk.project is not None


def test_a_project_that_another_program_took_meanwhile_is_closed_and_said(
    opened: ProjectWidget, desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    told: list[str] = []
    desk.told.connect(told.append)
    fill_import(opened, tmp_path)

    with qtbot.waitSignal(desk.jobs.ended, timeout=LONG_MS):
        opened.import_.start.click()
        assert desk.jobs.job is not None
        (tmp_path / "harbour").rename(tmp_path / "gone")

    assert desk.project is None
    assert desk.layers is None
    assert any("no such project" in line for line in told)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        pytest.param("chip", "4", "Chip size: has to be at least 8", id="small chip"),
        pytest.param("stride", "x", "Step: has to be a valid integer", id="no number"),
        pytest.param("quantification", "0", "Divide by: has to be above 0", id="zero"),
        pytest.param("date", "yesterday", "Date: ", id="no date"),
        pytest.param("bands", "B99", "Bands: ", id="no band"),
    ],
)
def test_a_wrong_setting_is_said_at_once(
    dock: ProjectWidget, name: str, text: str, words: str
) -> None:
    dock.import_.sources.ask_folder()

    dock.import_.texts[name].setText(text)

    assert words in dock.import_.error.words
    assert not dock.import_.start.isEnabled()
    dock.import_.texts[name].clear()
    assert dock.import_.start.isEnabled()


def test_the_form_has_every_setting_of_an_import(tmp_path: Path, qtbot: QtBot) -> None:
    form = ImportForm(dialogs_of(tmp_path))
    qtbot.addWidget(form)
    parts = {*form.texts, "kind", "edge", "around", "points", "masks", "any_values"}

    assert parts == set(ImportOptions.model_fields)


def test_tiles_are_chosen_in_the_form_as_on_the_command_line(tmp_path: Path, qtbot: QtBot) -> None:
    form = ImportForm(dialogs_of(tmp_path))
    qtbot.addWidget(form)
    points = tmp_path / "points.csv"
    points.write_text("lon,lat\n1,2\n")

    form.around.choose("masks")
    assert form.error.words == 'Tiles: needs masks: give them with "Masks"'
    form.masks.show_path(tmp_path)
    form.points.show_path(tmp_path / "none.csv")
    assert "no such file" in form.error.words
    form.points.show_path(points)
    for name, text in {"random": "9", "jitter": "3", "seed": "4"}.items():
        form.texts[name].setText(text)

    assert form.error.words == ""
    assert import_arguments(form.options()) == [
        *("--masks", str(tmp_path), "--around", "masks", "--points", str(points)),
        *("--jitter", "3", "--random", "9", "--seed", "4"),
    ]


def test_settings_become_options_of_the_command_line() -> None:
    options = ImportOptions(
        masks=Path("/m"), bands=("B02", "B03"), chip=64, offset=-1000.0, any_values=True
    )

    assert import_arguments(ImportOptions()) == []
    assert import_arguments(options) == [
        *("--masks", "/m", "--bands", "B02,B03", "--chip", "64"),
        *("--offset", "-1000.0", "--any-values"),
    ]


# -- exporting ------------------------------------------------------------------------------------


def test_an_export_is_written_and_reviewing_goes_on(
    dock: ProjectWidget, desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    dock.open(make_project(tmp_path, apart(2)))
    dock.export.include_open.setChecked(True)

    with qtbot.waitSignal(desk.jobs.ended, timeout=LONG_MS):
        dock.export.start.click()
        assert desk.session is not None

    assert dock.bar.message.words.startswith("Wrote 4 pairs of image and mask (")
    assert (tmp_path / "project-export" / "DATA_CARD.md").is_file()


def test_an_export_of_nothing_says_so(
    dock: ProjectWidget, desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    dock.open(make_project(tmp_path, apart(1)))

    run_to_end(dock, desk, qtbot, dock.export.start)

    assert dock.bar.message.words.startswith("Export did not work.\n")


@pytest.mark.parametrize("void", ["255", "x"])
def test_a_wrong_void_is_said_at_once(dock: ProjectWidget, void: str) -> None:
    dock.export.out.show_path(Path("/out"))

    dock.export.void.setText(void)

    assert dock.export.error.words.startswith("Not labelled as")
    assert not dock.export.start.isEnabled()


def test_export_settings_become_options_of_the_command_line(tmp_path: Path, qtbot: QtBot) -> None:
    form = ExportForm(dialogs_of(tmp_path))
    qtbot.addWidget(form)
    form.void.setText("0")
    form.licence.setText("CC-BY-4.0")

    options = form.options()

    assert options == ExportOptions(Format.GEOTIFF, void=0, licence="CC-BY-4.0")
    assert export_arguments(replace(options, include_open=True)) == [
        *("--format", "geotiff", "--seed", "0", "--include-open", "--void", "0"),
        *("--licence", "CC-BY-4.0"),
    ]


# -- moved sources --------------------------------------------------------------------------------


def test_moved_sources_are_listed_and_linked_again(
    dock: ProjectWidget, desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    dock.open(make_project(tmp_path, apart(1)))
    assert not dock.lost.relink.isEnabled()
    (tmp_path / "sources").rename(tmp_path / "port" / "sources")

    run_to_end(dock, desk, qtbot, dock.lost.check)
    assert dock.lost.list.count() == 2
    assert dock.bar.message.words == "2 sources missing."
    run_to_end(dock, desk, qtbot, dock.lost.relink)

    assert dock.bar.message.words == "2 sources found again.\nAll sources are there."
    assert dock.lost.list.count() == 0
    with open_project(tmp_path / "project") as project:
        paths = [Path(row["path"]) for row in project.catalog.sources()]
    assert {path.parent for path in paths} == {tmp_path / "port" / "sources"}


# -- the dock itself ------------------------------------------------------------------------------


def test_the_manifest_opens_it(desk: Desk) -> None:
    _, widget = desk.viewer.window.add_plugin_dock_widget("napari-s2label", "Project")

    assert isinstance(widget, ProjectWidget)


@pytest.mark.parametrize("title", [IMPORT, EXPORT, RELINK, NEW])
def test_no_section_is_wider_than_the_dock(opened: ProjectWidget, title: str) -> None:
    opened.new.classes.choose("own")
    opened.lost.show_lost({"missing": ["/a/rather/long/path/to/some/image.tif"]})

    opened.sections.show_only(title)

    assert opened.widget().minimumSizeHint().width() <= ROOM_PX


def test_nothing_but_text_fields_takes_the_keyboard(opened: ProjectWidget) -> None:
    kinds = (QAbstractButton, QComboBox, QListWidget)
    takers = [part for kind in kinds for part in opened.findChildren(kind)]

    assert takers
    assert [p for p in takers if p.focusPolicy() != Qt.FocusPolicy.NoFocus] == []


@pytest.mark.parametrize(
    "key",
    [pytest.param(Qt.Key.Key_Return, id="Return"), pytest.param(Qt.Key.Key_Escape, id="Escape")],
)
def test_a_text_field_gives_the_keyboard_back(tmp_path: Path, qtbot: QtBot, key: Qt.Key) -> None:
    window, form = QMainWindow(), ImportForm(dialogs_of(tmp_path))
    qtbot.addWidget(window)
    window.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # as napari's, which feeds the canvas
    window.setCentralWidget(form)
    window.show()
    form.texts["chip"].setFocus()
    assert window.focusWidget() is form.texts["chip"]

    qtbot.keyClick(form.texts["chip"], key)  # type: ignore[no-untyped-call]

    assert window.focusWidget() is window


@pytest.mark.usefixtures("own_window")
def test_a_job_ends_with_the_window(
    opened: ProjectWidget, desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    opened.window().show()
    fill_import(opened, tmp_path)
    opened.import_.start.click()
    job = desk.jobs.job
    assert job is not None
    qtbot.waitUntil(lambda: job.is_running, timeout=LONG_MS)

    with qtbot.waitSignal(opened.window().destroyed, timeout=LONG_MS):
        desk.viewer.close()

    assert not job.is_running
    assert desk.jobs.job is None
    with open_project(tmp_path / "harbour", write=True):
        pass  # nobody holds it any more


def test_a_dock_that_comes_later_follows_the_job_that_runs(
    opened: ProjectWidget, desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_import(opened, tmp_path)
    with qtbot.waitSignal(desk.jobs.ended, timeout=LONG_MS):
        opened.import_.start.click()
        later = ProjectWidget(desk.viewer, dialogs_of(tmp_path), RecentProjects(tmp_path / "r"))
        qtbot.addWidget(later)

    assert later.bar.message.words.startswith("Imported 225 new images")
