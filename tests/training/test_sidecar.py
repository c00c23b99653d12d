"""Published sidecars: read as bands and maxima, as a recipe, and never expanded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from s2label_training.recipe import find_recipe
from s2label_training.sidecar import NDVI, read_sidecar, recipe_of_sidecar

from s2label.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """<?xml version="1.0" encoding="utf-8"?>
<training_parameters>
	<bands>0,3,6</bands>
	<ndvi>False</ndvi>
	<padding>0</padding>
	<max_values>10000.0,12500.0,500.0</max_values>
	<exclusion>none</exclusion>
	<filters>32</filters>
	<dropout>0.25</dropout>
	<batch_size>8</batch_size>
	<loss>dice</loss>
</training_parameters>"""
BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a sidecar."""
    return write(tmp_path, TEXT)


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "unet 2020.xml"
    path.write_text(text, encoding)
    return path


def test_band_numbers_count_from_0_into_the_authors_stack(path: Path) -> None:
    sidecar = read_sidecar(path)

    assert sidecar.bands == ("B02", "B08", "B8A")
    assert sidecar.maxima_reflectance == (1.0, 1.25, 0.05)
    assert (sidecar.filters, sidecar.dropout, sidecar.batch_size) == (32, 0.25, 8)
    assert (sidecar.loss, sidecar.has_ndvi) == ("dice", False)


def test_a_sidecar_is_a_recipe_too(path: Path) -> None:
    recipe = find_recipe(path)

    assert recipe == recipe_of_sidecar(path)
    assert recipe.name == "unet-2020"
    assert recipe.input.bands == ("B02", "B08", "B8A")
    assert (recipe.input.normalisation, recipe.input.sidecar) == ("sidecar", str(path))
    assert (recipe.network.architecture, recipe.network.filters) == ("unet", 32)
    assert (recipe.network.dropout, recipe.fit.batch_size) == (0.25, 8)
    assert recipe.loss.terms == {"dice": 1.0}


@pytest.mark.parametrize("maxima", ["1,2", "1,2,0.9"])
def test_ndvi_is_one_more_channel_with_or_without_a_maximum(tmp_path: Path, maxima: str) -> None:
    text = TEXT.replace("False", "True").replace("0,3,6", "2,3")
    path = write(tmp_path, text.replace("10000.0,12500.0,500.0", maxima))

    assert read_sidecar(path).maxima_reflectance == (1e-4, 2e-4)
    assert recipe_of_sidecar(path).input.indices == (NDVI,)


def test_the_published_file_reads_as_its_author_meant_it(real_data: Path) -> None:
    folder = real_data / "sidecar" / "trained_model"
    found = sorted(folder.glob("*.xml"))
    if not found:
        pytest.skip("the published sidecar is not among the real data")

    sidecar = read_sidecar(found[0])
    recipe = recipe_of_sidecar(found[0])

    assert sidecar.bands == ("B03", "B04", "B08", "B11", "B12")
    assert sidecar.maxima_reflectance == (1.1813, 1.4438, 1.4576, 1.5872, 1.5974)
    assert (recipe.network.filters, recipe.network.dropout) == (64, 0.5)
    assert (recipe.fit.batch_size, recipe.loss.terms) == (128, {"jaccard": 1.0})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "no XML", id="empty"),
        pytest.param(TEXT[:200], "no XML", id="cut short"),
        pytest.param("<a/>", "found <a>; expected <training_parameters>", id="another root"),
        pytest.param(TEXT.replace("0,3,6", "0,3,7"), r"bands\[2\]: found \"7\", .*below 7", id="7"),
        pytest.param(TEXT.replace("0,3,6", "0,3,3"), "bands: found .*each one once", id="twice"),
        pytest.param(TEXT.replace("0,3,6", "red"), r"bands\[0\]: found \"red\"", id="a word"),
        pytest.param(TEXT.replace("0,3,6", "0,3"), "max_values: found 3, expected 2", id="count"),
        pytest.param(TEXT.replace("500.0", "0"), r"max_values\[2\]: found \"0\"", id="maximum 0"),
        pytest.param(TEXT.replace("500.0", "nan"), r"max_values\[2\]: found \"nan\"", id="nan"),
        pytest.param(TEXT.replace("False", "perhaps"), "ndvi: found", id="ndvi"),
        pytest.param(TEXT.replace("dice", "hinge"), "loss: found 'hinge', expected jac", id="loss"),
        pytest.param(
            TEXT.replace("<filters>32</filters>", ""), "filters: nothing there", id="no filters"
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, text)

    with pytest.raises(InputError, match=words) as refused:
        read_sidecar(path)

    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


def test_a_network_that_cannot_be_built_is_told_when_it_is_to_be_trained(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT.replace("<filters>32<", "<filters>9999<"))

    with pytest.raises(InputError, match=r"network\.filters: found 9999"):
        recipe_of_sidecar(path)


@pytest.mark.parametrize(
    "declared",
    [
        pytest.param(f'<!DOCTYPE x [<!ENTITY a0 "dice">{BOMB}]>', id="entities in entities"),
        pytest.param('<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/hostname">]>', id="a file"),
        pytest.param('<!DOCTYPE x SYSTEM "http://localhost/x.dtd">', id="an address"),
        pytest.param('<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname">%p;]>', id="a part"),
    ],
)
def test_a_file_with_entities_is_refused_before_it_is_parsed(tmp_path: Path, declared: str) -> None:
    text = TEXT.replace("<training_parameters>", declared + "<training_parameters>")
    path = write(tmp_path, text.replace(">dice<", ">&a9;<"))

    with pytest.raises(InputError, match="declares a document type"):
        read_sidecar(path)


def test_entities_are_not_hidden_by_another_encoding(tmp_path: Path) -> None:
    text = TEXT.replace("<training_parameters>", "<!DOCTYPE x><training_parameters>")

    with pytest.raises(InputError, match="not UTF-8"):
        read_sidecar(write(tmp_path, text, "utf-16"))


def test_an_entity_that_nobody_declared_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="undefined entity"):
        read_sidecar(write(tmp_path, TEXT.replace(">dice<", ">&a9;<")))


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at most 64 KiB"):
        read_sidecar(write(tmp_path, TEXT + " " * 70_000))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_sidecar(tmp_path / "none.xml")
