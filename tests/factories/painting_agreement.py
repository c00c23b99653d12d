"""Compare a real project with the model of what was painted in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from s2label.checking import check_project
from s2label.masks import read_mask
from s2label.painting.canvas import read_canvas
from s2label.progress import finish
from s2label.types import STATE_OF_VERDICT, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.masks import Mask
    from s2label.project import Project
    from tests.factories.painting import Said
    from tests.factories.painting_model import PaintingModel, Pixels


def compare(project: Project, model: PaintingModel) -> list[str]:
    """Compare every pixel, state, version, finding and the number of acts; return stray files."""
    for ref, pixels in model.pixels.items():
        assert_same(read_canvas(project, ref), pixels)
        state = project.catalog.canvases.state(ref)
        assert state is not None
        assert_same(read_mask(project.canvas_path(ref, state.version)), model.settled[ref])
    rows = [*project.catalog.list_images(), *project.catalog.list_masks()]
    states = {row["id"]: (row["state"], row["reason"]) for row in rows}
    expected = {id_: _shown(said) for id_, said in model.shown.items()}
    assert states == expected, f"{states} instead of {expected}"
    acts = acts_on_disk(project.folder)
    assert acts == model.acts, f"{acts} acts instead of {model.acts}"
    _require_distinct_versions(project)
    findings = finish(check_project(project))
    strays = [line for line in findings if line.endswith("it can be deleted")]
    unsettled = sorted(line.split(": ")[0] for line in findings if line not in strays)
    assert unsettled == sorted(f"{ref.kind} {ref.id}" for ref in model.pending), findings
    return strays


def assert_same(found: Mask | None, expected: Pixels) -> None:
    """Compare classes and provenance."""
    assert found is not None
    assert np.array_equal(found.classes, expected[0])
    assert np.array_equal(found.provenance, expected[1])


def acts_on_disk(folder: Path) -> int:
    """Return how many acts of a person a project has kept."""
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection:
        query = "SELECT count(*) FROM act WHERE kind != 'settle'"
        return int(connection.execute(query).fetchone()[0])


def _require_distinct_versions(project: Project) -> None:
    """Demand that no two versions since a mask was imported last hold the same pixels."""
    contents: dict[str, list[str]] = {}
    for version in project.catalog.mask_versions():
        if version["origin"] == "import":
            contents[version["mask_id"]] = []
        contents.setdefault(version["mask_id"], []).append(version["content"])
    for of_mask in contents.values():
        assert len(of_mask) == len(set(of_mask)), "two versions hold the same pixels"


def _shown(said: Said) -> tuple[str, str]:
    verdict, reason = said
    return str(STATE_OF_VERDICT[verdict]), "" if verdict is Verdict.OPEN else reason
