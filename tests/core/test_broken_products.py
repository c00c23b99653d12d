"""Every damaged product is told in one line; what can still be read of it comes in."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from s2label.classes import VESSELS
from s2label.errors import InputError
from s2label.importers.contract import ImportContext
from s2label.importers.options import ImportOptions
from s2label.importers.recognise import choose_importer
from s2label.importers.safe.importer import find_scenes
from s2label.raster import RasterPool
from tests.factories.broken_products import DAMAGES, band
from tests.factories.products import Recipe, write_product, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2label.importers.scene import Scene


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Recipe, Path], Path]:
    """Return what copies a product; each kind is written only once."""
    kept = tmp_path_factory.mktemp("products")
    known: dict[str, Path] = {}

    def copy(recipe: Recipe, folder: Path) -> Path:
        key = f"{recipe.name}-{recipe.has_metadata}"
        if key not in known:
            known[key] = write_product(kept / key, recipe)
        return shutil.copytree(known[key], folder / known[key].name)

    return copy


def read(source: Path, **options: object) -> list[Scene]:
    asked = ImportOptions.model_validate(options)
    assert type(choose_importer(source, asked.kind)).__name__ == "SafeImporter"
    with RasterPool() as pool:
        return find_scenes(source, ImportContext(asked, VESSELS, pool), None)


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_product_is_told_in_one_line(
    name: str, made: Callable[[Recipe, Path], Path], tmp_path: Path
) -> None:
    damage = DAMAGES[name]
    safe = made(damage.recipe, tmp_path)
    done = damage.do(safe)
    source = done if isinstance(done, Path) else safe
    if damage.is_read:
        scenes = read(source, **damage.options)
        notes = [note for scene in scenes for note in scene.notes]
        assert [note for note in notes if damage.words in note]
    else:
        with pytest.raises(InputError, match=r".") as caught:
            read(source, **damage.options)
        assert damage.words in str(caught.value)
        notes = [str(caught.value)]
    assert all("\n" not in note and str(tmp_path) in note.split(": ")[0] for note in notes)


def test_a_sound_product_needs_no_note(
    made: Callable[[Recipe, Path], Path], tmp_path: Path
) -> None:
    for recipe in (Recipe(), Recipe("L2A", "05.09")):
        (scene,) = read(made(recipe, tmp_path))
        assert scene.notes == ()


def test_a_band_cut_short_after_its_header_is_told_when_its_pixels_are_read(
    made: Callable[[Recipe, Path], Path], tmp_path: Path
) -> None:
    safe = made(Recipe(), tmp_path)
    path = band(safe, "B03")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    unit = read(safe)[0].units()[0].prepared()
    with pytest.raises(InputError, match=r"B03\.jp2: damaged or cut short"):
        unit.examine()


@pytest.mark.skipif(os.name != "posix", reason="only there a name may hold a brace")
def test_a_zip_that_gdal_could_not_name_says_what_to_rename(
    made: Callable[[Recipe, Path], Path], tmp_path: Path
) -> None:
    archive = zipped(made(Recipe(), tmp_path), tmp_path / "a{b.zip")
    with pytest.raises(InputError, match="rename the file"):
        read(archive)
