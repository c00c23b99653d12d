"""What stands behind an export: sources and mask files, looked at before anything is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from s2label.errors import ExportError
from s2label.ids import fingerprint
from s2label.progress import Job, Progress
from s2label.raster import source_of
from s2label.source_files import file_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from s2label.catalog.store import Catalog
    from s2label.exports.formats import FormatWriter
    from s2label.types import BandRaster, ImageRecord, Source

Item = TypeVar("Item")

# Images whose records are in memory at once.
CHUNK = 200
_ADVICE_CHANGED = "put the old file back, or run `s2label import` again and decide anew"
_ADVICE_MISSING = "mount the disk it is on or put it back, then run the same command again"


class BandScale(NamedTuple):
    """What the numbers of a band mean in some images."""

    name: str
    quantification: float
    offset_dn: float
    nodata: float | None


@dataclass
class Survey:
    """What the images of an export are.

    Parameters
    ----------
    identities : dict
        Image id -> what decides the bytes of its file.
    left_out : dict
        Image id -> why the format cannot hold it.
    scales : Counter
        Band scale -> images that have it.
    radiometries : Counter
        Who said how numbers become reflectance -> images.
    scenes : dict
        Image id -> the scene it is from.
    """

    identities: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    scales: Counter[BandScale] = field(default_factory=Counter)
    radiometries: Counter[str] = field(default_factory=Counter)
    scenes: dict[str, str] = field(default_factory=dict)

    def add(self, image: ImageRecord, bands: Iterable[BandRaster]) -> None:
        """Count an image that is exported with these bands."""
        parts = (image.scene, image.date, image.radiometry, fingerprint(image.bands))
        self.identities[image.id] = "|".join(map(str, parts))
        self.scenes[image.id] = image.scene
        self.radiometries[image.radiometry or "not said"] += 1
        for band in bands:
            self.scales[BandScale(band.name, band.quantification, band.offset_dn, band.nodata)] += 1


def survey_images(catalog: Catalog, ids: Sequence[str], writer: FormatWriter) -> Job[Survey]:
    """Find out what can be written, and compare each source that will be read with the catalog.

    Raises
    ------
    ExportError
        If a source is missing or has changed since the import.
    """
    survey = Survey()
    checked: set[str] = set()
    for chunk in in_chunks(ids):
        yield Progress(0, len(ids), "checking the sources")
        for image in catalog.images(chunk).values():
            _survey_image(image, writer, survey, checked)
    writer.refuse_bands(sorted({scale.name for scale in survey.scales}))
    return survey


def _survey_image(
    image: ImageRecord, writer: FormatWriter, survey: Survey, checked: set[str]
) -> None:
    try:
        bands = writer.bands_of(image)
    except LookupError as error:
        survey.left_out[image.id] = str(error.args[0])
        return
    survey.add(image, bands)
    for band in bands:
        if band.source.path not in checked:
            checked.add(band.source.path)
            _check_source(band.source)


def _check_source(source: Source) -> None:
    path = file_of(source.path)
    try:
        found = source_of(source.path)
    except FileNotFoundError as error:
        raise ExportError(f"{path}: is missing; {_ADVICE_MISSING}") from error
    except OSError as error:
        raise ExportError(
            f"{path}: cannot be read ({error.strerror}); {_ADVICE_MISSING}"
        ) from error
    # The time is left out: a copy or a checkout changes it, but no pixel.
    if (found.size_bytes, found.digest) != (source.size_bytes, source.digest):
        raise ExportError(f"{path}: has changed since it was imported; {_ADVICE_CHANGED}")


def in_chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """Yield items in lists of `size`."""
    stream = iter(items)
    while chunk := list(islice(stream, size)):
        yield chunk
