"""Small whole products, L1C and L2A, as folders and zips, with metadata laid out as real ones."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from affine import Affine

from s2label.bands import BAND_IDS, BANDS
from tests.factories.ports import write_raster

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

SIDE = 128
TILE = "33TWL"
CRS = "EPSG:32633"
CORNER = (499_980, 5_100_000)
LOSSLESS = {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"}
USUAL = ("B02", "B03", "B04", "B08", "B11", "B12", "B8A")
_DAY = "20230815"
_NAMESPACE = "https://psd-14.sentinel2.eo.esa.int/PSD"


@dataclass(frozen=True)
class Recipe:
    """What product to make.

    ``baseline`` decides whether the DN hold an offset of -1000; ``bands`` maps names to DN without
    it, (y, x); coarser bands are smaller arrays. ``side`` is that of the 10 m bands in pixels.
    """

    level: str = "L1C"
    baseline: str = "02.06"
    day: str = _DAY
    bands: Mapping[str, NDArray[np.uint16]] = field(default_factory=dict)
    has_metadata: bool = True
    side: int = SIDE

    @property
    def offset_dn(self) -> int:
        return -1000 if self.baseline >= "04.00" else 0

    @property
    def name(self) -> str:
        number = self.baseline.replace(".", "")
        start = f"{self.day}T095031"
        return f"S2A_MSI{self.level}_{start}_N{number}_R079_T{TILE}_{self.day}T155057"

    @property
    def granule(self) -> str:
        return f"{self.level}_T{TILE}_A042547_{self.day}T095630"


def ground(side: int = SIDE, seed: int = 0) -> dict[str, NDArray[np.uint16]]:
    """Return DN of the usual bands: land and dark water, coarser bands as 2 x 2 means."""
    noise = np.random.default_rng(seed)
    is_land = np.add.outer(np.arange(side), np.arange(side)) > side
    found = {}
    for index, name in enumerate(USUAL):
        fine = np.where(is_land, 900 + 300 * index, 200 - 20 * index)
        fine = fine + noise.integers(0, 40, (side, side))
        step = BANDS[name].gsd_m // 10
        coarse = fine.reshape(side // step, step, side // step, step).mean(axis=(1, 3))
        found[name] = coarse.astype(np.uint16)
    return found


def write_product(parent: Path, recipe: Recipe | None = None) -> Path:
    """Write a product as a ``.SAFE`` folder and return it."""
    recipe = recipe or Recipe()
    safe = parent / f"{recipe.name}.SAFE"
    granule = safe / "GRANULE" / recipe.granule
    (granule / "QI_DATA").mkdir(parents=True)
    for name, dn in (recipe.bands or ground()).items():
        held = np.where(dn == 0, 0, dn.astype(int) - recipe.offset_dn)
        write_band(granule, recipe, name, held)
    if recipe.has_metadata:
        (safe / f"MTD_MSI{recipe.level}.xml").write_text(product_xml(recipe), "utf-8")
        (granule / "MTD_TL.xml").write_text(tile_xml(recipe), "utf-8")
    return safe


def write_band(granule: Path, recipe: Recipe, name: str, dn: NDArray[np.integer]) -> Path:
    """Write one band of a granule, at the resolution that its size says, and return its path."""
    gsd = 10 * recipe.side // dn.shape[0] if dn.shape[0] <= recipe.side else 10
    start = f"T{TILE}_{recipe.day}T095031_{name}"
    images = granule / "IMG_DATA"
    path = images / f"{start}.jp2"
    if recipe.level == "L2A":
        path = images / f"R{gsd}m" / f"{start}_{gsd}m.jp2"
    transform = Affine(gsd, 0, CORNER[0], 0, -gsd, CORNER[1])
    dtype = np.uint8 if name == "SCL" else np.uint16
    return write_raster(path, dn.astype(dtype)[None], transform=transform, crs=CRS, **LOSSLESS)


def zipped(safe: Path, archive: Path | None = None) -> Path:
    """Pack a product as it is downloaded and return the zip, which lies beside the folder."""
    archive = archive or safe.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(safe.rglob("*")):
            file.write(path, path.relative_to(safe.parent))
    return archive


def product_xml(recipe: Recipe) -> str:
    """Return what ``MTD_MSIL1C.xml`` or ``MTD_MSIL2A.xml`` says, laid out as the real one."""
    kind = f"Level-{recipe.level[1:]}_User_Product"
    day = f"{recipe.day[:4]}-{recipe.day[4:6]}-{recipe.day[6:]}"
    if recipe.level == "L1C":
        scale = '<QUANTIFICATION_VALUE unit="none">10000</QUANTIFICATION_VALUE>'
        listed, entry = "Radiometric_Offset_List", "RADIO_ADD_OFFSET"
    else:
        scale = (
            "<QUANTIFICATION_VALUES_LIST>"
            '<BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>'
            '<AOT_QUANTIFICATION_VALUE unit="none">1000.0</AOT_QUANTIFICATION_VALUE>'
            "</QUANTIFICATION_VALUES_LIST>"
        )
        listed, entry = "BOA_ADD_OFFSET_VALUES_LIST", "BOA_ADD_OFFSET"
    offsets = "".join(
        f'<{entry} band_id="{number}">{recipe.offset_dn}</{entry}>'
        for number in range(len(BAND_IDS))
    )
    offsets = f"<{listed}>{offsets}</{listed}>" if recipe.offset_dn else ""
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:{kind} xmlns:n1="{_NAMESPACE}/User_Product_Level-{recipe.level[1:]}.xsd">
  <n1:General_Info>
    <Product_Info>
      <PRODUCT_START_TIME>{day}T09:50:31.024Z</PRODUCT_START_TIME>
      <PRODUCT_URI>{recipe.name}.SAFE</PRODUCT_URI>
      <PROCESSING_LEVEL>Level-{recipe.level[1:]}</PROCESSING_LEVEL>
      <PROCESSING_BASELINE>{recipe.baseline}</PROCESSING_BASELINE>
      <Datatake><DATATAKE_SENSING_START>{day}T09:50:31.024Z</DATATAKE_SENSING_START></Datatake>
    </Product_Info>
    <Product_Image_Characteristics>
      <Special_Values>
        <SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT>
        <SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX>
      </Special_Values>
      <Special_Values>
        <SPECIAL_VALUE_TEXT>SATURATED</SPECIAL_VALUE_TEXT>
        <SPECIAL_VALUE_INDEX>65535</SPECIAL_VALUE_INDEX>
      </Special_Values>
      {scale}{offsets}
    </Product_Image_Characteristics>
  </n1:General_Info>
</n1:{kind}>
"""


def tile_xml(recipe: Recipe) -> str:
    """Return what ``MTD_TL.xml`` says, laid out as the real one."""
    kind = f"Level-{recipe.level[1:]}_Tile_ID"
    day = f"{recipe.day[:4]}-{recipe.day[4:6]}-{recipe.day[6:]}"
    tile = f"S2A_OPER_MSI_{recipe.level}_TL_2APS_{recipe.day}T155057_A042547_T{TILE}"
    places = "".join(
        f'<Size resolution="{gsd}"><NROWS>{109_800 // gsd}</NROWS>'
        f"<NCOLS>{109_800 // gsd}</NCOLS></Size>"
        f'<Geoposition resolution="{gsd}"><ULX>{CORNER[0]}</ULX><ULY>{CORNER[1]}</ULY>'
        f"<XDIM>{gsd}</XDIM><YDIM>-{gsd}</YDIM></Geoposition>"
        for gsd in (10, 20, 60)
    )
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:{kind} xmlns:n1="{_NAMESPACE}/S2_PDI_Level-{recipe.level[1:]}_Tile_Metadata.xsd">
  <n1:General_Info>
    <TILE_ID metadataLevel="Brief">{tile}_N{recipe.baseline}</TILE_ID>
    <SENSING_TIME metadataLevel="Standard">{day}T09:56:30.000Z</SENSING_TIME>
  </n1:General_Info>
  <n1:Geometric_Info>
    <Tile_Geocoding metadataLevel="Brief">
      <HORIZONTAL_CS_NAME>WGS84 / UTM zone 33N</HORIZONTAL_CS_NAME>
      <HORIZONTAL_CS_CODE>{CRS}</HORIZONTAL_CS_CODE>
      {places}
    </Tile_Geocoding>
  </n1:Geometric_Info>
</n1:{kind}>
"""
