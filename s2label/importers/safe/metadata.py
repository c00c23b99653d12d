"""What a product's XML says: level, baseline, date, tile, value scale, ground."""

from __future__ import annotations

import datetime
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from s2label.bands import BAND_IDS
from s2label.errors import InputError
from s2label.importers.baselines import FIRST_WITH_OFFSET
from s2label.xml_documents import local_name, parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

Finite = Annotated[float, Field(allow_inf_nan=False)]


class Level(StrEnum):
    """What the numbers are: L1C at the top of the atmosphere, L2A at the ground."""

    L1C = "L1C"
    L2A = "L2A"


class WrongKindError(InputError):
    """A file holds metadata of another kind than its name says."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ProductMetadata(_Record):
    """``MTD_MSIL1C.xml`` or ``MTD_MSIL2A.xml``.

    ``offsets_dn`` maps bands to what is added to DN; empty where the product lists none, as before
    baseline 04.00. ``nodata`` and ``saturated`` are DN.
    """

    level: Level
    baseline: tuple[int, int]
    name: str
    date: datetime.date
    quantification: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    offsets_dn: dict[str, Finite] = {}
    nodata: int | None = None
    saturated: int | None = None

    @property
    def has_offset(self) -> bool:
        """Whether the DN of its baseline hold an offset."""
        return self.baseline >= FIRST_WITH_OFFSET

    @field_validator("baseline", mode="before")
    @classmethod
    def _two_numbers(cls, text: Any) -> tuple[int, int]:
        return _baseline_of(str(text))

    @field_validator("date", mode="before")
    @classmethod
    def _day(cls, text: Any) -> Any:
        return str(text)[:10]


class TileMetadata(_Record):
    """``MTD_TL.xml``: which tile, when, and where.

    ``bounds`` are left, bottom, right, top of the whole tile in metres of ``crs``.
    """

    tile: str
    level: Level | None
    baseline: tuple[int, int] | None
    date: datetime.date
    crs: str
    bounds: tuple[Finite, Finite, Finite, Finite]

    @field_validator("date", mode="before")
    @classmethod
    def _day(cls, text: Any) -> Any:
        return str(text)[:10]


_Read = TypeVar("_Read", bound=_Record)
_QUANTIFICATIONS = (
    "QUANTIFICATION_VALUE",
    "BOA_QUANTIFICATION_VALUE",
    "L2A_BOA_QUANTIFICATION_VALUE",
)
_USER_PRODUCT = re.compile(r"Level-(1C|2A)_User_Product")
_TILE = re.compile(r"Level-(1C|2A)_Tile_ID")
_TILE_ID = re.compile(r"_T(\d\d[A-Z]{3})(?:_N(\d\d)\.(\d\d))?$")


def read_product_metadata(path: str) -> ProductMetadata:
    """Read the metadata of a product, on disk or in a zip.

    Raises
    ------
    WrongKindError
        If it is other metadata, such as of a tile.
    InputError
        If it cannot be read, or lacks something that has to be there.
    """
    root = parse_xml(path, "a product's metadata")
    match = _USER_PRODUCT.fullmatch(local_name(root.tag))
    if match is None:
        found = f"holds <{local_name(root.tag)[:40]}>"
        raise WrongKindError(path, found, "a product's metadata (Level-1C or -2A_User_Product)")
    texts = _texts(root)
    special = dict(
        zip(texts.get("SPECIAL_VALUE_TEXT", []), texts.get("SPECIAL_VALUE_INDEX", []), strict=False)
    )
    fields = {
        "level": f"L{match[1]}",
        "baseline": _first(texts, "PROCESSING_BASELINE"),
        "name": _first(texts, "PRODUCT_URI", "PRODUCT_URI_2A", "PRODUCT_URI_1C").removesuffix(
            ".SAFE"
        ),
        "date": _first(texts, "DATATAKE_SENSING_START", "PRODUCT_START_TIME"),
        "quantification": _first(
            texts,
            "QUANTIFICATION_VALUE",
            "BOA_QUANTIFICATION_VALUE",
            "L2A_BOA_QUANTIFICATION_VALUE",
        ),
        "nodata": special.get("NODATA"),
        "saturated": special.get("SATURATED"),
    }
    return _checked(ProductMetadata, path, {**fields, "offsets_dn": _offsets(path, root)})


def read_tile_metadata(path: str) -> TileMetadata:
    """Read the metadata of a tile, on disk or in a zip.

    Raises
    ------
    WrongKindError
        If it is other metadata.
    InputError
        If it cannot be read, or lacks something that has to be there.
    """
    root = parse_xml(path, "a tile's metadata")
    match = _TILE.fullmatch(local_name(root.tag))
    if match is None:
        found = f"holds <{local_name(root.tag)[:40]}>"
        raise WrongKindError(path, found, "a tile's metadata (Level-1C or -2A_Tile_ID)")
    texts = _texts(root)
    name = _TILE_ID.search(_first(texts, "TILE_ID"))
    fields = {
        "tile": name[1] if name else "",
        "level": f"L{match[1]}",
        "baseline": (int(name[2]), int(name[3])) if name and name[2] else None,
        "date": _first(texts, "SENSING_TIME"),
        "crs": _first(texts, "HORIZONTAL_CS_CODE").upper(),
        "bounds": _bounds(texts),
    }
    return _checked(TileMetadata, path, fields)


def _bounds(texts: dict[str, list[str]]) -> tuple[float, float, float, float] | str:
    try:
        left, top = float(_first(texts, "ULX")), float(_first(texts, "ULY"))
        width = float(_first(texts, "NCOLS")) * float(_first(texts, "XDIM"))
        height = float(_first(texts, "NROWS")) * float(_first(texts, "YDIM"))
    except ValueError:
        return ""
    return left, top + height, left + width, top


def _texts(root: Element) -> dict[str, list[str]]:
    """Return the texts of all elements by name, in order."""
    found: dict[str, list[str]] = {}
    for element in root.iter():
        found.setdefault(local_name(element.tag), []).append((element.text or "").strip())
    return found


def _first(texts: dict[str, list[str]], *names: str) -> str:
    return next((texts[name][0] for name in names if texts.get(name)), "")


def _offsets(path: str, root: Element) -> dict[str, str]:
    offsets: dict[str, str] = {}
    for element in _offset_elements(root):
        number = element.get("band_id", "")
        if not number.isdecimal() or int(number) >= len(BAND_IDS):
            found = f"an offset of band_id {number[:20]!r}"
            raise InputError(path, found, f"0 to {len(BAND_IDS) - 1}")
        band = BAND_IDS[int(number)]
        if band in offsets:
            raise InputError(path, f"two offsets of {band}", "one of each band")
        offsets[band] = (element.text or "").strip()
    return offsets


def _offset_elements(root: Element) -> Iterator[Element]:
    names = {"RADIO_ADD_OFFSET", "BOA_ADD_OFFSET"}
    return (element for element in root.iter() if local_name(element.tag) in names)


def _baseline_of(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d\d)\.(\d\d)", text)
    if match is None:
        raise ValueError("expected two numbers such as 05.09")
    return int(match[1]), int(match[2])


def _checked(kind: type[_Read], path: str, fields: dict[str, Any]) -> _Read:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        what, value = ".".join(map(str, first["loc"])), str(first["input"])[:40]
        reason = str(first.get("ctx", {}).get("error", first["msg"]))
        raise InputError(path, f"{what}: found {value!r}", advice=reason) from error
