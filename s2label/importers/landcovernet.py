"""LandCoverNet V1: a place with its label, its consensus and all its dates, in both layouts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.bands import BANDS, in_order
from s2label.errors import InputError
from s2label.ids import fingerprint, image_id, mask_id, place_id
from s2label.importers.contract import Examined, UnitRecord
from s2label.importers.landcovernet_files import PlaceFiles, find_files, find_places
from s2label.importers.mask_files.values import stored_values
from s2label.importers.scale import require_real_numbers
from s2label.importers.value_counts import ValueCounts, add_counts, count_values
from s2label.masks import Mask, imported_mask
from s2label.raster import grid_of, open_raster, source_of, valid_pixels
from s2label.stretch_sample import sample_key, sample_pixels
from s2label.types import (
    NOT_LABELLED,
    BandRaster,
    ChipRecord,
    ImageRecord,
    Lifetime,
    MaskRecord,
    PlaceRecord,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.importers.contract import ImportContext, Unit
    from s2label.importers.mask_files import MaskFinder

# The 2018 L2A products that the chips were cut from: scaled by 10000, no offset yet.
_QUANTIFICATION = 10000.0
_RADIOMETRY = "LandCoverNet V1: quantification 10000, no offset (2018 products)"
_RASTERS = ("SCL", "CLD")


class LandcovernetImporter:
    """Imports LandCoverNet trees, whole or in part."""

    def recognises(self, source: Path) -> bool:
        """Tell by the names of folders and files."""
        return source.is_dir() and next(find_files(source), None) is not None

    def find_units(
        self, source: Path, context: ImportContext, finder: MaskFinder | None
    ) -> list[Unit]:
        """Return one unit per place."""
        _require_plain_options(source, context, finder)
        places = find_places(source)
        if not places:
            advice = "give the folder that holds ref_landcovernet_… folders"
            raise InputError(source, "no LandCoverNet files", advice=advice)
        return [LandcovernetPlace(place, context) for place in places]

    def rasters(self, source: Path) -> list[Path]:
        """Return nothing: LandCoverNet brings its own masks."""
        return []


def _require_plain_options(source: Path, context: ImportContext, finder: MaskFinder | None) -> None:
    options = context.options
    if finder is not None:
        raise InputError(source, "LandCoverNet brings its own masks", advice="leave out --masks")
    if options.chip is not None or options.date is not None:
        found = "LandCoverNet chips have their own size and dates"
        raise InputError(source, found, advice="leave out --chip and --date")
    if options.chooses_tiles:
        found = "LandCoverNet comes in chips, of which all are imported"
        advice = "leave out --around, --points and --random"
        raise InputError(source, found, advice=advice)
    if context.classes.lifetime is Lifetime.MOVING:
        found = f"LandCoverNet masks belong to places, classes {context.classes.name!r} to images"
        advice = "make the project with --classes landcovernet"
        raise InputError(source, found, advice=advice)


@dataclass(frozen=True, eq=False)
class _Layer:
    """One raster of an image."""

    raster: BandRaster
    grid: Grid


@dataclass(frozen=True, eq=False)
class _Date:
    """What is known of a date when its pixels are forgotten; ``sample`` where it was asked for."""

    name: str
    layers: tuple[_Layer, ...]
    values: ValueCounts
    nodata_share: float
    sample: NDArray[Any] | None

    @property
    def rasters(self) -> tuple[BandRaster, ...]:
        return tuple(layer.raster for layer in self.layers)

    @property
    def bands(self) -> tuple[BandRaster, ...]:
        return tuple(raster for raster in self.rasters if raster.quantification)


@dataclass(frozen=True, eq=False)
class _Label:
    """The label of a place, read."""

    raster: BandRaster
    mask: Mask
    consensus: float | None

    @property
    def grid(self) -> Grid:
        return self.mask.grid


@dataclass(frozen=True)
class LandcovernetPlace:
    """A place with its label and all its dates: read at once."""

    files_of: PlaceFiles
    context: ImportContext

    @property
    def key(self) -> str:
        """Tile and chip."""
        return self.files_of.name

    @property
    def chips(self) -> int:
        """Number of dates, and one for the label."""
        return len(self.files_of.dates) + 1

    @property
    def files(self) -> list[Path]:
        """The label and the rasters of all dates."""
        rasters = [path for date in self.files_of.dates.values() for path in date.values()]
        return rasters + ([self.files_of.label] if self.files_of.label else [])

    def joined(self, other: Unit) -> Unit:
        """Return the place with what both have of it: labels and images come as two folders."""
        assert isinstance(other, LandcovernetPlace)
        return LandcovernetPlace(self.files_of.joined(other.files_of), self.context)

    def prepared(self) -> LandcovernetPlace:
        """Return itself: it needs nothing but its files."""
        return self

    def examine(self, *, sampled: bool = False) -> Examined:
        """Read the label and all dates."""
        label = self._read_label(self.files_of.label) if self.files_of.label else None
        dates = [self._read_date(date, sampled=sampled) for date in sorted(self.files_of.dates)]
        grids = [label.grid] if label else []
        grids += [layer.grid for date in dates for layer in date.layers]
        self._require_one_grid(grids)
        place = PlaceRecord(place_id(self.files_of.name, grids[0]), self.files_of.name, grids[0])
        images = tuple(self._image(place, date) for date in dates)
        masks = (self._mask_record(place, label),) if label else ()
        rasters = [raster for date in dates for raster in date.rasters]
        record = UnitRecord(
            key=self.key,
            chips=(ChipRecord(place, images, masks),),
            values=add_counts(date.values for date in dates),
            sources=_identities(rasters + ([label.raster] if label else [])),
        )
        samples = {
            sample_key(image, place.grid): date.sample
            for image, date in zip(images, dates, strict=True)
            if date.sample is not None
        }
        return Examined(record, {mask.id: label.mask for mask in masks if label}, samples)

    def _require_one_grid(self, grids: list[Grid]) -> None:
        if not _is_one(grids):
            sizes = sorted({f"{g.width} x {g.height} px {g.crs}" for g in grids})
            found = f"its rasters lie on different grids ({', '.join(sizes)})"
            raise InputError(
                f"LandCoverNet place {self.files_of.name}", found, "one grid per place"
            )

    def _read_date(self, date: str, *, sampled: bool) -> _Date:
        paths = self.files_of.dates[date]
        names = self.context.options.bands or in_order(n for n in paths if n in BANDS)
        scales = [(name, _QUANTIFICATION) for name in names] + [(name, 0.0) for name in _RASTERS]
        read = [_read_layer(n, paths[n], scale) for n, scale in scales if n in paths]
        layers = tuple(layer for layer, _ in read)
        bands = [layer.raster for layer in layers if layer.raster.quantification]
        # Different grids are refused when all are known.
        if not bands or not _is_one([layer.grid for layer in layers]):
            return _Date(date, layers, ValueCounts(), 1.0, None)
        dn = np.stack([pixels for layer, pixels in read if layer.raster.quantification])
        valid = valid_pixels(dn, [band.nodata for band in bands])
        values = count_values(date, dn, bands, is_offset_known=True, valid=valid)
        sample = sample_pixels(dn, bands, valid) if sampled else None
        return _Date(date, layers, values, float(1 - valid.mean()), sample)

    def _image(self, place: PlaceRecord, date: _Date) -> ImageRecord:
        scene = f"{self.files_of.name}_{date.name}"
        day = f"{date.name[:4]}-{date.name[4:6]}-{date.name[6:]}"
        return ImageRecord(
            id=image_id(place.id, scene, day),
            place_id=place.id,
            scene=scene,
            date=day,
            bands=date.bands,
            rasters=tuple(r for r in date.rasters if not r.quantification),
            radiometry=_RADIOMETRY,
            nodata_share=date.nodata_share,
            fingerprint=fingerprint(date.rasters),
        )

    def _read_label(self, path: Path) -> _Label:
        with open_raster(path) as dataset:
            if dataset.count != 2 or not set(dataset.dtypes) <= {"uint8", "uint16"}:
                found = f"{dataset.count} bands of {dataset.dtypes[0]}"
                raise InputError(path, found, "a class and a consensus band of whole numbers")
            values, consensus = dataset.read()
            grid = grid_of(dataset)
        mask = imported_mask(stored_values(values, self.context.classes, path), grid)
        labelled = mask.classes != NOT_LABELLED
        mean = float(consensus[labelled].mean()) / 100 if labelled.any() else None
        return _Label(BandRaster("consensus", source_of(path), 2), mask, mean)

    def _mask_record(self, place: PlaceRecord, label: _Label) -> MaskRecord:
        return MaskRecord(
            id=mask_id(place.id),
            place_id=place.id,
            image_id=None,
            version=1,
            sha256="",
            content=label.mask.content,
            class_counts=label.mask.class_counts,
            consensus=label.consensus,
            consensus_raster=label.raster,
            origin=f"LandCoverNet {self.files_of.name}",
        )


def _read_layer(name: str, path: Path, quantification: float) -> tuple[_Layer, NDArray[Any]]:
    """Read a raster; returns its pixels (y, x) beside it."""
    with open_raster(path) as dataset:
        if dataset.count != 1:
            raise InputError(path, f"{dataset.count} bands", "one")
        require_real_numbers(path, dataset.dtypes[0])
        raster = BandRaster(name, source_of(path), 1, quantification, 0.0, dataset.nodata)
        return _Layer(raster, grid_of(dataset)), dataset.read(1)


def _is_one(grids: list[Grid]) -> bool:
    first = grids[0]
    return all(grid == first or grid.is_same_as(first) for grid in grids)


def _identities(rasters: Iterable[BandRaster]) -> dict[str, tuple[int, int]]:
    return {r.source.path: (r.source.size_bytes, r.source.mtime_ns) for r in rasters}
