"""The import job: examine everything, then take all of it over, or nothing."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label import __version__
from s2label.durable import sha256_of
from s2label.errors import InputError, S2LabelError
from s2label.importers.contract import ImportContext
from s2label.importers.cutting.decoding import (
    decode_scene,
    forget_decoded,
    read_together,
    undecoded,
)
from s2label.importers.cutting.kept import forget_unused_chips, note_blanks, with_kept_chips
from s2label.importers.cutting.store import ChipStore
from s2label.importers.examining import keep_units
from s2label.importers.staging import Staging
from s2label.importers.unit_sums import UnitSums
from s2label.importers.units import find_units
from s2label.importers.value_counts import add_counts
from s2label.importers.values import check_values, doubts
from s2label.progress import Job, Progress
from s2label.project import OWN_FOLDERS
from s2label.project_stretch import update_stretch
from s2label.raster import RasterPool
from s2label.stored_chips import FOLDER as CHIPS
from s2label.types import ImportCounts, ImportRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from s2label.importers.contract import Unit
    from s2label.importers.mask_files import MaskFinder
    from s2label.importers.options import ImportOptions
    from s2label.project import Project
    from s2label.types import MaskRecord

# Several at once, because a file system writes them down together.
_SYNCS_AT_ONCE = 4


@dataclass(frozen=True)
class ImportReport:
    """What an import brought: changes in the catalog, blank chips left out, warnings."""

    counts: ImportCounts
    blank: int = 0
    warnings: tuple[str, ...] = ()


def import_sources(
    project: Project, sources: Sequence[Path], options: ImportOptions
) -> Job[ImportReport]:
    """Import sources into a project that is open for writing.

    Everything is read once and staged; a killed import goes on where it was. Only when all of
    it is sound does the catalog take it over, in one transaction.

    Raises
    ------
    InputError
        If something is not as it has to be; the project is then as it was.
    """
    project.catalog.verify_pages()
    sources = [_real(source) for source in sources]
    _require_foreign(project, sources)
    options = _resolved(options)
    with RasterPool() as pool:
        store = ChipStore(project.folder, project.staging)
        context = ImportContext(options, project.classes, pool, store)
        units, finders = find_units(sources, context)
        _require_foreign(project, (file for unit in units for file in unit.files))
        units = with_kept_chips(units, project)
        staging = Staging(project.staging, _plan(project, sources, options, finders))
        try:
            findings = yield from _examine(units, staging, store, pool)
            _require_masks(options, findings, finders)
            if not options.any_values:
                where = sources[0] if len(sources) == 1 else f"{len(sources)} sources"
                values = add_counts(findings.values)
                check_values(values, where)
                findings.warnings |= dict.fromkeys(doubts(values))
            _require_data(sources, findings)
            return (yield from _take_over(project, sources, options, units, staging, findings))
        except S2LabelError:
            staging.discard()
            raise


def _require_foreign(project: Project, paths: Iterable[Path]) -> None:
    """Raise `InputError` for what the project made itself: its own chips would come twice."""
    home = str(project.folder.resolve())
    names = (*OWN_FOLDERS, project.staging.name)
    own = tuple(f"{home}{os.sep}{name}{os.sep}" for name in names)
    for path in paths:
        if str(path) == home or f"{path}{os.sep}".startswith(own):
            advice = "give a folder that the project does not lie in"
            raise InputError(path, "belongs to the project itself", advice=advice)


def _resolved(options: ImportOptions) -> ImportOptions:
    """Return options whose paths stay what they are, wherever the program runs next."""
    paths = {"masks": options.masks, "points": options.points}
    found = {name: _real(path) for name, path in paths.items() if path is not None}
    return options.model_copy(update=found)


def _real(path: Path) -> Path:
    """Return a path without links; where it leads nowhere, or in a circle, as it was named."""
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):
        return path.absolute()


def _require_data(sources: Sequence[Path], findings: UnitSums) -> None:
    """Raise `InputError` if all chips were left out as blank."""
    if findings.blank and not findings.images:
        where = sources[0] if len(sources) == 1 else f"{len(sources)} sources"
        found = f"no data in any of {findings.blank} chips, all is nodata"
        raise InputError(where, found, advice="look at the nodata value of the files")


def _require_masks(
    options: ImportOptions, findings: UnitSums, finders: Sequence[MaskFinder]
) -> None:
    """Raise `InputError` if masks were given and none belongs to any image."""
    if options.masks is None or findings.contents:
        return
    unused = sorted({path.name for finder in finders for path in finder.unused})
    found = f"no mask that fits any image (there are {', '.join(unused[:5]) or 'none'})"
    advice = "masks are matched by georeference, by equal name, or by grid size"
    raise InputError(options.masks, found, advice=advice)


def _plan(
    project: Project,
    sources: Sequence[Path],
    options: ImportOptions,
    finders: Sequence[MaskFinder],
) -> dict[str, object]:
    masks = {path for finder in finders for path in finder.unused}
    return {
        "sources": [str(source) for source in sources],
        "options": options.model_dump(mode="json"),
        "classes": repr(project.classes),
        "program": __version__,
        "points": sha256_of(options.points) if options.points else "",
        # Masks that came, went or changed since may belong to units that are staged already.
        "masks": sorted((str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in masks),
    }


def _examine(
    units: list[Unit], staging: Staging, store: ChipStore, pool: RasterPool
) -> Job[UnitSums]:
    findings = UnitSums()
    done, total = 0, sum(unit.chips for unit in units)
    yield Progress(0, total, "reading")
    with ThreadPoolExecutor(_SYNCS_AT_ONCE) as executor:
        syncs = []
        for group in read_together(units):
            rows = undecoded(group, staging)
            if rows:
                yield from decode_scene(rows, store)
            with closing(keep_units(group, staging, pool)) as kept_units:
                for unit, kept in zip(group, kept_units, strict=True):
                    findings.add(kept)
                    syncs.append(executor.submit(staging.sync, kept.record))
                    done += unit.chips
                    yield Progress(done, total, "reading")
            if rows:
                forget_decoded(rows, store)
        for sync in syncs:
            sync.result()
    staging.sync_chips()
    return findings


def _take_over(
    project: Project,
    sources: Sequence[Path],
    options: ImportOptions,
    units: list[Unit],
    staging: Staging,
    findings: UnitSums,
) -> Job[ImportReport]:
    yield Progress(0, 0, "writing the catalog")

    def place_mask(mask: MaskRecord, id_: str, version: int) -> None:
        staging.place_mask(mask, project.mask_path(id_, version))

    run = ImportRun(
        tuple(str(source) for source in sources),
        options.model_dump(mode="json", exclude_defaults=True),
    )
    staging.note_taking_over()
    (project.folder / CHIPS).mkdir(exist_ok=True)
    chips = staging.placed_chips([unit.key for unit in units])
    counts = project.catalog.merge(run, chips, place_mask)
    note_blanks(project, findings.blanks)
    if counts.images_changed or counts.images_moved:
        forget_unused_chips(project)
    staging.discard()
    unread = yield from update_stretch(project, findings.samples)
    return ImportReport(counts, findings.blank, (*findings.warnings, *unread))
