"""Strokes change exactly their pixels, become versions when a chip is left, and come back whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2label.canvases import CanvasKind, CanvasRef, StrokeRecord
from s2label.checking import check_project
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import PaintingError
from s2label.masks import Mask, read_mask, write_mask
from s2label.painting.acts import redo, redo_settled, undo, undo_settled
from s2label.painting.canvas import canvas_of, read_canvas, settle, start_canvas
from s2label.painting.painter import Painter
from s2label.painting.stroke import painted, unpacked
from s2label.progress import finish
from s2label.project import Project, open_project
from s2label.types import Provenance, Verdict
from tests.factories.painting import Inline
from tests.factories.projects import Ground, apart, decide, import_grounds, make_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

MASK, IGNORE = CanvasKind.MASK, CanvasKind.IGNORE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project of two places with two dates each."""
    return make_project(tmp_path, apart(2), LANDCOVERNET)


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    """Open it for writing."""
    with open_project(folder, write=True) as opened:
        yield opened


def first_mask(project: Project) -> CanvasRef:
    return CanvasRef(CanvasKind.MASK, project.catalog.list_masks()[0]["id"])


def paint(
    project: Project, ref: CanvasRef, first: int, count: int, value: int, seconds: float = 2.0
) -> None:
    """Paint a row of pixels, as the window does."""
    mask = read_canvas(project, ref)
    assert mask is not None
    indices = np.arange(first, first + count, dtype=np.uint32)
    stroke = painted(mask, indices, np.full(count, value, np.uint8), Provenance.HUMAN)
    image_id = project.catalog.image_ids()[0]
    project.catalog.canvases.paint(StrokeRecord(ref, image_id, "brush", stroke.packed()), seconds)


def now(project: Project, ref: CanvasRef) -> Mask:
    mask = read_canvas(project, ref)
    assert mask is not None
    return mask


def mask_row(project: Project, ref: CanvasRef) -> dict[str, object]:
    (row,) = [row for row in project.catalog.list_masks() if row["id"] == ref.id]
    return row


def state(project: Project, ref: CanvasRef) -> tuple[object, object]:
    row = mask_row(project, ref)
    return row["state"], row["version"]


def findings(project: Project) -> list[str]:
    return finish(check_project(project))


# -- strokes --------------------------------------------------------------------------------------


@given(
    st.sets(st.integers(0, 32 * 32 - 1)),
)
def test_packed_strokes_come_back_as_they_were(positions: set[int]) -> None:
    grid = Ground("p").grid
    indices = np.array(sorted(positions), np.uint32)
    mask = Mask(np.zeros((32, 32), np.uint8), np.ones((32, 32), np.uint8), grid)
    stroke = painted(mask, indices, (indices % 3).astype(np.uint8), Provenance.HUMAN)

    back = unpacked(stroke.packed())

    for name in ("indices", "classes_before", "classes_after"):
        assert np.array_equal(getattr(back, name), getattr(stroke, name))
    assert np.array_equal(back.provenance_before, stroke.provenance_before)
    assert np.array_equal(back.provenance_after, stroke.provenance_after)


def test_painting_makes_a_pixel_human_even_where_its_class_stays(project: Project) -> None:
    ref = first_mask(project)
    before = now(project, ref)
    value = int(before.classes[0, 0])

    paint(project, ref, 0, 3, value)

    assert np.array_equal(now(project, ref).classes, before.classes)
    assert list(now(project, ref).provenance[0, :4]) == [2, 2, 2, 1]


def test_not_labelled_pixels_are_nobodys(project: Project) -> None:
    ref = first_mask(project)

    paint(project, ref, 0, 2, 254)

    assert list(now(project, ref).provenance[0, :3]) == [0, 0, 1]


def test_a_stroke_that_does_not_fit_changes_nothing(project: Project) -> None:
    ref = first_mask(project)
    mask = now(project, ref)
    stroke = painted(mask, np.arange(4, dtype=np.uint32), np.full(4, 7, np.uint8), 2)
    mask.classes[0, 2] = 200
    before = mask.classes.copy()

    with pytest.raises(PaintingError, match="does not fit"):
        stroke.apply_to(mask)

    assert np.array_equal(mask.classes, before)


@pytest.mark.parametrize("data", [b"", b"\x02abc", b"\x01abc"], ids=["none", "layout", "bytes"])
def test_damaged_strokes_are_refused(data: bytes) -> None:
    with pytest.raises(PaintingError, match="damaged"):
        unpacked(data)


# -- versions -------------------------------------------------------------------------------------


def test_settled_strokes_are_a_version_that_is_accepted(project: Project) -> None:
    ref = first_mask(project)
    original = now(project, ref)
    paint(project, ref, 0, 5, 7)
    paint(project, ref, 3, 5, 6)

    assert settle(project, ref)

    file = read_mask(project.canvas_path(ref, 2))
    expected = original.classes.copy()
    expected[0, :3], expected[0, 3:8] = 7, 6
    assert np.array_equal(file.classes, expected)
    assert state(project, ref) == ("accepted", 2)
    assert not settle(project, ref)
    assert findings(project) == []


def test_a_version_tells_what_effort_it_took(project: Project) -> None:
    ref = first_mask(project)
    changed = np.count_nonzero(now(project, ref).classes[0, :5] != 7)
    paint(project, ref, 0, 5, 7, seconds=3.0)
    paint(project, ref, 0, 5, 7, seconds=4.5)
    settle(project, ref)

    row = project.catalog.mask_versions()[1]
    effort = project.catalog.canvases.effort()

    assert (row["active_seconds"], row["strokes"], row["changed_pixels"]) == (7.5, 2, changed)
    assert (effort.chips, effort.median_seconds, effort.chips_per_hour) == (1, 7.5, 480)


def test_a_rejected_mask_stays_rejected_when_it_is_painted(project: Project) -> None:
    ref = first_mask(project)
    decide(project, Verdict.REJECT, ref.id, reason="shifted")
    paint(project, ref, 0, 5, 7)
    settle(project, ref)

    row = mask_row(project, ref)

    assert (row["state"], row["reason"], row["version"]) == ("rejected", "shifted", 2)


def test_painting_the_same_again_is_not_bound_by_what_was_taken_back(project: Project) -> None:
    ref = first_mask(project)
    decide(project, Verdict.REJECT, ref.id, reason="wrong")
    paint(project, ref, 0, 5, 7)
    settle(project, ref)
    undo_settled(project)
    undo_settled(project)
    assert state(project, ref) == ("open", 1)

    paint(project, ref, 0, 5, 7)
    settle(project, ref)

    assert state(project, ref) == ("accepted", 2)


def test_painting_back_to_an_earlier_version_accepts_it_until_that_is_undone(
    project: Project,
) -> None:
    ref = first_mask(project)
    paint(project, ref, 0, 5, 7)
    settle(project, ref)
    decide(project, Verdict.REJECT, ref.id, reason="wrong")
    paint(project, ref, 0, 5, 6)
    settle(project, ref)
    decide(project, Verdict.ACCEPT, ref.id)
    paint(project, ref, 0, 5, 7)
    settle(project, ref)

    assert state(project, ref) == ("accepted", 2)
    undo_settled(project)
    assert state(project, ref) == ("accepted", 3)
    undo_settled(project)
    assert state(project, ref) == ("rejected", 3)
    undo_settled(project)
    assert state(project, ref) == ("rejected", 2)


def test_painting_and_wiping_it_off_again_says_that_the_mask_is_right(project: Project) -> None:
    ref = first_mask(project)
    nobodys = int(np.flatnonzero(now(project, ref).classes == 254)[0])
    paint(project, ref, nobodys, 1, 7)
    paint(project, ref, nobodys, 1, 254)
    settle(project, ref)

    assert state(project, ref) == ("accepted", 1)
    undo_settled(project)
    assert state(project, ref) == ("accepted", 2)
    undo_settled(project)
    assert state(project, ref) == ("open", 1)


def test_what_was_said_before_a_source_changed_is_void_for_strokes_after_it(
    folder: Path, project: Project
) -> None:
    ref = first_mask(project)
    paint(project, ref, 0, 32 * 32, 254)
    settle(project, ref)
    undo_settled(project)
    decide(project, Verdict.REJECT, ref.id, reason="wrong")
    import_grounds(project, folder.parent / "sources", apart(2, mask_values=(1, 3)))
    assert state(project, ref) == ("open", 3)

    paint(project, ref, 0, 32 * 32, 254)
    settle(project, ref)

    seen = [state(project, ref)]
    for step in (undo_settled, redo_settled):
        step(project)
        seen.append(state(project, ref))
    assert seen == [("accepted", 4), ("open", 3), ("accepted", 4)]


def test_undone_strokes_bring_back_the_version_and_its_state(project: Project) -> None:
    ref = first_mask(project)
    original = now(project, ref)
    paint(project, ref, 0, 5, 7)
    settle(project, ref)

    act = undo_settled(project)

    assert act is not None
    assert (act.changes, act.strokes) == (0, 1)
    assert now(project, ref).content == original.content
    assert state(project, ref) == ("open", 1)
    redo_settled(project)
    assert state(project, ref) == ("accepted", 2)
    assert findings(project) == []


def test_a_decision_before_and_one_after_painting_come_and_go(project: Project) -> None:
    ref = first_mask(project)
    decide(project, Verdict.ACCEPT, ref.id)
    paint(project, ref, 0, 5, 7)
    settle(project, ref)
    decide(project, Verdict.REJECT, ref.id, reason="wrong")

    seen = [state(project, ref)]
    for step in (undo_settled, undo_settled, undo_settled, redo_settled, redo_settled):
        step(project)
        seen.append(state(project, ref))
    redo_settled(project)
    seen.append(state(project, ref))

    assert seen == [
        ("rejected", 2),
        ("accepted", 2),
        ("accepted", 1),
        ("open", 1),
        ("accepted", 1),
        ("accepted", 2),
        ("rejected", 2),
    ]


def test_undo_is_there_again_after_reopening(folder: Path) -> None:
    with open_project(folder, write=True) as project:
        ref = first_mask(project)
        original = now(project, ref)
        paint(project, ref, 0, 5, 7)
        settle(project, ref)
        paint(project, ref, 9, 5, 6)
        settle(project, ref)

    with open_project(folder, write=True) as project:
        undo_settled(project)
        undo_settled(project)
        assert now(project, ref).content == original.content


# -- crashes and changes from elsewhere -----------------------------------------------------------


def test_strokes_of_a_program_that_ended_early_are_kept_and_said(folder: Path) -> None:
    with open_project(folder, write=True) as project:
        ref = first_mask(project)
        paint(project, ref, 0, 5, 7)  # the program ends here
        painted_mask = now(project, ref)

    with open_project(folder) as project:
        assert any("strokes" in finding for finding in findings(project))
    with open_project(folder, write=True) as project:
        assert len(project.recovered) == 1
        assert read_mask(project.canvas_path(ref, 2)).content == painted_mask.content
        assert findings(project) == []
    with open_project(folder, write=True) as project:
        assert project.recovered == []


def test_a_lost_mask_file_loses_no_strokes_and_closes_no_project(folder: Path) -> None:
    with open_project(folder, write=True) as project:
        ref = first_mask(project)
        paint(project, ref, 0, 5, 7)
        file = project.canvas_path(ref, 1)
    kept = file.read_bytes()
    file.unlink()

    with open_project(folder, write=True) as project:
        assert "wait in the catalog" in project.recovered[0]
    file.write_bytes(kept)
    with open_project(folder, write=True) as project:
        assert state(project, ref) == ("accepted", 2)


def test_a_redo_that_does_not_fit_any_more_is_refused(project: Project) -> None:
    ref = first_mask(project)
    paint(project, ref, 0, 5, 7)
    undo_settled(project)
    file = project.canvas_path(ref, 1)
    other = read_mask(file)
    other.classes[0, 2] = 99  # as a changed source does
    write_mask(file, other)

    with pytest.raises(PaintingError, match="cannot be done again"):
        redo(project)

    assert project.catalog.next_redo() is not None


def test_a_changed_source_leaves_a_mask_alone_whose_strokes_came_to_nothing(
    folder: Path, project: Project
) -> None:
    ref = first_mask(project)
    original = now(project, ref)
    first = int(np.flatnonzero(original.classes == 254)[0])
    paint(project, ref, first, 2, 7)
    paint(project, ref, first, 2, 254)
    settle(project, ref)
    assert mask_row(project, ref)["version"] == 1

    import_grounds(project, folder.parent / "sources", apart(2, mask_values=(1, 3)))

    assert now(project, ref).content == original.content
    undo_settled(project)
    undo_settled(project)
    assert now(project, ref).content == original.content


def test_an_undo_leaves_a_chip_in_view_unsettled(project: Project) -> None:
    ref = first_mask(project)
    paint(project, ref, 0, 5, 7)

    undo(project)

    assert project.catalog.canvases.unsettled() == [ref]
    assert settle(project, ref)
    assert len(project.catalog.mask_versions()) == 2  # one of each place: nothing new was written


# -- canvases that did not exist ------------------------------------------------------------------


def test_a_chip_without_a_mask_gets_one_that_is_not_labelled(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1, mask_values=()), VESSELS)
    with open_project(folder, write=True) as project:
        chip = project.catalog.chip(project.catalog.image_ids()[0])
        assert chip is not None
        assert chip.mask is None
        ref = canvas_of(chip, CanvasKind.MASK, VESSELS.lifetime)

        start_canvas(project, ref, chip)
        start_canvas(project, ref, chip)

        assert set(np.unique(now(project, ref).classes)) == {254}
        assert state(project, ref) == ("open", 1)
        paint(project, ref, 0, 2, 1)
        settle(project, ref)
        assert state(project, ref) == ("accepted", 2)
        assert findings(project) == []


def test_an_ignore_raster_belongs_to_one_image_and_touches_no_mask(project: Project) -> None:
    chip = project.catalog.chip(project.catalog.image_ids()[0])
    assert chip is not None
    ref = canvas_of(chip, CanvasKind.IGNORE, LANDCOVERNET.lifetime)
    start_canvas(project, ref, chip)
    masks = project.catalog.list_masks()

    paint(project, ref, 0, 6, 255)
    settle(project, ref)

    assert np.count_nonzero(now(project, ref).classes == 255) == 6
    assert project.catalog.list_masks() == masks
    undo_settled(project)
    assert not now(project, ref).classes.any()
    assert findings(project) == []


# -- the painter ----------------------------------------------------------------------------------


def painter_at(project: Project, image: int = 0, clock: Callable[[], float] = float) -> Painter:
    painter = Painter(project, Inline(), clock)
    look(painter, project, image)
    return painter


def look(painter: Painter, project: Project, image: int) -> None:
    painter.settle()
    chip = project.catalog.chip(project.catalog.image_ids()[image])
    assert chip is not None
    refs = [canvas_of(chip, kind, project.classes.lifetime) for kind in CanvasKind]
    painter.look_at(chip, *(read_canvas(project, ref) for ref in refs))


def square(corner: int = 4) -> NDArray[np.bool_]:
    chosen = np.zeros((32, 32), np.bool_)
    chosen[corner : corner + 3, corner : corner + 3] = True
    return chosen


def test_a_painter_holds_what_the_catalog_would_read(project: Project) -> None:
    painter = painter_at(project)
    for corner, kind, value in ((2, MASK, 7), (4, IGNORE, 255), (3, MASK, 254), (9, MASK, 1)):
        assert painter.set_pixels(kind, "wand", square(corner), value)
        assert painter.canvas(kind).content == now(project, painter.ref(kind)).content
    act = undo(project)
    assert act is not None
    painter.follow(project.catalog.canvases.strokes_of_act(act.id))
    assert painter.canvas(MASK).content == now(project, painter.ref(MASK)).content


def test_leaving_a_chip_makes_one_version_of_all_its_strokes(project: Project) -> None:
    painter = painter_at(project)
    painter.set_pixels(MASK, "wand", square(2), 7)
    painter.set_pixels(MASK, "wand", square(9), 6)
    ref = painter.ref(MASK)
    assert state(project, ref) == ("open", 1)

    look(painter, project, 2)

    assert state(project, ref) == ("accepted", 2)
    assert painter.is_settled


def test_a_stroke_that_changes_nothing_is_no_act(project: Project) -> None:
    painter = painter_at(project)
    assert painter.set_pixels(MASK, "wand", square(), 7)
    acts = project.catalog.counts()["acts"]

    assert not painter.set_pixels(MASK, "wand", square(), 7)

    assert project.catalog.counts()["acts"] == acts


def test_the_rest_is_background_only_where_nobody_has_labelled(project: Project) -> None:
    painter = painter_at(project)
    before = painter.canvas(MASK).classes.copy()

    painter.call_rest_background()

    after = painter.canvas(MASK)
    assert np.array_equal(after.classes, np.where(before == 254, 0, before))
    assert set(np.unique(after.provenance[before == 254])) == {Provenance.HUMAN}
    assert set(np.unique(after.provenance[before != 254])) == {Provenance.IMPORTED}


def test_pauses_are_no_effort(project: Project) -> None:
    ticks = iter([0.0, 10.0, 13.0, 500.0])
    painter = Painter(project, Inline(), lambda: next(ticks))
    look(painter, project, 0)  # at 10 s
    painter.set_pixels(MASK, "wand", square(2), 7)  # 3 s
    painter.set_pixels(MASK, "wand", square(9), 7)  # 487 s, cut at 20
    painter.settle()

    assert project.catalog.canvases.effort().median_seconds == 23


def test_strokes_are_told_to_the_screen_only_where_it_did_not_draw_them(project: Project) -> None:
    painter = painter_at(project)
    told: list[tuple[int, int]] = []
    painter.repainted.connect(lambda _, indices, classes: told.append((len(indices), classes[0])))
    indices = np.arange(3, dtype=np.uint32)

    painter.keep(MASK, "brush", indices, np.full(3, 7, np.uint8))
    assert told == []
    painter.clear()
    assert told == [(32 * 32, 254)]
