"""The chips of the real ports as an audit sees them, and a project of them with wrong masks."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from rasterio.windows import Window
from s2label_training.bundle import read_record
from s2label_training.channels import read_reflectance
from s2label_training.predict import Predictor

from s2label.audit.chips import AuditedChip
from s2label.classes import VESSELS
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.labelled.chips import find_labelled
from s2label.labelled.pixels import read_labels
from s2label.progress import finish
from s2label.project import create_project, open_project
from s2label.raster import RasterPool
from s2label.suggestion_files import read_suggestion, suggestion_path
from tests.benchmarks.planted_damage import damage
from tests.benchmarks.ports import CHIP_PX, NAMES, QUANTIFICATION, ports_project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip
    from s2label.project import Project
    from s2label.suspicions import SuspicionRecord

    Images = list[NDArray[np.float32]]

_BANDS = ("B03", "B08")
_BATCH = 64


def predicted_ports(
    folder: Path, models: Path, data: Path
) -> tuple[list[AuditedChip], NDArray[np.bool_]]:
    """Return the chips, each with what the model says that its port was left out of, and water.

    Parameters
    ----------
    folder : Path
        Is made: a project of the ports.
    models : Path
        A project with those models.
    data : Path
        Folder of the ports.
    """
    ports_project(folder, data)
    found: list[AuditedChip] = []
    with open_project(folder) as project:
        chips = _labelled(project)
        for port in NAMES:
            predictor = Predictor(_model_without(models, port))
            its = [chip for chip in chips if chip.place.name.startswith(port)]
            found += _predicted(project, predictor, its)
        by_name = {chip.place.name: chip for chip in chips}
        is_water = _water([by_name[chip.name] for chip in found])
    return found, is_water


def audited_project(folder: Path) -> tuple[list[AuditedChip], list[SuspicionRecord]]:
    """Return the masks of an audited project with what the audit was told, and its suspicions."""
    with open_project(folder) as project:
        by_mask = project.catalog.suspicions()
        records = [record for its in by_mask.values() for record in its]
        chips = [_kept(project, chip) for chip in _labelled(project)]
    return chips, records


def write_damaged(folder: Path, data: Path, seed: int) -> dict[str, str]:
    """Make a project of the ports with wrong masks; returns place -> way of damage."""
    with tempfile.TemporaryDirectory(prefix="s2label-planted-") as scratch:
        with open_project(ports_project(Path(scratch) / "project", data)) as project:
            chips = _labelled(project)
            masks = np.stack([read_labels(project, chip).classes for chip in chips])
            wrong, truth = damage(masks, _water(chips), seed)
            _write_masks(Path(scratch), chips, wrong)
        create_project(folder, VESSELS)
        with open_project(folder, write=True) as project:
            for port in NAMES:
                mask = Path(scratch) / f"{port}.tif"
                options = ImportOptions(masks=mask, chip=CHIP_PX, quantification=QUANTIFICATION)
                finish(import_sources(project, [data / port], options))
    return {chips[number].place.name: way for number, way in truth.items()}


def _labelled(project: Project) -> list[LabelledChip]:
    return sorted(find_labelled(project), key=lambda chip: chip.place.name)


def _model_without(models: Path, port: str) -> Path:
    """Return the oldest model that a port was left out of."""
    for record in sorted((models / "models").glob("*/model.json")):
        held_out = read_record(record.parent).data.hold_out
        if any(port in group.casefold() for group in held_out):
            return record.parent
    raise SystemExit(f"{models}: no model that {port} was left out of")


def _predicted(
    project: Project, predictor: Predictor, chips: Sequence[LabelledChip]
) -> list[AuditedChip]:
    found = []
    for first in range(0, len(chips), _BATCH):
        some = chips[first : first + _BATCH]
        answers = predictor.probabilities_of(_read(some, predictor.record.bands))
        for chip, answer in zip(some, answers, strict=True):
            stored = np.rint(answer * 255).astype(np.uint8)
            model = predictor.record.id
            found.append(_audited(project, chip, model, predictor.record.class_values, stored))
    return found


def _audited(
    project: Project,
    chip: LabelledChip,
    model: str,
    values: tuple[int, ...],
    probabilities: NDArray[np.uint8],
) -> AuditedChip:
    return AuditedChip(
        mask_id=chip.mask_id,
        mask_version=chip.mask_version,
        image_id=chip.image.id,
        image_version=chip.image.version,
        group=chip.group,
        model=model,
        grid=chip.place.grid,
        classes=read_labels(project, chip).classes,
        class_values=values,
        probabilities=probabilities,
        name=chip.place.name,
    )


def _read(chips: Sequence[LabelledChip], bands: Sequence[str]) -> Images:
    with RasterPool() as pool:
        return [read_reflectance(c.image, c.place.grid, bands, pool.open) for c in chips]


def _water(chips: Sequence[LabelledChip]) -> NDArray[np.bool_]:
    """Return (chip, y, x): where green is brighter than near infrared (NDWI, McFeeters 1996)."""
    green, infrared = np.stack(_read(chips, _BANDS)).swapaxes(0, 1)
    return np.asarray(green > infrared)


def _kept(project: Project, chip: LabelledChip) -> AuditedChip:
    """Return a chip with what was proposed for it last."""
    files = suggestion_path(project, chip.image.id, "any").parent.glob("*.tif")
    for path in sorted(files, key=lambda path: -path.stat().st_mtime_ns):
        kept = read_suggestion(project, chip.image, path.stem)
        if kept is not None:
            return _audited(project, chip, kept.model, kept.class_values, kept.probabilities)
    raise SystemExit(f"{chip.place.name}: nothing is kept of what the audit proposed")


def _write_masks(folder: Path, chips: Sequence[LabelledChip], masks: NDArray[np.uint8]) -> None:
    """Write a mask of each whole port, which lies as its bands do."""
    for port in NAMES:
        its = [n for n, chip in enumerate(chips) if chip.place.name.startswith(port)]
        with rasterio.open(chips[its[0]].image.bands[0].source.path) as band:
            profile = {"crs": band.crs, "transform": band.transform}
            profile |= {"width": band.width, "height": band.height}
        path = folder / f"{port}.tif"
        with rasterio.open(path, "w", driver="GTiff", count=1, dtype="uint8", **profile) as out:
            for number in its:
                a, _, left, _, e, top = chips[number].place.grid.transform
                column = round((left - profile["transform"].c) / a)
                row = round((top - profile["transform"].f) / e)
                out.write(masks[number], 1, window=Window(column, row, CHIP_PX, CHIP_PX))
