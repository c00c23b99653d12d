"""STAC items beside rasters, as catalogs deliver them: date, names, and what was done to the DN.

Source: STAC 1.0 and 1.1, raster extension (``raster:bands``: value = DN * scale + offset), and
``earthsearch:boa_offset_applied``, by which Earth Search tells that it took the offset out of the
DN. Its items list the offset of -0.1 all the same, so that statement comes first.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from s2label.bands import band_in_name, stem_without_band
from s2label.errors import InputError
from s2label.importers.baselines import FIRST_WITH_OFFSET, OFFSET_DN, words_of
from s2label.importers.dates import date_in_name
from s2label.importers.scale import QUANTIFICATION, Statement

_MOST_BYTES = 4 * 1024 * 1024


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class _Numbers(_Record):
    scale: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    offset: float | None = Field(default=None, allow_inf_nan=False)


class _Asset(_Record):
    href: str
    raster_bands: tuple[_Numbers, ...] = Field(default=(), alias="raster:bands")

    @property
    def file_name(self) -> str:
        return PurePosixPath(self.href.partition("?")[0]).name


class _Properties(_Record):
    datetime: str | None = None
    baseline: str | None = Field(default=None, alias="s2:processing_baseline")
    product_uri: str | None = Field(default=None, alias="s2:product_uri")
    grid_code: str | None = Field(default=None, alias="grid:code")
    is_offset_applied: bool | None = Field(default=None, alias="earthsearch:boa_offset_applied")


class StacItem(_Record):
    """A STAC item as far as it matters for reading the rasters beside it."""

    path: Path
    id: str
    properties: _Properties
    assets: dict[str, _Asset] = {}

    @field_validator("assets", mode="before")
    @classmethod
    def _with_files(cls, assets: Any) -> Any:
        if not isinstance(assets, dict):
            return assets
        return {k: v for k, v in assets.items() if isinstance(v, dict) and v.get("href")}

    @property
    def date(self) -> str | None:
        """The day of the image, ``YYYY-MM-DD``."""
        return date_in_name((self.properties.datetime or "")[:10])

    @property
    def name(self) -> str:
        """The product's name, or else the item's."""
        return (self.properties.product_uri or self.id).removesuffix(".SAFE")

    @property
    def tile(self) -> str | None:
        """The tile, such as ``T33TWL``."""
        code = (self.properties.grid_code or "").removeprefix("MGRS-")
        return f"T{code}" if len(code) == 5 else None

    @property
    def baseline(self) -> tuple[int, int] | None:
        """The processing baseline."""
        major, _, minor = (self.properties.baseline or "").partition(".")
        return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else None

    def names(self, file: Path) -> bool:
        """Tell whether a file is one of its assets."""
        return any(asset.file_name == file.name for asset in self.assets.values())

    @property
    def stems(self) -> set[str]:
        """The images (see `stem_without_band`) whose bands, as it names them, lie beside it."""
        beside = (self.path.parent / asset.file_name for asset in self.assets.values())
        bands = (path for path in beside if band_in_name(path.stem) and path.is_file())
        return {stem_without_band(path.stem) for path in bands}

    def statement(self, file: Path) -> Statement | None:
        """Return what it says of the values of a file; None where it says nothing.

        Raises
        ------
        InputError
            If what it says contradicts itself.
        """
        asset = next((a for a in self.assets.values() if a.file_name == file.name), None)
        numbers = asset.raster_bands[0] if asset and asset.raster_bands else _Numbers()
        quantification = round(1 / numbers.scale, 6) if numbers.scale else None
        by = f"STAC item {self.path.name}"
        applied = self.properties.is_offset_applied
        if applied:
            words = f"offset applied already, as {by} says"
            return Statement(quantification, 0.0, by, words)
        listed = _listed_dn(numbers)
        self._require_agreement(listed, applied)
        if listed is None and applied is False and self._has_offset:
            listed = OFFSET_DN
        if quantification is None and listed is None:
            return None
        return Statement(quantification, listed, by)

    @property
    def _has_offset(self) -> bool:
        return self.baseline is not None and self.baseline >= FIRST_WITH_OFFSET

    def _require_agreement(self, listed: float | None, applied: bool | None) -> None:
        if listed == 0 and self._has_offset and self.baseline is not None:
            said = "says it was not applied" if applied is False else "does not say it was applied"
            found = f"{words_of(self.baseline)}, but the item lists an offset of 0 and {said}"
            advice = "give --offset -1000, or --offset 0 if it was applied already"
            raise InputError(self.path, found, advice=advice)


def _listed_dn(numbers: _Numbers) -> float | None:
    if numbers.offset is None:
        return None
    return round(numbers.offset / (numbers.scale or 1 / QUANTIFICATION), 6)


def find_items(folder: Path) -> list[StacItem]:
    """Return the STAC items in a folder; other JSON files are passed over."""
    return [item for path in sorted(folder.glob("*.json")) if (item := read_item(path))]


def read_item(path: Path) -> StacItem | None:
    """Return a STAC item; None if a file is none.

    Raises
    ------
    InputError
        If it is one, but not as it has to be.
    """
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return None
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
    is_item = isinstance(document, dict) and document.get("type") == "Feature"
    if not is_item or "stac_version" not in document:
        return None
    try:
        return StacItem.model_validate({**document, "path": path})
    except ValidationError as error:
        first = error.errors()[0]
        where, value = ".".join(map(str, first["loc"])), str(first["input"])[:40]
        found = f"a STAC item with {where}: {value!r}"
        raise InputError(path, found, advice=str(first["msg"])) from error
