"""Doubtful places of a predicted scene become chips of a project, each with its reason."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from s2label.doubts import DoubtRecord
from s2label.errors import InputError
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.importers.value_counts import count_values
from s2label.importers.values import check_values
from s2label.progress import Progress
from s2label.raster import grid_of, open_raster
from s2label.results.beside import require_probabilities
from s2label.results.doubts import find_doubts, write_doubts
from s2label.results.doubts_request import DoubtsReport, DoubtsRequest
from s2label.results.rasters import record_of_tags
from s2label.scene_chips import chips_on
from s2label.scenes import require_one_scene
from s2label.tiling import Edge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label.importers.value_counts import ValueCounts
    from s2label.progress import Job
    from s2label.project import Project
    from s2label.results.doubts import Doubt
    from s2label.results.rasters import ResultRecord
    from s2label.scene_chips import SceneChip
    from s2label.scenes import FoundScene

# In a chip that is larger than so many of the new ones a doubtful place would be lost.
_MOST_SIDES = 2
# While the chips are being cut; an import that was stopped finds it again.
_POINTS = ".doubts.geojson"
_LOOK_PX = 512


def bring_doubts(project: Project, request: DoubtsRequest) -> Job[DoubtsReport]:
    """Find the doubtful places of a result and bring each, with its reason, into a project.

    A place that lies in a chip of the same ground and date gives its reason to that one; for the
    others chips are imported. What is there already is not doubled.

    Parameters
    ----------
    project : Project
        Open for writing.
    request : DoubtsRequest
        What is wanted.

    Raises
    ------
    InputError
        If a file is not what it has to be; the project is then as it was.
    """
    yield Progress(0, 0, "looking at the scene")
    found = require_one_scene(request.source, request.options)
    record = _require_result_of(request.classes, found)
    probabilities = require_probabilities(request.classes, request.probabilities)
    yield Progress(0, 0, "finding doubtful places")
    doubts = find_doubts(
        request.classes,
        probabilities,
        older=request.older,
        clouds=request.clouds,
        bands=found.image.bands,
        chip_px=request.chip_px,
        most=request.most,
    )
    before = _chips_of(doubts, project, found, request.chip_px)
    report = DoubtsReport(record.scene, record.model, notes=list(found.notes))
    lacking = [doubt for doubt, chip in zip(doubts, before, strict=True) if chip is None]
    if lacking:
        yield from _cut_chips(project, request, found, lacking, report)
    chips = _chips_of(doubts, project, found, request.chip_px)
    report.noted = project.catalog.note_doubts(_records(doubts, chips, record))
    _tell(report, doubts, chips, before)
    return report


def _require_result_of(classes: Path, found: FoundScene) -> ResultRecord:
    with open_raster(classes) as dataset:
        record, grid = record_of_tags(classes, dataset.tags()), grid_of(dataset)
    if record.scene != found.name or not grid.is_same_as(found.grid):
        advice = "name the scene that was predicted, and how it is read, as for `s2label predict`"
        raise InputError(classes, f"a result of {record.scene}", f"one of {found.name}", advice)
    return record


def _chips_of(
    doubts: Sequence[Doubt], project: Project, found: FoundScene, chip_px: int
) -> list[SceneChip | None]:
    """Return the chip that shows each place best: the one from whose edge it lies farthest."""
    most = _MOST_SIDES * chip_px
    chips = [
        chip
        for chip in chips_on(project, found)
        if max(chip.window.width, chip.window.height) <= most
    ]
    if not chips:
        return [None] * len(doubts)
    edges = np.array([(*chip.columns, *chip.rows) for chip in chips], np.float64)
    best: list[SceneChip | None] = []
    for doubt in doubts:
        column, row = ~found.grid.affine @ (doubt.x, doubt.y)
        inside = np.minimum.reduce(
            [column - edges[:, 0], edges[:, 1] - column, row - edges[:, 2], edges[:, 3] - row]
        )
        number = int(inside.argmax())
        best.append(chips[number] if inside[number] > 0 else None)
    return best


def _cut_chips(
    project: Project,
    request: DoubtsRequest,
    found: FoundScene,
    doubts: Sequence[Doubt],
    report: DoubtsReport,
) -> Job[None]:
    if not request.options.any_values:
        check_values(_thinned_counts(found), request.source)
    points = project.folder / _POINTS
    write_doubts(points, doubts)
    is_small = min(found.grid.shape) < request.chip_px
    wishes = {
        "chip": request.chip_px,
        "points": points,
        "edge": Edge.PAD if is_small else Edge.DROP,
        # A few chips of dark sea would tell nothing of the scale; the whole scene has told it.
        "any_values": True,
    }
    try:
        options = ImportOptions(**(request.options.model_dump() | wishes))
        imported = yield from import_sources(project, [request.source], options)
    finally:
        points.unlink(missing_ok=True)
    report.notes += [note for note in imported.warnings if note not in report.notes]


def _thinned_counts(found: FoundScene) -> ValueCounts:
    """Return what a thinned look at the whole scene counts, as an import counts all pixels."""
    shape = tuple(min(side, _LOOK_PX) for side in found.grid.shape)
    layers = []
    for band in found.image.bands:
        with open_raster(band.source.path) as dataset:
            layers.append(dataset.read(band.index, out_shape=shape))
    return count_values(found.name, np.stack(layers), found.image.bands, is_offset_known=True)


def _records(
    doubts: Sequence[Doubt], chips: Sequence[SceneChip | None], record: ResultRecord
) -> list[DoubtRecord]:
    return [
        DoubtRecord(
            image_id=chip.image_id,
            image_version=chip.image_version,
            scene=record.scene,
            model=record.model,
            kind=str(doubt.kind),
            words=doubt.words,
            score=doubt.score,
            rank=1 - place / len(doubts),
        )
        for place, (doubt, chip) in enumerate(zip(doubts, chips, strict=True))
        if chip is not None
    ]


def _tell(
    report: DoubtsReport,
    doubts: Sequence[Doubt],
    chips: Sequence[SceneChip | None],
    before: Sequence[SceneChip | None],
) -> None:
    for doubt, chip, earlier in zip(doubts, chips, before, strict=True):
        is_new = chip is not None and earlier is None
        report.doubts.append(
            {
                "image": chip.image_id if chip else None,
                "is_new": is_new,
                "kind": str(doubt.kind),
                "words": doubt.words,
                "score": round(doubt.score, 3),
                "longitude": round(doubt.longitude, 7),
                "latitude": round(doubt.latitude, 7),
            }
        )
        report.new_chips += is_new
        report.chips_before += earlier is not None
        report.without_chip += chip is None
    report.kinds = dict(Counter(str(doubt.kind) for doubt in doubts))
