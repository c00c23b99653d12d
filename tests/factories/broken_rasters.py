"""Broken image sources: files that are no rasters, wrong pixels, ground, names and options."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from tests.factories.case import SOUND_ARGUMENTS, Case
from tests.factories.ports import (
    BANDS,
    SIDE,
    band_folder,
    chip_folder,
    moved_east,
    pixels,
    write_raster,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.factories.case import CaseBuilder

LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    b"size 32998\n"
)
HTML_PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>\n"
VRT_OF_ANOTHER_HOST = (
    b'<VRTDataset rasterXSize="128" rasterYSize="128"><SRS>EPSG:32631</SRS>'
    b"<GeoTransform>500000, 10, 0, 4800000, 0, -10</GeoTransform>"
    b'<VRTRasterBand dataType="UInt16" band="1"><SimpleSource>'
    b"<SourceFilename>/vsicurl/http://127.0.0.1:9/x.tif</SourceFilename><SourceBand>1</SourceBand>"
    b"</SimpleSource></VRTRasterBand></VRTDataset>"
)


def _replaced(content: bytes) -> CaseBuilder:
    """Return a builder whose red band holds these bytes instead of a raster."""

    def build(folder: Path) -> Case:
        source = band_folder(folder / "port")
        (source / "port_B04.tif").write_bytes(content)
        return Case(source, expected=("port_B04.tif",))

    return build


def _truncated(share: float, source: str = "port") -> CaseBuilder:
    """Return a builder whose red band ends early; the name of the folder may be odd."""

    def build(folder: Path) -> Case:
        path = band_folder(folder / source) / "port_B04.tif"
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        return Case(path.parent, expected=("port_B04.tif",))

    return build


def _truncated_chip(folder: Path) -> Case:
    source = chip_folder(folder / "chips")
    path = source / "port_1.tif"
    path.write_bytes(path.read_bytes()[:60_000])
    return Case(source, arguments=("--quantification", "10000"), expected=("port_1.tif",))


def _band_of(array: np.ndarray[Any, Any], name: str = "B08", **profile: Any) -> CaseBuilder:
    """Return a builder with one band written anew from this array ``(band, y, x)``."""

    def build(folder: Path) -> Case:
        source = band_folder(folder / "port")
        write_raster(source / f"port_{name}.tif", array, **profile)
        return Case(source, expected=(f"port_{name}.tif",))

    return build


def _infinite(folder: Path) -> Case:
    array = pixels()[3:].astype(np.float32)
    array[:, ::2] = np.inf
    array[:, 1::4] = -np.inf
    return _band_of(array)(folder)


def _ground_of_all(expected: tuple[str, ...], **profile: Any) -> CaseBuilder:
    """Return a builder with every band written under this profile."""
    return lambda folder: Case(band_folder(folder / "port", **profile), expected=expected)


def _photo(folder: Path) -> Case:
    path = folder / "photo.tif"
    colours = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    Image.fromarray(colours).save(path, format="JPEG")
    arguments = ("--quantification", "255", "--bands", "B04,B03,B02")
    return Case(path, arguments=arguments, expected=("photo.tif",))


def _doubled_band(folder: Path) -> Case:
    source = band_folder(folder / "port")
    write_raster(source / "port_B02.tiff", pixels()[:1])
    return Case(source, expected=("port_B02.tif", "B02"))


def _nameless(folder: Path) -> Case:
    source = folder / "nameless"
    for index, band in enumerate(pixels(), start=1):
        write_raster(source / f"nameless_{index}.tif", band[None])
    return Case(source, arguments=(*SOUND_ARGUMENTS, "--kind", "bands"), expected=("nameless",))


def _no_folder_entry_is_a_file(make: str) -> CaseBuilder:
    """Return a builder whose blue band is a folder, a pipe, or a link that leads nowhere."""

    def build(folder: Path) -> Case:
        source = folder / "x"
        for name, band in zip(BANDS[1:], pixels()[1:], strict=True):
            write_raster(source / f"x_{name}.tif", band[None])
        path = source / "x_B02.tif"
        if make == "folder":
            path.mkdir()
        elif make == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to("gone.tif")
        return Case(source, expected=("x_B02.tif",), own_process=True)

    return build


def _empty(folder: Path) -> Case:
    source = folder / "empty_port"
    source.mkdir()
    return Case(source, expected=("empty_port",))


def _without_rasters(folder: Path) -> Case:
    source = folder / "only_text"
    source.mkdir()
    (source / "README.txt").write_text("Rasters on request.\n")
    return Case(source, expected=("only_text",))


def _folder_in_itself(folder: Path) -> Case:
    source = folder / "loop"
    source.mkdir()
    (source / "again").symlink_to(".", target_is_directory=True)
    return Case(source, expected=("loop",), own_process=True)


def _link_to_itself(folder: Path) -> Case:
    source = folder / "loop"
    source.symlink_to("loop")
    return Case(source, expected=("loop",), own_process=True)


def _with_arguments(
    *arguments: str, expected: str, quantification: int = 10_000, exit_code: int = 1
) -> CaseBuilder:
    """Return a builder of a sound port imported with these options."""

    def build(folder: Path) -> Case:
        source = band_folder(folder / "port", quantification)
        return Case(source, None, arguments, (expected,), exit_code=exit_code)

    return build


def _too_few_band_names(folder: Path) -> Case:
    arguments = ("--quantification", "10000", "--bands", "B02,B03,B04")
    source = chip_folder(folder / "chips", described=False)
    return Case(source, arguments=arguments, expected=("port_", "4"))


RASTER_CASES: dict[str, CaseBuilder] = {
    "TIFF truncated in its pixels": _truncated(0.5),
    "TIFF truncated in its header": _truncated(0.003),
    "TIFF truncated, line break in the folder's name": _truncated(0.5, source="new\nline"),
    "chip truncated": _truncated_chip,
    "text file named tif": _replaced(b"Ceci n'est pas une image.\n"),
    "HTML page named tif": _replaced(HTML_PAGE),
    "zero bytes named tif": _replaced(b""),
    "Git LFS pointer named tif": _replaced(LFS_POINTER),
    "random bytes named tif": _replaced(b"II*\0" + np.random.default_rng(0).bytes(3000)),
    "VRT named tif that reads from another host": _replaced(VRT_OF_ANOTHER_HOST),
    "band all NaN": _band_of(np.full((1, SIDE, SIDE), np.nan, np.float32)),
    "band with infinities": _infinite,
    "band of complex numbers": _band_of(pixels()[2:3].astype(np.complex64), "B04"),
    "band file with three bands": _band_of(pixels()[:3], "B03"),
    "one band without CRS": _band_of(pixels()[1:2], "B03", crs=None),
    "all bands without CRS": _ground_of_all(("port_B0", "CRS"), crs=None),
    "all bands without transform": _ground_of_all(("port_B0",), transform=None),
    "band of another size and ground": _band_of(pixels()[3:, :100, :100]),
    "band of another CRS": _band_of(pixels()[3:], crs="EPSG:32632"),
    "band 50 km away": _band_of(pixels()[3:], transform=moved_east(5000)),
    "JPEG photo named tif": _photo,
    "two files for one band": _doubled_band,
    "names without a band": _nameless,
    "folder named tif": _no_folder_entry_is_a_file("folder"),
    "pipe named tif": _no_folder_entry_is_a_file("pipe"),
    "dangling link named tif": _no_folder_entry_is_a_file("link"),
    "empty folder": _empty,
    "folder without rasters": _without_rasters,
    "source does not exist": lambda folder: Case(folder / "gone", expected=("gone",)),
    "folder that contains itself": _folder_in_itself,
    "link to itself": _link_to_itself,
    "quantification 10000 for x65535": _with_arguments(
        *SOUND_ARGUMENTS, expected="quantification", quantification=65535
    ),
    "quantification 65535 for x10000": _with_arguments(
        "--chip", "64", "--quantification", "65535", expected="quantification"
    ),
    "quantification 0": _with_arguments(
        "--chip", "64", "--quantification", "0", expected="quantification", exit_code=2
    ),
    "quantification negative": _with_arguments(
        "--chip", "64", "--quantification", "-10000", expected="quantification", exit_code=2
    ),
    "band asked for that no sensor has": _with_arguments(
        *SOUND_ARGUMENTS, "--bands", "B02,B77", expected="B77"
    ),
    "band asked for that the folder lacks": _with_arguments(
        *SOUND_ARGUMENTS, "--bands", "B02,B11", expected="B11"
    ),
    "fewer band names than bands": _too_few_band_names,
    "chips larger than the scene": _with_arguments(
        *("--chip", "256", "--edge", "drop", "--quantification", "10000"), expected="256"
    ),
}
