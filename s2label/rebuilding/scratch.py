"""The project that a log tells of, made again for as long as an export takes."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s2label.canvases import CanvasKind
from s2label.catalog.database import create_catalog, located
from s2label.catalog.store import Catalog
from s2label.errors import CatalogError, DecisionError, ExportError
from s2label.grid import Grid
from s2label.progress import Job, Progress
from s2label.project import Project
from s2label.rebuilding.fact_rows import (
    IgnoreRow,
    ImageRow,
    ImportRow,
    MaskRow,
    PlaceRow,
    SourceRow,
)
from s2label.rebuilding.rows import ActRow, SuspicionRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from s2label.canvases import CanvasRef
    from s2label.catalog.replaying import Replay
    from s2label.rebuilding.fact_rows import RasterRow
    from s2label.rebuilding.found_sources import FoundSources
    from s2label.rebuilding.log_file import Log
    from s2label.rebuilding.mask_places import MaskPlaces

_ROWS_PER_STEP = 500
_MOST_TOLD = 3


class RebuiltProject(Project):
    """A project whose catalog was made from a log, and whose mask files lie elsewhere.

    Parameters
    ----------
    folder : Path
        Where its catalog is, for a while.
    log : Log
        Its settings.
    places : MaskPlaces
        Where its mask files and ignore rasters are.
    """

    def __init__(self, folder: Path, log: Log, places: MaskPlaces) -> None:
        url = located(log.settings.catalog, folder)
        create_catalog(url)
        super().__init__(folder, log.settings, Catalog(url, write=True))
        self._places = places

    def mask_path(self, mask_id: str, version: int) -> Path:
        """Return where a mask version is."""
        return self._places.path_of("masks", mask_id, version)

    def canvas_path(self, ref: CanvasRef, version: int) -> Path:
        """Return where a version of a mask or an ignore raster is."""
        kind = "masks" if ref.kind is CanvasKind.MASK else "rasters"
        return self._places.path_of(kind, ref.id, version)


@contextmanager
def scratch_project(log: Log, places: MaskPlaces) -> Iterator[RebuiltProject]:
    """Make an empty project beside nothing that is kept, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="s2label-rebuild-") as folder:
        project = RebuiltProject(Path(folder), log, places)
        try:
            yield project
        finally:
            project.catalog.close()


def replay(project: Project, log: Log, sources: FoundSources) -> Job[dict[str, str]]:
    """Put the facts of a log into an empty catalog and do its acts again.

    Returns
    -------
    dict
        Source path as the catalog has it now -> what the log calls it.

    Raises
    ------
    ExportError
        If the acts cannot be done again, or lead to other states than the log says.
    """
    said: dict[str, tuple[str, str]] = {}
    filling = _Filling(project.folder, sources)
    try:
        with project.catalog.facts.replay() as catalog:
            for number, row in enumerate(log.rows(), start=1):
                filling.take(catalog, row)
                if isinstance(row, ImageRow | MaskRow):
                    said[row.id] = (str(row.state), row.reason)
                if number % _ROWS_PER_STEP == 0:
                    yield Progress(number, 0, "replaying the log")
    except (DecisionError, CatalogError) as error:
        raise ExportError(f"{log.path}: does not hold together: {error}") from error
    _compare(project, log, said)
    return filling.names


def _compare(project: Project, log: Log, said: dict[str, tuple[str, str]]) -> None:
    """Raise `ExportError` where the replay came to other states than the log says."""
    rows = [*project.catalog.list_images(), *project.catalog.list_masks()]
    wrong = [row for row in rows if said[row["id"]] != (row["state"], row["reason"])]
    if wrong:
        told = "; ".join(
            f"{row['id']} is {_shown(row['state'], row['reason'])}, the log says "
            f"{_shown(*said[row['id']])}"
            for row in wrong[:_MOST_TOLD]
        )
        raise ExportError(
            f"{log.path}: its decisions lead to other states than it says, for {len(wrong)} images "
            f"or masks: {told}; a decision is missing, or was changed"
        )


def _shown(state: str, reason: str) -> str:
    return f"{state} ({reason})" if reason else state


class _Filling:
    """Turns the rows of a log into rows of a catalog."""

    def __init__(self, folder: Path, sources: FoundSources) -> None:
        self.names: dict[str, str] = {}
        self._folder, self._sources = folder, sources
        self._has_audit = False

    def take(self, catalog: Replay, row: BaseModel) -> None:
        """Take a row over into the catalog."""
        match row:
            case ImportRow():
                catalog.put("import_run", row.model_dump(exclude={"row"}))
            case PlaceRow():
                catalog.put("place", _place(row))
            case SourceRow():
                catalog.put("source", self._source(row))
            case ImageRow():
                self._put_image(catalog, row)
            case MaskRow():
                facts = row.model_dump(exclude={"row", "state", "reason", "versions"})
                catalog.put_mask(facts, [version.model_dump() for version in row.versions])
            case IgnoreRow():
                catalog.put("ignore_raster", row.model_dump(exclude={"row", "versions"}))
                for version in row.versions:
                    catalog.put("ignore_version", version.model_dump() | {"raster_id": row.id})
            case SuspicionRow():
                self._put_suspicion(catalog, row)
            case ActRow():
                catalog.do(row.model_dump(mode="json", exclude={"row"}))

    def _source(self, row: SourceRow) -> dict[str, Any]:
        # What was not found is not needed: whoever does need it after all finds nothing there.
        lost = str(self._folder / "missing" / str(row.number))
        path = self._sources.paths.get(row.number, lost)
        self.names[path] = row.path
        its = {"size_bytes": row.size_bytes, "mtime_ns": 0, "digest": row.digest}
        return {"id": row.number, "path": path, **its}

    def _put_image(self, catalog: Replay, row: ImageRow) -> None:
        facts = row.model_dump(
            exclude={"row", "state", "reason", "bands", "rasters", "import_", "place"}
        )
        catalog.put_image(facts | {"place_id": row.place, "import_id": row.import_})
        ordinals = enumerate([(r, True) for r in row.bands] + [(r, False) for r in row.rasters])
        for ordinal, (raster, is_band) in ordinals:
            place = {"image_id": row.id, "is_band": is_band, "ordinal": ordinal}
            catalog.put_raster(_raster(raster) | place)

    def _put_suspicion(self, catalog: Replay, row: SuspicionRow) -> None:
        stamp = {"at": "", "who": "", "program": ""}
        if not self._has_audit:
            self._has_audit = True
            catalog.put("audit", {"id": 1, "name": "", **stamp})
        # Exports do not tell of suspicions, only of what was decided on them.
        untold = {"model": "", "words": "", "score": 0.0, "rank": 0.0, "rings": []}
        facts = row.model_dump(exclude={"row"}) | {"audit_id": 1}
        catalog.put("suspicion", facts | untold | stamp)


def _place(row: PlaceRow) -> dict[str, Any]:
    facts = row.model_dump(exclude={"row"})
    grid = Grid(row.crs, row.transform, row.height, row.width)
    return facts | {"grid_key": grid.key, "transform": list(row.transform)}


def _raster(row: RasterRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "source_id": row.source,
        "band_index": row.index,
        "quantification": row.quantification,
        "offset_dn": row.offset,
        "nodata": None if row.nodata is None else float(row.nodata),
    }
