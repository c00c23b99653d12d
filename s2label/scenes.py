"""Whole scenes of any source that imports: where their bands are, on which grid, of when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.classes import LANDCOVERNET
from s2label.errors import InputError
from s2label.ids import fingerprint, slug
from s2label.importers.contract import ImportContext
from s2label.importers.recognise import choose_importer
from s2label.importers.scene_row import SceneRow
from s2label.raster import RasterPool
from s2label.source_files import file_of
from s2label.tiling import Edge
from s2label.types import ImageRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.grid import Grid
    from s2label.importers.contract import Unit
    from s2label.importers.options import ImportOptions
    from s2label.importers.scene import Scene

# Names of products and of their bands say when the image was taken.
_SENSED = re.compile(r"(?<!\d)(20\d{6}T\d{6})(?!\d)")


@dataclass(frozen=True)
class FoundScene:
    """A scene, as one predicts it whole.

    Parameters
    ----------
    name : str
        Name of the product, folder or file; results are called after it, see `file_name`.
    image : ImageRecord
        Its bands and what their numbers mean.
    grid : Grid
        Grid of its finest band.
    time : str or None
        When it was taken, ISO 8601 in UTC; the date alone where nothing tells the time.
    notes : tuple of str
        What the user should know of how it was read.
    """

    name: str
    image: ImageRecord
    grid: Grid
    time: str | None
    notes: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """Its name as that of a file, without suffix."""
        return bare_name(self.name)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files on disk that hold its bands and masks; of a zip the archive."""
        rasters = (*self.image.bands, *self.image.rasters)
        return tuple(dict.fromkeys(file_of(raster.source.path) for raster in rasters))


def bare_name(name: str) -> str:
    """Return the name of a scene, a file or a folder as that of a file, without suffix."""
    plain = slug(name.replace("/", "-"))
    return re.sub(r"\.(SAFE|zip|tiff?|jp2)$", "", plain, flags=re.IGNORECASE)


def find_scenes(source: Path, options: ImportOptions) -> list[FoundScene]:
    """Return the scenes of a source, in the order of an import; reads headers and metadata.

    Each is what an import with the same options would cut its chips from.

    Parameters
    ----------
    source : Path
        A product, a folder of bands, a GeoTIFF, LandCoverNet places, or a folder of such.
    options : ImportOptions
        Those that say how numbers become reflectance count, those about chips and masks do not.

    Raises
    ------
    InputError
        If there is nothing that imports.
    """
    # A scene smaller than a chip is a scene as well.
    options = options.model_copy(update={"edge": Edge.PAD, "masks": None})
    with RasterPool() as pool:
        context = ImportContext(options, LANDCOVERNET, pool)
        units = choose_importer(source, options.kind).find_units(source, context, None)
        return list(_scenes_of(units))


def require_one_scene(source: Path, options: ImportOptions) -> FoundScene:
    """Return the only scene of a source.

    Raises
    ------
    InputError
        If it holds none, or several.
    """
    scenes = find_scenes(source, options)
    if len(scenes) > 1:
        names = ", ".join(scene.name for scene in scenes[:3])
        found = f"{len(scenes)} scenes ({names}{', …' if len(scenes) > 3 else ''})"
        raise InputError(source, found, "one scene", "give a folder for the results, not a file")
    if not scenes:
        raise InputError(source, "no scene in it")
    return scenes[0]


def _scenes_of(units: list[Unit]) -> Iterator[FoundScene]:
    seen: set[int] = set()
    for unit in units:
        if not isinstance(unit, SceneRow):
            yield from _of_chips(unit)
        elif id(unit.scene) not in seen:
            seen.add(id(unit.scene))
            yield _of_scene(unit.scene)


def _of_scene(scene: Scene) -> FoundScene:
    image = ImageRecord(
        id=scene.scene,
        place_id=scene.name,
        scene=scene.scene,
        date=scene.date,
        bands=scene.bands,
        rasters=scene.rasters,
        radiometry=scene.radiometry,
        fingerprint=fingerprint(scene.bands),
    )
    names = (scene.scene, Path(scene.bands[0].source.path).name)
    return FoundScene(scene.scene, image, scene.grid, sensed_at(scene.date, *names), scene.notes)


def _of_chips(unit: Unit) -> Iterator[FoundScene]:
    """Yield the images of a place whose pixels are known only when they were read."""
    for chip in unit.prepared().examine().record.chips:
        for image in chip.images:
            yield FoundScene(image.scene, image, chip.place.grid, image.date)


def sensed_at(date: str | None, *names: str) -> str | None:
    """Return date and time (``2023-08-15T09:50:31Z``) if a name tells the time of that date.

    Parameters
    ----------
    date : str or None
        ``YYYY-MM-DD``; a time of another day is that of a production, not of the image.
    names : str
        Names of products and files, the best first.
    """
    for text in (found for name in names for found in _SENSED.findall(name)):
        try:
            moment = datetime.strptime(text, "%Y%m%dT%H%M%S")
        except ValueError:
            continue
        if date is None or moment.date().isoformat() == date:
            return f"{moment.isoformat()}Z"
    return date
