"""Screening a project: by what is there, with context, resumable, and beside whoever writes."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from s2label.errors import MissingExtraError
from s2label.handover import take_all
from s2label.progress import finish
from s2label.project import open_project
from s2label.screening import run as screening_run
from s2label.screening.classes import CLEAR, CLOUD
from s2label.screening.cloud_rasters import cloud_path, read_clouds
from s2label.screening.cloudless import BANDS as CLOUDLESS_BANDS
from s2label.screening.cloudless import _detector
from s2label.screening.left_files import left_records, take_oldest_screenings
from s2label.screening.methods import Method
from s2label.screening.run import ScreenReport, screen_images
from tests.factories.cloudy import (
    BANDS,
    WATER,
    Cloudy,
    grid_of_ground,
    make_cloudy_project,
    pixels_of,
)
from tests.factories.commands import do, run
from tests.factories.projects import apart, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.screening_records import ScreeningRecord

SIDE = 64


def cloud_at(top: int, left: int, side: int, shape: tuple[int, int] = (SIDE, SIDE)) -> Any:
    is_cloud = np.zeros(shape, np.bool_)
    is_cloud[top : top + side, left : left + side] = True
    return is_cloud


def records(project: Path) -> list[ScreeningRecord]:
    with open_project(project) as opened:
        return list(opened.catalog.screenings.records().values())


def screened(project: Path, *options: str) -> ScreenReport:
    """Screen a project by the command and return what it reports."""
    return ScreenReport(**do("screen", project, "--json-lines", *options).lines[-1]["result"])


def scl(is_cloud: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.where(is_cloud, 9, 4).astype(np.uint8)


# -- by what is there -----------------------------------------------------------------------------

IS_CLOUD = cloud_at(0, 0, 32)
IS_OTHER = cloud_at(0, 0, 16)
LAYERS = {
    "SCL": scl(IS_CLOUD),
    "CLD": np.where(IS_CLOUD, 90, 0).astype(np.uint8),
    "MSK_CLASSI_B00": np.stack([IS_CLOUD, IS_CLOUD & False, IS_CLOUD & False]).astype(np.uint8),
}


@pytest.mark.parametrize(
    ("there", "method"),
    [
        (("SCL", "CLD", "MSK_CLASSI_B00"), "scl"),
        (("CLD", "MSK_CLASSI_B00"), "probability"),
        (("MSK_CLASSI_B00",), "product"),
    ],
)
def test_the_most_trusted_layer_that_is_there_is_taken(
    tmp_path: Path, there: tuple[str, ...], method: str
) -> None:
    # Its bands know nothing of the cloud, so that it can only come from the layer.
    layers = {name: LAYERS[name] for name in there}
    dn = pixels_of(np.zeros_like(IS_CLOUD))
    project = make_cloudy_project(tmp_path, Cloudy("a", dn, grid_of_ground(), layers))
    assert screened(project).methods == {method: 1}
    (record,) = records(project)
    assert (record.method, record.cloud, record.valid_cloud) == (method, 0.25, 0.25)
    assert record.statistics["B08"]["mean"] == pytest.approx(0.35, rel=0.02)


def test_without_any_layer_the_index_rule_says_that_it_is_only_that(tmp_path: Path) -> None:
    project = make_cloudy_project(tmp_path, Cloudy("a", pixels_of(IS_CLOUD), grid_of_ground()))
    assert "1 by index rule: brightness and colour only" in do("screen", project).out
    assert [record.cloud for record in records(project)] == [0.25]


def test_a_method_can_be_forced(tmp_path: Path) -> None:
    layers = {"SCL": scl(IS_OTHER)}
    project = make_cloudy_project(
        tmp_path, Cloudy("a", pixels_of(IS_CLOUD), grid_of_ground(), layers)
    )
    screened(project)
    assert records(project)[0].cloud == 1 / 16
    assert screened(project, "--method", "index").screened == 1
    assert records(project)[0].cloud == 0.25


def test_a_forced_method_says_what_is_missing(tmp_path: Path) -> None:
    project = make_cloudy_project(tmp_path, Cloudy("a", pixels_of(IS_CLOUD), grid_of_ground()))
    printed = run("screen", project, "--method", "scl")
    assert printed.code == 1
    assert "no raster SCL; expected what --method scl needs" in printed.err


def test_a_layer_that_lacks_a_band_is_told_in_one_line(tmp_path: Path) -> None:
    layers = {"MSK_CLASSI_B00": LAYERS["MSK_CLASSI_B00"][:2]}
    project = make_cloudy_project(
        tmp_path, Cloudy("a", pixels_of(IS_CLOUD), grid_of_ground(), layers)
    )
    printed = run("screen", project)
    assert printed.code == 1
    assert "MSK_CLASSI_B00.tif: 2 bands; expected at least 3" in printed.err.splitlines()[0]


def test_nodata_of_bands_and_layers_is_nodata(tmp_path: Path) -> None:
    dn, layer = pixels_of(IS_CLOUD), scl(IS_CLOUD)
    dn[:, :, 60:] = 0
    layer[60:] = 0
    project = make_cloudy_project(tmp_path, Cloudy("a", dn, grid_of_ground(), {"SCL": layer}))
    screened(project)
    (record,) = records(project)
    assert record.nodata == pytest.approx(1 - (60 / 64) ** 2)
    assert record.valid_cloud == pytest.approx(32 * 32 / 60**2)


def test_clouds_over_labels_and_over_water_are_told_apart(tmp_path: Path) -> None:
    dn = pixels_of(np.zeros_like(IS_CLOUD))
    dn[:, :, 32:] = pixels_of(np.zeros_like(IS_CLOUD), WATER)[:, :, 32:]
    project = make_cloudy_project(
        tmp_path, Cloudy("a", dn, grid_of_ground(), {"SCL": scl(cloud_at(24, 48, 16))})
    )
    screened(project)
    (record,) = records(project)
    assert record.cloud == 1 / 16
    assert record.water_cloud == 1 / 8
    assert record.labelled_cloud is None


def test_clouds_over_labelled_pixels_count_labels_alone(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(1, side_px=64, mask_values=(1, 254)))
    screened(project)
    assert all(record.labelled_cloud is not None for record in records(project))


# -- context --------------------------------------------------------------------------------------


def quarters(is_cloud: NDArray[np.bool_], *, is_stored: bool) -> list[Cloudy]:
    """Return the four chips of a scene of 128 px, each in a file of its own where stored."""
    dn, whole = pixels_of(is_cloud), grid_of_ground(128, 128)
    chips = []
    for top in (0, 64):
        for left in (0, 64):
            piece = dn[:, top : top + 64, left : left + 64] if is_stored else dn
            grid = whole.window(left, top, 64, 64)
            source_grid = None if is_stored else whole
            name = f"chip_{top}_{left}"
            chips.append(Cloudy(name, piece, grid, scene="scene", source_grid=source_grid))
    return chips


def test_a_cloud_on_the_corner_of_four_stored_chips_is_seen_whole(tmp_path: Path) -> None:
    # 16 px of it lie in each chip, too few for a cloud by themselves.
    is_cloud = cloud_at(60, 60, 8, (128, 128))
    project = make_cloudy_project(tmp_path, *quarters(is_cloud, is_stored=True))
    screened(project)
    assert [round(r.cloud * 64 * 64) for r in records(project)] == [16] * 4
    # Screened again by itself, a chip still sees its neighbours.
    cloud_path(project, records(project)[0].image_id).unlink()
    assert screened(project).screened == 1
    assert [round(r.cloud * 64 * 64) for r in records(project)] == [16] * 4


def test_chips_far_from_each_other_are_judged_alone(tmp_path: Path) -> None:
    is_cloud = cloud_at(60, 60, 8, (128, 128))
    first, *_, last = quarters(is_cloud, is_stored=True)
    far = Cloudy("far", last.dn, last.grid.window(5000, 0, 64, 64), scene="scene")
    project = make_cloudy_project(tmp_path, first, far)
    screened(project)
    assert [r.cloud for r in records(project)] == [0, 0]


def test_one_unreadable_chip_does_not_spoil_its_neighbours(tmp_path: Path) -> None:
    is_cloud = cloud_at(0, 0, 32, (128, 128))
    project = make_cloudy_project(tmp_path, *quarters(is_cloud, is_stored=True))
    (tmp_path / "sources" / "chip_64_0_2018-01-05.tif").write_bytes(b"nothing")
    printed = run("screen", project)
    assert printed.code == 1
    lines = printed.err.splitlines()
    assert len(lines) == 2
    assert "chip_64_0_2018-01-05.tif: neither GeoTIFF nor JPEG2000" in lines[0]
    assert "1 of 4 images could not be screened" in lines[1]
    assert [r.cloud for r in records(project)] == [0.25, 0, 0]


# -- resumable, in processes, beside a writer -----------------------------------------------------


def project_of(tmp_path: Path, clouds: Sequence[int]) -> Path:
    images = [
        Cloudy(
            f"p{n}",
            pixels_of(IS_OTHER),
            grid_of_ground(west_m=300_000 + 50_000 * n),
            {"SCL": scl(cloud_at(0, 0, side))},
        )
        for n, side in enumerate(clouds)
    ]
    return make_cloudy_project(tmp_path, *images)


def test_screened_images_are_skipped_unless_asked_again(tmp_path: Path) -> None:
    project = project_of(tmp_path, (8, 16))
    assert (screened(project).screened, screened(project).kept) == (2, 2)
    assert screened(project, "--again").screened == 2


@pytest.mark.parametrize("is_gone", [True, False], ids=["gone", "empty"])
def test_an_image_whose_cloud_raster_is_gone_or_empty_is_screened_again(
    tmp_path: Path, *, is_gone: bool
) -> None:
    project = project_of(tmp_path, (8, 16))
    screened(project)
    path = cloud_path(project, records(project)[0].image_id)
    path.unlink()
    if not is_gone:
        path.touch()
    assert screened(project).screened == 1


def test_worker_processes_find_what_one_process_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of(tmp_path, (8, 16, 24, 32))
    screened(project)
    alone = records(project)
    monkeypatch.setattr(screening_run, "_LEAST_IMAGES", 1)
    monkeypatch.setattr(screening_run, "_WORKERS", 1)
    assert screened(project, "--again").screened == 4
    assert records(project) == alone


def test_a_stopped_run_keeps_what_it_has_and_goes_on(tmp_path: Path) -> None:
    project = project_of(tmp_path, (8, 16, 24))
    with open_project(project) as opened:
        job = screen_images(opened)
        steps = [next(job) for _ in range(3)]
        job.close()
    assert [step.done for step in steps] == [0, 1, 2]
    assert len(left_records(project)) == 2
    assert screened(project).screened == 1
    assert len(records(project)) == 3
    assert left_records(project) == {}


def test_while_another_program_writes_what_is_found_waits_for_it(tmp_path: Path) -> None:
    project = project_of(tmp_path, (8, 16))
    with open_project(project, write=True) as window:
        assert screened(project).screened == 2
        assert screened(project).kept == 2
        assert window.catalog.screenings.records() == {}
        assert take_all(take_oldest_screenings, window) == 1
        assert len(window.catalog.screenings.records()) == 2
    assert "all is well" in do("check", project).out


def test_a_damaged_file_that_was_left_is_passed_over(tmp_path: Path) -> None:
    project = project_of(tmp_path, (8,))
    folder = project / "rasters" / "cloud" / ".left"
    folder.mkdir(parents=True)
    (folder / "00000000000000000001-1.json").write_text("{")
    assert screened(project).screened == 1
    assert len(records(project)) == 1
    assert list(folder.iterdir()) == []


# -- the cloud raster -----------------------------------------------------------------------------


def test_the_cloud_raster_lies_on_the_pixels_of_its_image(tmp_path: Path) -> None:
    is_cloud = cloud_at(10, 70, 40, (128, 128))
    project = make_cloudy_project(tmp_path, *quarters(is_cloud, is_stored=False))
    screened(project)
    expected = np.where(is_cloud, CLOUD, CLEAR)
    with open_project(project) as opened:
        for chip in opened.catalog.chips(opened.catalog.image_ids()).values():
            top, left = (int(v) for v in chip.place.name.split("_")[1:])
            found = read_clouds(project, chip.image.id, 1, chip.place.grid)
            assert found is not None
            assert np.array_equal(found, expected[top : top + 64, left : left + 64])


def test_a_cloud_raster_of_another_version_or_a_damaged_one_is_none(tmp_path: Path) -> None:
    project = project_of(tmp_path, (8,))
    screened(project)
    id_ = records(project)[0].image_id
    assert read_clouds(project, id_, 1, grid_of_ground()) is not None
    assert read_clouds(project, id_, 2, grid_of_ground()) is None
    assert read_clouds(project, id_, 1, grid_of_ground(32, 32)) is None
    cloud_path(project, id_).write_bytes(b"II*\x00")
    assert read_clouds(project, id_, 1, grid_of_ground()) is None


# -- s2cloudless ----------------------------------------------------------------------------------


def test_s2cloudless_without_its_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s2label.screening.cloudless.find_spec", lambda name: None)
    project = project_of(tmp_path, (8,))
    with open_project(project) as opened, pytest.raises(MissingExtraError, match=r"\[clouds\]"):
        finish(screen_images(opened, Method.S2CLOUDLESS))


def test_s2cloudless_says_that_it_is_for_l1c_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s2label.screening.cloudless.find_spec", lambda name: name)
    project = project_of(tmp_path, (8,))
    with open_project(project) as opened:
        report = finish(screen_images(opened, Method.S2CLOUDLESS))
    assert "not an L1C image" in report.errors[0]


def with_ten_bands(folder: Path, cirrus: NDArray[np.uint16]) -> Path:
    """Make a project of an L1C image; bands that were not imported lie beside it."""
    # Each band is as bright as its number, so that their order can be told.
    others = {name: n for n, name in enumerate(CLOUDLESS_BANDS) if name not in BANDS}
    layers = {name: np.full((SIDE, SIDE), 1000 + n, np.uint16) for name, n in others.items()}
    image = Cloudy("a", pixels_of(IS_OTHER), grid_of_ground(), layers | {"B10": cirrus})
    return make_cloudy_project(folder, image)


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put a stand-in in the place of s2cloudless."""
    monkeypatch.setitem(sys.modules, "s2cloudless", _detector_by_cirrus())
    monkeypatch.setattr("s2label.screening.cloudless.find_spec", lambda name: name)
    _detector.cache_clear()
    yield
    _detector.cache_clear()


@pytest.mark.usefixtures("detector")
def test_s2cloudless_gets_ten_bands_in_its_order(tmp_path: Path) -> None:
    cirrus = np.full((SIDE, SIDE), 1007, np.uint16)
    cirrus[:16, :16] = 9000
    project = with_ten_bands(tmp_path, cirrus)
    screened(project)
    (record,) = records(project)
    assert (record.method, record.cloud) == ("s2cloudless", 1 / 16)


@pytest.mark.usefixtures("detector")
def test_a_band_that_is_0_on_ground_that_the_others_see_is_no_gap(tmp_path: Path) -> None:
    project = with_ten_bands(tmp_path, np.zeros((SIDE, SIDE), np.uint16))
    screened(project)
    (record,) = records(project)
    assert (record.method, record.cloud, record.unknown) == ("s2cloudless", 0.0, 0.0)


def _detector_by_cirrus() -> ModuleType:
    """Return a stand-in for s2cloudless: what is bright in the eighth band, B10, is cloud."""

    class Detector:
        def __init__(self, **settings: object) -> None:
            assert settings["all_bands"] is False
            # 240 m and 120 m, in pixels of 10 m.
            assert (settings["average_over"], settings["dilation_size"]) == (24, 12)

        def get_cloud_probability_maps(
            self, values: NDArray[Any], num_threads: int
        ) -> NDArray[Any]:
            assert values.shape == (1, SIDE, SIDE, 10)
            assert num_threads == 1
            likelihood: NDArray[Any] = np.clip(values[..., 7], 0, 1)
            return likelihood

        def get_mask_from_prob(self, likelihood: NDArray[Any]) -> NDArray[Any]:
            return np.asarray(likelihood > 0.4)

    module = ModuleType("s2cloudless")
    module.S2PixelCloudDetector = Detector  # type: ignore[attr-defined]
    return module


# -- real data ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "of_all", "of_valid"),
    [pytest.param(15, 0.0, 0.0, id="15 August"), pytest.param(18, 0.38, 0.44, id="18 August")],
)
def test_a_real_scene_has_the_clouds_of_its_scene_classification(
    real_data: Path, tmp_path: Path, day: int, of_all: float, of_valid: float
) -> None:
    from s2label.raster import grid_of, open_raster, source_of
    from s2label.screening.ground import Patch, Target
    from s2label.screening.patch_task import PatchTask
    from s2label.types import BandRaster, ImageRecord

    products = real_data / "l2a" / "full_products" / "sentinel-2-l2a"
    folder = products / f"S2A_33TWL_202308{day}_0_L2A"
    bands = tuple(
        BandRaster(name, source_of(folder / f"{name}.tif"), 1, 10_000, 0, 0) for name in BANDS
    )
    layer = BandRaster("SCL", source_of(folder / "SCL.tif"))
    image = ImageRecord("image", "place", folder.name, f"2023-08-{day}", bands, (layer,))
    with open_raster(folder / "SCL.tif") as dataset:
        grid = grid_of(dataset)
    (found,) = PatchTask(Patch((Target(image, grid),), grid), Method.AUTO, tmp_path)()
    assert found.record is not None
    assert round(found.record.cloud, 2) == of_all
    assert round(found.record.valid_cloud or 0, 2) == of_valid
