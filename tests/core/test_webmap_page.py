"""The map of a result: what stands in the page, what it refuses."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.classes import LANDCOVERNET
from s2label.errors import InputError, MissingExtraError
from s2label.types import LabelClass
from s2label.webmap import page as page_module
from s2label.webmap.facts import time_words
from s2label.webmap.page import write_map
from tests.factories.commands import do, run
from tests.factories.mapped import (
    MERCATOR,
    UTM,
    record_of,
    write_result,
)

if TYPE_CHECKING:
    from pathlib import Path


HOSTILE = '<script>alert("x")</script></script><img src=x onerror=alert(1)>'


@pytest.mark.parametrize("objects", [True, False], ids=["objects", "no objects"])
def test_the_page_names_nothing_outside_itself(tmp_path: Path, objects: bool) -> None:
    result = write_result(tmp_path)
    out = tmp_path / "port.html"
    write_map(out, result.rgb, result.classes, result.objects if objects else None)
    text = out.read_text("utf-8")
    markup = re.sub(r"<script[^>]*>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.findall(r"https?://(?!basemaps\.cartocdn\.com)", markup)
    assert not re.findall(r"""(?:src|href)=(?!["']data:)""", markup)
    assert not re.findall(r"url\(|@import", markup)
    assert markup.count("default-src 'none'") == 1
    assert len(text) < 2_000_000
    assert ("Outlines of objects" in markup) is objects


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    table = dataclasses.replace(LANDCOVERNET, classes=(LabelClass(1, HOSTILE, "#ff0000"),))
    record = record_of(table, HOSTILE, model=HOSTILE, time=HOSTILE, notes=(HOSTILE,))
    result = write_result(tmp_path, record=record)
    out = tmp_path / "port.html"
    write_map(out, result.rgb, result.classes, result.objects)
    text = out.read_text("utf-8")
    assert "alert(" in text
    assert "<script>alert" not in text
    assert "<img" not in text.split("<script>")[0]
    document, settings = re.findall(r'json" id="\w+">(.*?)</script>', text, re.DOTALL)
    assert json.loads(document)["target_id"] == "plot"
    assert json.loads(settings)["classes"] == [1]
    assert HOSTILE not in text


def test_the_page_says_what_the_result_says(tmp_path: Path) -> None:
    record = record_of(notes=("12 tiles of land were skipped.",))
    result = write_result(tmp_path, record=record)
    do("map", result.classes, result.rgb, tmp_path / "m.html", "--objects", result.objects)
    text = (tmp_path / "m.html").read_text("utf-8").split("<script>")[0]
    for words in (
        "<h1>port one</h1>",
        "17 August 2023, 10:56 UTC",
        "Model vessels_unet-1",
        "3 objects, 4.08 km² looked at",
        "vessel<small>3</small>",
        "12 tiles of land were skipped.",
        "Sentinel data 2023",
    ):
        assert words in text


def test_shares_of_land_cover_are_those_of_the_raster(tmp_path: Path) -> None:
    mask = np.full(UTM.shape, 1, np.uint8)
    mask[:, :60] = 3
    mask[:60] = 254
    result = write_result(tmp_path, record=record_of(LANDCOVERNET, time=None), mask=mask)
    write_map(tmp_path / "m.html", result.rgb, result.classes)
    text = (tmp_path / "m.html").read_text("utf-8")
    assert "Water<small>75.0%</small>" in text
    assert "Natural Bareground<small>25.0%</small>" in text
    assert "2.88 km² looked at" in text


def test_a_page_that_would_be_too_large_is_drawn_coarser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = write_result(tmp_path)
    write_map(tmp_path / "whole.html", result.rgb, result.classes)
    monkeypatch.setattr(page_module, "MOST_PX", 100_000)
    monkeypatch.setattr(page_module, "MOST_LETTERS", 900)
    write_map(tmp_path / "less.html", result.rgb, result.classes)
    pages = [(tmp_path / name).read_text("utf-8") for name in ("whole.html", "less.html")]
    letters = [
        sum(map(len, re.findall(r"data:image/[^\"]*", page.split('id="document"')[1])))
        for page in pages
    ]
    assert letters[1] <= 900 < letters[0]


@pytest.mark.parametrize(
    ("time", "words"),
    [(None, ""), ("2023-08-17", "17 August 2023"), ("soon", "soon")],
    ids=["none", "date", "no time"],
)
def test_times_become_words(time: str | None, words: str) -> None:
    assert time_words(time) == words


def test_a_map_without_bokeh_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"napari-s2label\[map\]"):
        page_module.require_map_extra()
    with pytest.raises(MissingExtraError):
        write_map(tmp_path / "m.html", tmp_path / "a", tmp_path / "b")


def test_objects_of_another_result_are_refused(tmp_path: Path) -> None:
    result = write_result(tmp_path)
    for record in (record_of(scene="port two"), record_of(model="vessels_unet-2")):
        (tmp_path / record.model).mkdir()
        other = write_result(tmp_path / record.model, record=record)
        words = f"objects of {record.scene} by {record.model}; expected those of port one by"
        with pytest.raises(InputError, match=words):
            write_map(tmp_path / "m.html", result.rgb, result.classes, other.objects)
    assert not (tmp_path / "m.html").exists()


def test_only_a_class_raster_is_drawn_as_classes(tmp_path: Path) -> None:
    result, out = write_result(tmp_path), tmp_path / "m.html"
    with pytest.raises(InputError, match="holds the picture of a result; expected the classes"):
        write_map(out, result.rgb, result.rgb)
    assert not out.exists()


def test_rasters_that_are_no_result_are_refused(tmp_path: Path) -> None:
    result = write_result(tmp_path)
    (tmp_path / "far").mkdir()
    far = write_result(tmp_path / "far", MERCATOR)
    out = tmp_path / "m.html"
    with pytest.raises(InputError, match="1 bands of uint8"):
        write_map(out, result.classes, result.classes)
    with pytest.raises(InputError, match="other ground"):
        write_map(out, far.rgb, result.classes)
    assert run("map", result.objects, result.rgb, out).code == 1
    with pytest.raises(InputError, match="no such folder"):
        write_map(tmp_path / "none" / "m.html", result.rgb, result.classes)
    polar = dataclasses.replace(UTM, crs="EPSG:3413", transform=(10, 0, -1200, 0, -10, 900))
    (tmp_path / "polar").mkdir()
    pole = write_result(tmp_path / "polar", polar)
    with pytest.raises(InputError, match="Web Mercator cannot show"):
        write_map(out, pole.rgb, pole.classes)
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no FeatureCollection"),
        ('{"type": "FeatureCollection", "features": [{}]}', "feature 1 is damaged"),
        (
            '{"type": "FeatureCollection", "features": [{"properties": {}, '
            '"geometry": {"type": "Point", "coordinates": [1, 2]}}]}',
            "a geometry of type Point",
        ),
    ],
    ids=["cut", "deep", "list", "empty feature", "point"],
)
def test_broken_objects_are_refused(tmp_path: Path, text: str, words: str) -> None:
    result = write_result(tmp_path)
    result.objects.write_text(text)
    with pytest.raises(InputError, match=words):
        write_map(tmp_path / "m.html", result.rgb, result.classes, result.objects)


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("precious.txt", "precious.txt: the suffix '.txt'; expected .html or .htm for the map"),
        ("port.tif", "port.tif: the suffix '.tif'"),
        ("far/../port.html", "port.html: is read for this result"),
        ("far.html", "far.html: a folder; expected a file for the map"),
        ("", "a folder"),
    ],
    ids=["text", "raster", "objects", "folder", "nothing"],
)
def test_a_map_replaces_nothing_that_is_no_map(tmp_path: Path, out: str, words: str) -> None:
    result = write_result(tmp_path)
    for folder in ("far", "far.html"):
        (tmp_path / folder).mkdir()
    (tmp_path / "precious.txt").write_text("mine")
    objects = result.objects.rename(tmp_path / "port.html")
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    printed = run("map", result.classes, result.rgb, tmp_path / out, "--objects", objects)
    assert (printed.code, printed.err.count("\n")) == (1, 1)
    assert words in printed.err
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
