"""The import job: examine everything, then take all of it over, or nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label import __version__
from s2label.errors import InputError, S2LabelError
from s2label.importers.contract import ImportContext
from s2label.importers.examining import keep_units
from s2label.importers.mask_files import MaskFinder
from s2label.importers.recognise import choose_importer
from s2label.importers.staging import Staging
from s2label.importers.value_counts import ValueCounts, add_counts
from s2label.importers.values import check_values, doubts
from s2label.progress import Job, Progress
from s2label.project_stretch import update_stretch
from s2label.raster import RasterPool
from s2label.types import ImportCounts, ImportRun

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label.importers.contract import Importer, Unit
    from s2label.importers.examining import Kept
    from s2label.importers.options import ImportOptions
    from s2label.project import Project
    from s2label.stretch_sample import Samples
    from s2label.types import ChipRecord, MaskRecord

# Several at once, because a file system writes them down together.
_SYNCS_AT_ONCE = 4


@dataclass(frozen=True)
class ImportReport:
    """What an import brought: changes in the catalog, blank chips left out, warnings."""

    counts: ImportCounts
    blank: int = 0
    warnings: tuple[str, ...] = ()


@dataclass
class _Findings:
    """What the units of an import say together, without their chips."""

    values: list[ValueCounts] = field(default_factory=list)
    warnings: dict[str, None] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    images: dict[tuple[str, str | None, str], str] = field(default_factory=dict)
    blank: int = 0
    samples: Samples = field(default_factory=dict)

    def add(self, kept: Kept) -> None:
        """Add a unit.

        Raises
        ------
        InputError
            If it gives a mask, or an image, that another unit gave otherwise.
        """
        record = kept.record
        self.samples |= kept.samples
        self.values.append(record.values)
        self.warnings |= dict.fromkeys(record.warnings)
        self.blank += record.blank
        for chip in record.chips:
            self._add_chip(chip)

    def _add_chip(self, chip: ChipRecord) -> None:
        ground = chip.place.grid.key
        for mask in chip.masks:
            # A place may have another name in every scene; its ground tells that it is one.
            owner = mask.image_id or ground
            if self.contents.setdefault(owner, mask.content) != mask.content:
                found = f"two different masks for {chip.place.name}"
                advice = "import the dates apart, or give the one that is right with --masks FILE"
                raise InputError(mask.origin, found, advice=advice)
        for image in chip.images:
            key = (ground, image.date, image.scene)
            if self.images.setdefault(key, image.fingerprint) != image.fingerprint:
                where = image.bands[0].source.path if image.bands else chip.place.name
                found = f"another image is called {image.scene} too, of the same ground and date"
                raise InputError(where, found, advice="rename one of the files or folders")


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
    sources = [source.resolve() for source in sources]
    if options.masks is not None:
        options = options.model_copy(update={"masks": options.masks.resolve()})
    with RasterPool() as pool:
        context = ImportContext(options, project.classes, pool)
        units, finders = find_units(sources, context)
        staging = Staging(project.staging, _plan(project, sources, options, finders))
        try:
            findings = yield from _examine(units, staging, pool)
            _require_masks(options, findings, finders)
            if not options.any_values:
                where = sources[0] if len(sources) == 1 else f"{len(sources)} sources"
                values = add_counts(findings.values)
                check_values(values, where)
                findings.warnings |= dict.fromkeys(doubts(values))
            return (yield from _take_over(project, sources, options, units, staging, findings))
        except S2LabelError:
            staging.discard()
            raise


def find_units(
    sources: Sequence[Path], context: ImportContext
) -> tuple[list[Unit], list[MaskFinder]]:
    """Return the units of all sources, each once, and what looks for their masks.

    Raises
    ------
    InputError
        If a source holds nothing to import.
    """
    units: dict[str, Unit] = {}
    finders = []
    for source in dict.fromkeys(sources):
        importer = choose_importer(source, context.options.kind)
        finder = _mask_finder(context, importer, source)
        for unit in importer.find_units(source, context, finder):
            known = units.get(unit.key)
            units[unit.key] = known.joined(unit) if known else unit
        finders += [finder] if finder else []
    # By name: the order in which sources are given makes no difference.
    return [units[key] for key in sorted(units)], finders


def _require_masks(
    options: ImportOptions, findings: _Findings, finders: Sequence[MaskFinder]
) -> None:
    """Raise `InputError` if masks were given and none belongs to any image."""
    if options.masks is None or findings.contents:
        return
    unused = sorted({path.name for finder in finders for path in finder.unused})
    found = f"no mask that fits any image (there are {', '.join(unused[:5]) or 'none'})"
    advice = "masks are matched by georeference, by equal name, or by grid size"
    raise InputError(options.masks, found, advice=advice)


def _mask_finder(context: ImportContext, importer: Importer, source: Path) -> MaskFinder | None:
    masks = context.options.masks
    if masks is None:
        return None
    return MaskFinder(masks, context.classes, exclude=importer.rasters(source))


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
        # Masks that came, went or changed since may belong to units that are staged already.
        "masks": sorted((str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in masks),
    }


def _examine(units: list[Unit], staging: Staging, pool: RasterPool) -> Job[_Findings]:
    findings = _Findings()
    done, total = 0, sum(unit.chips for unit in units)
    yield Progress(0, total, "reading")
    with (
        ThreadPoolExecutor(_SYNCS_AT_ONCE) as executor,
        closing(keep_units(units, staging, pool)) as kept_units,
    ):
        syncs = []
        for unit, kept in zip(units, kept_units, strict=True):
            findings.add(kept)
            syncs.append(executor.submit(staging.sync, kept.record))
            done += unit.chips
            yield Progress(done, total, "reading")
        for sync in syncs:
            sync.result()
    return findings


def _take_over(
    project: Project,
    sources: Sequence[Path],
    options: ImportOptions,
    units: list[Unit],
    staging: Staging,
    findings: _Findings,
) -> Job[ImportReport]:
    yield Progress(0, 0, "writing the catalog")

    def place_mask(mask: MaskRecord, id_: str, version: int) -> None:
        staging.place_mask(mask, project.mask_path(id_, version))

    run = ImportRun(
        tuple(str(source) for source in sources),
        options.model_dump(mode="json", exclude_defaults=True),
    )
    staging.note_taking_over()
    chips = staging.chips([unit.key for unit in units])
    counts = project.catalog.merge(run, chips, place_mask)
    staging.discard()
    unread = yield from update_stretch(project, findings.samples)
    return ImportReport(counts, findings.blank, (*findings.warnings, *unread))
