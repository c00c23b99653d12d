"""Bundles: read back as written, refused in one clear line, and what images a model takes."""

from __future__ import annotations

import io
import json
import pickle
import re
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from s2label_training.bundle import (
    RECORD_NAME,
    WEIGHTS_NAME,
    check_values,
    read_record,
    refusal,
    verify_weights,
    write_record,
)

from s2label.errors import InputError
from s2label.types import BandRaster, ImageRecord, Source
from tests.factories.shelf import BANDS, WEIGHTS, record, write_bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Spoil = Callable[[Path], object]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return the folder of a whole bundle."""
    return write_bundle(tmp_path)


def change(**fields: Any) -> Spoil:
    """Return what changes fields of a bundle's record."""

    def spoil(folder: Path) -> None:
        path = folder / RECORD_NAME
        document = json.loads(path.read_text("utf-8")) | fields
        path.write_text(json.dumps(document), "utf-8")

    return spoil


def put(name: str, data: bytes) -> Spoil:
    """Return what writes a file into a bundle."""
    return lambda folder: (folder / name).write_bytes(data)


def remove(name: str) -> Spoil:
    """Return what removes a file from a bundle."""
    return lambda folder: (folder / name).unlink()


def both(*spoils: Spoil) -> Spoil:
    """Return what does one after the other."""
    return lambda folder: [spoil(folder) for spoil in spoils]


def zipped() -> bytes:
    """Return a zip file as torch.save makes them."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    return data.getvalue()


# -- the record ------------------------------------------------------------------------------------


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    metrics = {"headline": 0.5, "classes": [{"name": "vessel", "iou": None, "pixels": 12}]}
    written = record(metrics=metrics, parent="vessels-0")

    write_record(tmp_path, written)

    assert read_record(tmp_path) == written


def test_a_score_that_is_no_number_stays_json(tmp_path: Path) -> None:
    write_record(tmp_path, record(metrics={"headline": float("nan")}))

    assert read_record(tmp_path).metrics == {"headline": None}


def test_values_of_the_networks_outputs_come_from_its_classes() -> None:
    assert record().class_values == (0, 1)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(remove(RECORD_NAME), r"no model\.json; expected .*copy", id="no record"),
        pytest.param(put(RECORD_NAME, b'{"id": '), r"model\.json: not JSON", id="cut short"),
        pytest.param(put(RECORD_NAME, b"[]"), r"model\.json: not a JSON object", id="a list"),
        pytest.param(put(RECORD_NAME, b"\xff\xfe\x00"), r"model\.json: not JSON", id="no text"),
        pytest.param(change(format=2), r"newer program \(format 2\).*update s2label", id="newer"),
        pytest.param(change(format="1"), r"format: found \"1\", expected 1", id="format as text"),
        pytest.param(change(gsd_m="10"), r"gsd_m: found \"10\", expected a number", id="a text"),
        pytest.param(change(colour=1), r"colour: no such field, expected one of", id="unknown"),
        pytest.param(change(id="../../etc"), r"id: found \"\.\./\.\./etc\"", id="id is a path"),
        pytest.param(change(bands=[]), r"offset: found 4 .* one per channel, 0", id="channels"),
        pytest.param(change(scale=[1, 1, 0, 1]), r"scale: found 0", id="scale 0"),
        pytest.param(
            change(classes=[{"value": 0, "name": "background"}]),
            r"classes\[0\]\.colour: nothing there",
            id="class without colour",
        ),
        pytest.param(
            change(classes=[{"value": 254, "name": "sea", "colour": "#0000ff"}]),
            r"classes\[0\]\.value: found 254",
            id="class value",
        ),
        pytest.param(put(RECORD_NAME, b"[" * 100_000), r"model\.json: not JSON", id="deep"),
    ],
)
def test_a_damaged_record_is_refused_in_one_line(bundle: Path, spoil: Spoil, words: str) -> None:
    spoil(bundle)

    with pytest.raises(InputError, match=words) as refused:
        read_record(bundle)

    assert str(refused.value).startswith(str(bundle))
    assert "\n" not in str(refused.value)


def test_a_folder_that_is_not_there_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"vessels-9: no such model"):
        read_record(tmp_path / "vessels-9")


def test_pickled_weights_alone_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "best.pth").write_bytes(zipped())

    with pytest.raises(InputError, match=r"best\.pth: looks pickled.*\.safetensors"):
        read_record(tmp_path)


# -- the weights -----------------------------------------------------------------------------------


def test_weights_of_the_record_are_taken(bundle: Path) -> None:
    assert verify_weights(bundle, read_record(bundle)) == bundle / WEIGHTS_NAME


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(remove(WEIGHTS_NAME), r"no weights\.safetensors", id="missing"),
        pytest.param(
            both(remove(WEIGHTS_NAME), put("model.ckpt", zipped())),
            r"model\.ckpt: looks pickled",
            id="a checkpoint instead",
        ),
        pytest.param(put(WEIGHTS_NAME, zipped()), "is pickled, and could run code", id="zip"),
        pytest.param(
            put(WEIGHTS_NAME, pickle.dumps({"weight": 1})), "is pickled", id="pickle with its name"
        ),
        pytest.param(put(WEIGHTS_NAME, b""), "no safetensors file, or cut short", id="empty"),
        pytest.param(put(WEIGHTS_NAME, WEIGHTS[:9]), "cut short", id="cut short"),
        pytest.param(put(WEIGHTS_NAME, WEIGHTS + b"\x00"), "changed or damaged", id="changed"),
    ],
)
def test_other_weights_are_refused_in_one_line(bundle: Path, spoil: Spoil, words: str) -> None:
    spoil(bundle)

    with pytest.raises(InputError, match=words) as refused:
        verify_weights(bundle, read_record(bundle))

    assert str(bundle) in str(refused.value)
    assert "\n" not in str(refused.value)


# -- which images it takes -------------------------------------------------------------------------


def image(bands: tuple[str, ...] = BANDS, quantification: float = 10_000) -> ImageRecord:
    """Return an image with these bands."""
    source = Source("a.tif", 1, 1, "")
    rasters = tuple(BandRaster(name, source, quantification=quantification) for name in bands)
    return ImageRecord("p0-20180105", "p0", "a", "2018-01-05", rasters)


def reflectance(value: float, **bands: float) -> NDArray[np.float32]:
    """Return an image (band, y, x) about that bright, some bands all alike, with some nodata."""
    values = np.random.default_rng(0).normal(value, value / 10, (len(BANDS), 8, 8))
    for name, of_band in bands.items():
        values[BANDS.index(name)] = of_band
    values[:, :2] = np.nan
    return values.astype(np.float32)


@pytest.mark.parametrize(
    ("found", "gsd_m", "words"),
    [
        pytest.param(image(), 10, "", id="the same bands"),
        pytest.param(image((*BANDS[::-1], "B11")), None, "", id="more, in another order"),
        pytest.param(image(("B02", "B03")), 10, "no B04 B08; .* B02 B03 B04 B08", id="fewer"),
        pytest.param(image(quantification=0), 10, "--quantification", id="no scale"),
        pytest.param(image(), 20, "pixels of 20 m; .* 10 m", id="larger pixels"),
    ],
)
def test_an_image_is_refused_for_bands_scale_and_pixels(
    found: ImageRecord, gsd_m: float | None, words: str
) -> None:
    told = refusal(record(), found, gsd_m)

    assert re.search(words, told) if words else told == ""


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(reflectance(0.1), id="as learnt from"),
        pytest.param(reflectance(1.2), id="cloud all over"),
        pytest.param(reflectance(0.002), id="deep shade"),
        pytest.param(reflectance(0.05, B08=0.0), id="dark water"),
        pytest.param(np.full((len(BANDS), 4, 4), np.nan, np.float32), id="nodata only"),
    ],
)
def test_reflectance_of_any_weather_is_taken(values: NDArray[np.float32]) -> None:
    assert check_values(record(), values) == ""


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param(reflectance(1_500), "half of B02 lies above", id="DN"),
        pytest.param(reflectance(40), "half of B02 lies above", id="8 bit"),
        pytest.param(reflectance(0.1) / 10_000, "all of B02 lies below", id="divided twice"),
    ],
)
def test_numbers_of_another_scale_are_refused(values: NDArray[np.float32], words: str) -> None:
    told = check_values(record(), values)

    assert told.startswith(words)
    assert "--quantification" in told
