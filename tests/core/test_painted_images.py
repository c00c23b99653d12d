"""The catalog knows on which images somebody painted, without reading a mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.canvases import CanvasKind
from s2label.classes import VESSELS
from s2label.project import open_project
from s2label.types import Provenance
from tests.factories.painting import RealPainting
from tests.factories.projects import apart, make_project

if TYPE_CHECKING:
    from pathlib import Path


def test_images_with_strokes_on_their_masks_are_named_the_latest_first(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(3, mask_values=()), VESSELS)
    with open_project(folder, write=True) as project:
        assert project.catalog.canvases.painted_images() == []
        painting = RealPainting(project)
        kinds = {1: CanvasKind.MASK, 2: CanvasKind.IGNORE, 4: CanvasKind.MASK, 0: CanvasKind.MASK}
        for number, kind in kinds.items():
            painting.look(number)
            painting.paint(kind, [1, 2], kind is CanvasKind.MASK, Provenance.HUMAN, drawn=True)
        painting.look(1)
        painting.paint(CanvasKind.MASK, [7], 1, Provenance.HUMAN, drawn=True)

        named = project.catalog.canvases.painted_images()

    assert named == [painting.images[number] for number in (1, 0, 4)]
