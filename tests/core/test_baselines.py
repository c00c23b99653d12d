"""The names of products tell whether their numbers hold an offset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from s2label.importers.baselines import product_of
from tests.factories.commands import do, run
from tests.factories.ports import BANDS, pixels, write_raster

if TYPE_CHECKING:
    from collections.abc import Sequence

NEW = "S2A_MSIL2A_20230815T095031_N0509_R079_T33TWL_20230815T144358"
OLD = "S2A_MSIL2A_20181229T095411_N0211_R079_T33SVB_20181229T103952"


def write_product(folder: Path, by: int = 1000) -> Path:
    inner = folder / "GRANULE" / "L2A_T33TWL_A042547" / "IMG_DATA" / "R10m"
    for name, band in zip(BANDS, pixels(), strict=True):
        write_raster(inner / f"T33TWL_20230815T095031_{name}_10m.tif", (band + by)[None], nodata=0)
    return inner


@pytest.fixture
def project(tmp_path: Path) -> Path:
    do("init", tmp_path / "project", "--classes", "vessels")
    return tmp_path / "project"


@pytest.mark.parametrize(
    ("path", "baseline", "has_offset"),
    [
        pytest.param(f"{NEW}.SAFE/GRANULE/x/B02.jp2", (5, 9), True, id="new"),
        pytest.param(f"{NEW}/B02.jp2", (5, 9), True, id="unpacked under another ending"),
        pytest.param(f"{NEW}.SAFE.zip", (5, 9), True, id="zip"),
        pytest.param(f"{OLD}.SAFE/B02.jp2", (2, 11), False, id="old"),
        pytest.param(f"{OLD.replace('N0211', 'N0400')}.SAFE/B02.jp2", (4, 0), True, id="the first"),
    ],
)
def test_a_product_is_told_by_its_folders(
    path: str, baseline: tuple[int, int], has_offset: bool
) -> None:
    product = product_of(Path("/data") / path)
    assert product is not None
    assert (product.baseline, product.has_offset) == (baseline, has_offset)


def test_other_folders_are_no_products() -> None:
    assert product_of(Path("/data/S2A_33TWL_20230815_0_L2A/N0509_B02.tif")) is None


def test_links_into_a_product_count_as_the_product(project: Path, tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    for path in write_product(tmp_path / f"{NEW}.SAFE").iterdir():
        (links / path.name).symlink_to(path)
    printed = run("import", project, links)
    assert printed.code == 1
    assert "its baseline 05.09 has an offset of -1000; give --offset -1000" in printed.err


@pytest.mark.parametrize(
    ("name", "by", "options"),
    [
        pytest.param(NEW, 1000, ("--offset", -1000), id="offset given"),
        pytest.param(NEW, 0, ("--offset", 0), id="applied already"),
        pytest.param(OLD, 0, (), id="old product"),
    ],
)
def test_with_the_offset_said_or_none_it_comes_in(
    project: Path, tmp_path: Path, name: str, by: int, options: Sequence[object]
) -> None:
    inner = write_product(tmp_path / f"{name}.SAFE", by)
    do("import", project, inner, "--kind", "bands", *options)


def test_a_product_whose_images_were_converted_tells_its_offset_by_its_name(
    project: Path, tmp_path: Path
) -> None:
    write_product(tmp_path / f"{NEW}.SAFE")
    printed = do("import", project, tmp_path / f"{NEW}.SAFE")
    assert "no product metadata; its baseline tells the value scale" in printed.out
