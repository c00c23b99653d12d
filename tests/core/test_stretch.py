"""One stretch for a project: from a seeded sample, the same for every chip, fixed on request."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from s2label.classes import VESSELS
from s2label.importers import examining
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.progress import finish
from s2label.project import create_project, open_project
from s2label.project_stretch import update_stretch
from s2label.raster import read_bands, reflectance
from s2label.stretch import Stretch, apply_stretch, choose_sample, compute_stretch
from tests.factories.ports import TRANSFORM, write_raster
from tests.factories.projects import STRETCH, apart, import_grounds, make_project
from tests.faults.seeds import some_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.samples import CoastScene


def image_of(*layers: Any) -> NDArray[np.float32]:
    return np.array(layers, np.float32)


# -- the sample -----------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=5), unique=True, max_size=60), st.integers(1, 20), st.randoms())
def test_the_sample_depends_on_the_ids_and_not_on_their_order(
    ids: list[str], count: int, chance: Any
) -> None:
    shuffled = chance.sample(ids, len(ids))

    sample = choose_sample(ids, count)

    assert sample == choose_sample(shuffled, count)
    assert sample == sorted(set(sample) & set(ids))
    assert len(sample) == min(count, len(ids))


def test_another_seed_draws_another_sample() -> None:
    ids = [f"image {n}" for n in range(1000)]

    assert choose_sample(ids, 50, seed=0) != choose_sample(ids, 50, seed=1)


# -- the limits -----------------------------------------------------------------------------------


def test_limits_are_percentiles_per_band_over_all_images() -> None:
    ramp = np.linspace(0, 0.2, 101, dtype=np.float32).reshape(1, 101)
    pair = [(("B02", "B03"), np.stack([ramp, ramp * 2])), (("B03",), ramp[None] * 2)]

    stretch = compute_stretch(pair, (10.0, 90.0))

    assert stretch.limits == {"B02": (0.02, 0.18), "B03": (0.04, 0.36)}
    assert (stretch.images, stretch.percentiles) == (2, (10.0, 90.0))


def test_nodata_has_no_part_in_the_limits() -> None:
    layer = np.full((10, 10), 0.25, np.float32)
    layer[2:] = np.nan
    layer[0, 0] = np.inf

    assert compute_stretch([(("B02",), layer[None])]).limits == {"B02": (0.25, 0.26)}


def test_a_band_without_data_has_no_limits() -> None:
    stretch = compute_stretch([(("B02",), image_of([[np.nan]])), (("B03",), image_of([[0.1]]))])

    assert list(stretch.limits) == ["B03"]


@pytest.mark.parametrize(
    ("clear", "highest"),
    [
        pytest.param(50, 0.1, id="half is cloud"),
        pytest.param(10, 0.1, id="nearly all is cloud"),
        pytest.param(2, 0.9, id="hardly anything but snow: it is the data"),
        pytest.param(0, 0.9, id="nothing but snow"),
    ],
)
def test_clouds_do_not_darken_the_land(clear: int, highest: float) -> None:
    blue = np.full(100, 0.8, np.float32)
    blue[:clear] = 0.05
    red = np.where(blue < 0.3, 0.1, 0.9).astype(np.float32)

    stretch = compute_stretch([(("B04", "B02"), np.stack([red, blue])[:, None])], (0, 100))

    assert stretch.limits["B04"][1] == pytest.approx(highest, abs=0.011)


def test_without_images_there_are_no_limits() -> None:
    assert compute_stretch([]) == Stretch()


def test_a_large_image_counts_as_much_as_it_has_ground_up_to_the_limit() -> None:
    bright, dark = np.full((1, 200, 200), 0.2, np.float32), np.full((1, 20, 20), 0.1, np.float32)

    low, high = compute_stretch([(("B02",), bright), (("B02",), dark)], (1, 50)).limits["B02"]

    assert (low, high) == (0.1, 0.2)


# -- to 8 bits ------------------------------------------------------------------------------------


def test_the_limits_become_1_and_255_and_nodata_0() -> None:
    stretch = Stretch({"B02": (0.1, 0.3), "B03": (-0.1, 0.1)})
    reflectance = image_of([[0.1, 0.2, 0.3, np.nan]], [[-0.1, 0.0, 0.1, np.nan]])

    shown = apply_stretch(reflectance, ["B02", "B03"], stretch)

    assert shown.dtype == np.uint8
    assert shown.tolist() == [[[1, 128, 255, 0]], [[1, 128, 255, 0]]]


some_reflectance = st.floats(-1e6, 1e6, width=32) | st.sampled_from([np.nan, np.inf, -np.inf])


@given(st.lists(some_reflectance, min_size=1, max_size=30))
def test_every_number_has_a_place_and_brighter_is_never_darker(values: list[float]) -> None:
    ordered = np.sort(np.array(values, np.float32))

    shown = apply_stretch(ordered[None, None], ["B02"], Stretch({"B02": (0.02, 0.4)}))[0, 0]

    finite = np.isfinite(ordered)
    assert ((shown == 0) == ~finite).all()
    assert (np.diff(shown[finite].astype(int)) >= 0).all()


def test_a_band_without_limits_is_an_error() -> None:
    with pytest.raises(KeyError, match="B08"):
        apply_stretch(image_of([[0.1]]), ["B08"], STRETCH_OF_BLUE)


STRETCH_OF_BLUE = Stretch({"B02": (0.0, 1.0)})


# -- the stretch of a project ---------------------------------------------------------------------


def test_a_project_measures_its_images_once(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(2))
    with open_project(folder, write=True) as project:
        assert finish(update_stretch(project)) == []
        measured = project.settings.stretch
        assert measured.images == 4
        assert sorted(measured.limits) == ["B02", "B03", "B04", "B08"]
        assert all(0.005 <= low < high <= 0.4 for low, high in measured.limits.values())
        assert list(update_stretch(project)) == []
    with open_project(folder) as project:
        assert project.settings.stretch == measured


def test_a_fixed_stretch_is_never_measured_anew(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1))
    with open_project(folder, write=True) as project:
        project.keep_stretch(replace(STRETCH, fixed=True))
        import_grounds(project, tmp_path / "more", apart(2)[1:])
        assert list(update_stretch(project)) == []
        assert project.settings.stretch == replace(STRETCH, fixed=True)


def test_new_images_make_a_new_stretch(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1))
    with open_project(folder, write=True) as project:
        finish(update_stretch(project))
        before = project.settings.stretch
        import_grounds(project, tmp_path / "more", apart(2)[1:])
        finish(update_stretch(project))
        assert project.settings.stretch.images == 4
        assert project.settings.stretch.sample != before.sample


def limits_of_whole_images(folder: Path) -> Stretch:
    """Measure as if nothing had been kept of any image: all pixels of all that are chosen."""
    with open_project(folder) as project:
        places = project.catalog.places()
        images = project.catalog.images(choose_sample(project.catalog.image_ids()))
        whole = [
            (
                [band.name for band in image.bands],
                reflectance(read_bands(image.bands, places[image.place_id].grid), image.bands),
            )
            for image in images.values()
        ]
    return compute_stretch(whole)


@pytest.mark.parametrize("held", some_of([0, 1, 1000]), ids=lambda n: f"at most {n} chips are held")
@pytest.mark.parametrize("kind", ["uint16 with gaps", "float32 with gaps", "a scene of two sizes"])
def test_pixels_held_at_the_import_give_the_limits_of_whole_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, coast: CoastScene, kind: str, held: int
) -> None:
    monkeypatch.setattr(examining, "_MOST_SAMPLED", held)
    chips, options = tmp_path / "chips", ImportOptions(any_values=True)
    if kind == "a scene of two sizes":
        shutil.copytree(coast.folder, chips)
        make_coarser(next(chips.glob("*B08*")))
        options = ImportOptions(chip=160)
    else:
        write_gaps(chips, np.dtype(kind.split()[0]))
    create_project(tmp_path / "project", VESSELS)
    with open_project(tmp_path / "project", write=True) as project:
        finish(import_sources(project, [chips], options))
        stretch = project.settings.stretch
        assert stretch.images >= 3
    assert stretch.limits == limits_of_whole_images(tmp_path / "project").limits


def make_coarser(path: Path) -> None:
    """Make the pixels of a raster twice as large, on the same ground."""
    with rasterio.open(path) as dataset:
        pixels, profile = dataset.read()[:, ::2, ::2], dataset.profile
    profile |= {"height": pixels.shape[1], "width": pixels.shape[2]}
    profile["transform"] = profile["transform"] @ Affine.scale(2)
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(pixels)


def write_gaps(folder: Path, dtype: np.dtype[Any]) -> None:
    """Write chips of three bands, each with more than twice the pixels of a sample, with nodata."""
    folder.mkdir()
    chance = np.random.default_rng(0)
    for number in range(3):
        pixels = chance.integers(0, 3000, (3, 128, 130)) / (1 if dtype.kind == "u" else 10_000)
        pixels = pixels.astype(dtype)
        if dtype.kind == "f":
            pixels[0, 5, 5:9] = np.nan
            pixels[1, 6, 6] = 3e38
        moved = TRANSFORM @ Affine.translation(1000 * number, 0)
        write_raster(folder / f"{number}.tif", pixels, transform=moved, nodata=0)
        with rasterio.open(folder / f"{number}.tif", "r+") as dataset:
            dataset.descriptions = ("B02", "B03", "B04")
