"""Thumbnails: drawn once, kept on disk, never wrong and never in the way."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import InputError
from s2label.project import open_project
from s2label.raster import RasterPool
from s2label.review.thumbnail_cache import ThumbnailCache
from s2label.review.thumbnails import (
    KEPT_SIDE_PX,
    ThumbnailLook,
    Thumbnails,
    draw_outlines,
    scale,
)
from s2label.stretch import Stretch
from s2label.types import NOT_LABELLED, ImageRecord, Verdict
from tests.factories.projects import DATES, STRETCH, apart, decide, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.chip_views import ChipView
    from s2label.project import Project
    from s2label.types import ClassTable

LOOK = ThumbnailLook(side_px=64)
IMAGE = ImageRecord("port-20200601-abcd", "port", "scene", "2020-06-01", ())
GREY = np.full((8, 8, 3), 128, np.uint8)


@contextmanager
def project_of(
    folder: Path, count: int = 1, classes: ClassTable = LANDCOVERNET, side_px: int = 32
) -> Iterator[Project]:
    """Make a project with places far apart and open it."""
    made = make_project(folder, apart(count, side_px=side_px), classes)
    with open_project(made, write=True) as project:
        yield project


def first_chip(project: Project) -> ChipView:
    """Return the first image with place and mask."""
    chip = project.catalog.chip(project.catalog.image_ids()[0])
    assert chip is not None
    return chip


def draw(project: Project, chip: ChipView, look: ThumbnailLook = LOOK) -> NDArray[np.uint8]:
    """Draw with nothing in memory, only what is on disk."""
    with RasterPool() as pool:
        return Thumbnails(project, pool).draw(chip, look)


def kept(project: Project) -> list[Path]:
    """Return the files of the cache."""
    return sorted((project.folder / "thumbnails").glob("*/*"))


def test_a_thumbnail_is_drawn_once(tmp_path: Path) -> None:
    with project_of(tmp_path) as project:
        chip = first_chip(project)
        first = draw(project, chip)
        os.unlink(chip.image.bands[0].source.path)
        np.testing.assert_array_equal(draw(project, chip), first)
        assert first.shape == (64, 64, 3)


def test_a_source_that_cannot_be_read_is_said_and_not_kept(tmp_path: Path) -> None:
    with project_of(tmp_path) as project:
        chip = first_chip(project)
        os.unlink(chip.image.bands[0].source.path)
        with pytest.raises(InputError, match="no such file"):
            draw(project, chip)
        assert kept(project) == []


def test_another_version_and_another_stretch_are_drawn_anew(tmp_path: Path) -> None:
    with project_of(tmp_path) as project:
        chip = first_chip(project)
        dark = draw(project, chip)
        draw(project, replace(chip, image=replace(chip.image, version=2)))
        limits = dict.fromkeys(STRETCH.limits, (0.0, 0.1))
        project.keep_stretch(replace(STRETCH, limits=limits))
        assert draw(project, chip).mean() > dark.mean()
        assert len(kept(project)) == 3


@pytest.mark.parametrize("damage", [b"", b"no picture", None], ids=["empty", "other", "cut short"])
def test_a_damaged_thumbnail_is_drawn_anew(tmp_path: Path, damage: bytes | None) -> None:
    with project_of(tmp_path) as project:
        chip = first_chip(project)
        whole = draw(project, chip)
        (path,) = kept(project)
        path.write_bytes(path.read_bytes()[:200] if damage is None else damage)
        np.testing.assert_array_equal(draw(project, chip), whole)


def test_the_folder_can_be_deleted_at_any_time(tmp_path: Path) -> None:
    with project_of(tmp_path) as project:
        chip = first_chip(project)
        draw(project, chip)
        for path in kept(project):
            path.unlink()
            path.parent.rmdir()
        (project.folder / "thumbnails").rmdir()
        assert draw(project, chip).any()


def test_without_room_on_the_disk_thumbnails_are_drawn_all_the_same(tmp_path: Path) -> None:
    with project_of(tmp_path) as project:
        (project.folder / "thumbnails").rmdir()
        (project.folder / "thumbnails").touch()
        assert draw(project, first_chip(project)).any()


def test_large_chips_are_kept_small(tmp_path: Path) -> None:
    with project_of(tmp_path, side_px=300) as project:
        chip = first_chip(project)
        assert draw(project, chip, ThumbnailLook(96)).shape == (96, 96, 3)
        kept_rgb = ThumbnailCache(project.folder / "thumbnails").read(chip.image, STRETCH)
        assert kept_rgb is not None
        assert kept_rgb.shape == (KEPT_SIDE_PX, KEPT_SIDE_PX, 3)


def test_a_full_cache_throws_away_what_was_not_used_for_longest(tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path / "thumbnails")
    images = [replace(IMAGE, id=f"image-{number}") for number in range(4)]
    for number, image in enumerate(images):
        cache.write(image, Stretch(), GREY)
        (path,) = (tmp_path / "thumbnails").glob(f"*/image-{number}.1.png")
        os.utime(path, (number, number))
    assert cache.read(images[0], Stretch()) is not None  # used just now
    size_bytes = path.stat().st_size
    full = ThumbnailCache(tmp_path / "thumbnails", limit_bytes=4 * size_bytes)
    full.write(replace(IMAGE, id="image-4"), Stretch(), GREY)
    left = {path.name for path in (tmp_path / "thumbnails").glob("*/*")}
    assert left == {"image-0.1.png", "image-3.1.png", "image-4.1.png"}


def test_what_a_crash_left_half_written_is_no_thumbnail(tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path)
    cache.write(IMAGE, Stretch(), GREY)
    (path,) = tmp_path.glob("*/*")
    path.rename(path.with_name(f".{path.stem}.part.png"))
    assert cache.read(IMAGE, Stretch()) is None
    assert ThumbnailCache(tmp_path, limit_bytes=0).prune() == 0


@pytest.mark.parametrize(
    ("shape", "side_px", "expected"),
    [((2, 2), 4, (4, 4)), ((4, 2), 2, (2, 1)), ((3, 3), 3, (3, 3)), ((500, 1), 5, (5, 1))],
    ids=["up", "down", "as it is", "never to nothing"],
)
def test_scaling_keeps_the_shape(
    shape: tuple[int, int], side_px: int, expected: tuple[int, int]
) -> None:
    assert scale(np.zeros((*shape, 3), np.uint8), side_px).shape == (*expected, 3)


def test_scaling_up_invents_no_values_and_down_averages() -> None:
    rgb = np.zeros((2, 2, 3), np.uint8)
    rgb[0, 0] = 200
    assert np.unique(scale(rgb, 3)).tolist() == [0, 200]
    assert scale(rgb, 1)[0, 0].tolist() == [50, 50, 50]


def test_an_outline_leaves_what_it_surrounds_visible() -> None:
    classes = np.zeros((5, 5), np.uint8)
    classes[2, 2:4] = 1
    rgb = np.zeros((5, 5, 3), np.uint8)
    draw_outlines(rgb, classes, VESSELS)
    is_line = (rgb == VESSELS.classes[0].rgb).all(axis=-1)
    assert not is_line[classes == 1].any()
    assert np.argwhere(is_line).tolist() == [[1, 2], [1, 3], [2, 1], [2, 4], [3, 2], [3, 3]]


def test_between_two_classes_the_line_is_one_pixel_wide() -> None:
    classes = np.repeat(np.array([[1, 1, 2, 2]], np.uint8), 4, axis=0)
    rgb = np.zeros((4, 4, 3), np.uint8)
    draw_outlines(rgb, classes, LANDCOVERNET)
    assert rgb.any(axis=-1).tolist() == [[False, True, False, False]] * 4


def test_unlabelled_ground_gets_no_outline_of_its_own() -> None:
    rgb = np.zeros((4, 4, 3), np.uint8)
    draw_outlines(rgb, np.array([[0, NOT_LABELLED], [255, 0]], np.uint8), LANDCOVERNET)
    assert not rgb.any()


def test_outlines_are_drawn_over_the_picture_and_not_kept(tmp_path: Path) -> None:
    with project_of(tmp_path) as project:
        chip = first_chip(project)
        outlined = draw(project, chip, replace(LOOK, is_outlined=True))
        plain = draw(project, chip)
        assert (outlined != plain).any()
        assert len(kept(project)) == 1


def test_a_key_tells_apart_what_looks_different(tmp_path: Path) -> None:
    with project_of(tmp_path) as project, RasterPool() as pool:
        chip, thumbnails = first_chip(project), Thumbnails(project, pool)
        assert chip.mask is not None
        repainted = replace(chip, mask=replace(chip.mask, version=2))
        assert thumbnails.key(chip, LOOK) == thumbnails.key(repainted, LOOK)
        outlined = replace(LOOK, is_outlined=True)
        assert thumbnails.key(chip, outlined) != thumbnails.key(repainted, outlined)
        assert thumbnails.key(chip, outlined) != thumbnails.key(chip, LOOK)


@pytest.mark.parametrize("classes", [LANDCOVERNET, VESSELS], ids=["static", "moving"])
def test_chips_that_are_read_together_are_those_read_alone(
    tmp_path: Path, classes: ClassTable
) -> None:
    with project_of(tmp_path, 3, classes) as project:
        ids = project.catalog.image_ids()
        decide(project, Verdict.REJECT, ids[1], reason="cloudy")
        together = project.catalog.chips([*ids, "no such image"])
        assert together == {id_: project.catalog.chip(id_) for id_ in ids}
        assert together[ids[1]].image_reason == "cloudy"


def test_a_mask_of_a_place_is_shown_with_its_clearest_date(tmp_path: Path) -> None:
    with project_of(tmp_path, 2) as project:
        first, second, *_ = project.catalog.image_ids()
        masks = {row["id"] for row in project.catalog.list_masks()}
        image_of = project.catalog.images_of_masks()
        assert image_of.keys() == masks
        assert first in image_of.values()
        decide(project, Verdict.REJECT, first, reason="cloudy")
        assert second in project.catalog.images_of_masks().values()


def test_a_mask_of_an_image_is_shown_with_it(tmp_path: Path) -> None:
    with project_of(tmp_path, 1, VESSELS) as project:
        shown = project.catalog.images_of_masks()
        assert sorted(shown.values()) == project.catalog.image_ids()
        assert len(shown) == len(DATES)
        for mask_id, image_id in shown.items():
            found = project.catalog.place_of_mask(mask_id)
            assert found is not None
            assert found[1] == image_id
