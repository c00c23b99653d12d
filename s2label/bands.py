"""The band table of Sentinel-2 MSI, and how bands are recognised in names.

Source: ESA, Sentinel-2 User Handbook; ``BAND_IDS`` is the order of ``band_id`` 0..12 in the
product metadata.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Band:
    """A band: name, ground sampling distance in metres, centre wavelength in nanometres."""

    name: str
    gsd_m: int
    wavelength_nm: int
    words: tuple[str, ...] = ()


BANDS: dict[str, Band] = {
    band.name: band
    for band in (
        Band("B01", 60, 443, ("aerosol", "coastal")),
        Band("B02", 10, 490, ("blue",)),
        Band("B03", 10, 560, ("green",)),
        Band("B04", 10, 665, ("red",)),
        Band("B05", 20, 705, ("rededge1",)),
        Band("B06", 20, 740, ("rededge2",)),
        Band("B07", 20, 783, ("rededge3",)),
        Band("B08", 10, 842, ("nir",)),
        Band("B8A", 20, 865, ("nir08", "narrownir")),
        Band("B09", 60, 945, ("watervapour", "watervapor", "nir09")),
        Band("B10", 60, 1375, ("cirrus",)),
        Band("B11", 20, 1610, ("swir16", "swir1")),
        Band("B12", 20, 2190, ("swir22", "swir2")),
    )
}
BAND_IDS = tuple(BANDS)

_WORDS = {word: band.name for band in BANDS.values() for word in band.words}
# "B8" is B08, "B8A" its own band; a letter or digit on either side means another word.
_TOKEN = re.compile(r"(?<![A-Za-z0-9])B(0?[1-9]|1[0-2]|8A)(?![A-Za-z0-9])", re.IGNORECASE)
_RESOLUTION = re.compile(r"(?<![A-Za-z0-9])[126]0m(?![A-Za-z0-9])", re.IGNORECASE)


def _canonical(number: str) -> str:
    return "B8A" if number.upper() == "8A" else f"B{int(number):02d}"


def band_in_name(stem: str) -> str | None:
    """Return the band that a file stem names, e.g. ``T33_B02_10m`` -> ``B02``; None without one.

    Where a name holds several, the last counts: products put the band behind date and tile.
    """
    found = _TOKEN.findall(stem)
    return _canonical(found[-1]) if found else None


def stem_without_band(stem: str) -> str:
    """Return a file stem with band and resolution taken out: equal for the bands of one image."""
    matches = list(_TOKEN.finditer(stem))
    if matches:
        stem = stem[: matches[-1].start()] + stem[matches[-1].end() :]
    return _RESOLUTION.sub("", stem).strip(" _-.")


def band_of_text(text: str) -> str | None:
    """Return the band meant by a description or an option: ``B4``, ``b8a``, ``Red``, ``nir``."""
    whole = text.strip()
    match = _TOKEN.fullmatch(whole)
    if match:
        return _canonical(match.group(1))
    word = re.sub(r"[^a-z0-9]", "", whole.casefold())
    return _WORDS.get(word) or band_in_name(whole)


def parse_bands(text: str) -> tuple[str, ...]:
    """Return the bands of an option such as ``B02,B03,B8A``, in its order.

    Raises
    ------
    ValueError
        If a name is no band or stands twice; the text says which.
    """
    names = []
    for part in text.split(","):
        name = band_of_text(part)
        if name is None:
            raise ValueError(
                f"{part.strip()!r} is no Sentinel-2 band; bands are {', '.join(BANDS)}"
            )
        names.append(name)
    doubled = {n for n in names if names.count(n) > 1}
    if doubled:
        raise ValueError(f"band {', '.join(sorted(doubled))} stands twice in {text!r}")
    return tuple(names)


def in_order(names: Iterable[str]) -> list[str]:
    """Return band names in the order of the instrument."""
    return sorted(names, key=BAND_IDS.index)
