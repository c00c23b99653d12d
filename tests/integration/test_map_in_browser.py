"""A map as people use it: in a browser without network, by mouse."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from pyproj import Geod, Transformer

from s2label.types import LabelClass
from s2label.webmap.page import BASE_MAP_HOST, write_map
from tests.factories.browser import (
    ask,
    open_page,
    read_errors,
    read_requests,
    set_online,
    start_browser,
    wait_for,
    wait_until_drawn,
)
from tests.factories.mapped import UTM, VESSELS_PX, lonlat_of, record_of, write_result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from selenium.webdriver import Chrome

HOSTILE = '<img src=x onerror="window.stung = 1">'


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    yield from start_browser()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("map")
    hostile = (LabelClass(1, HOSTILE, "#ff3b30"),)
    result = write_result(folder, record=record_of(scene=HOSTILE, classes=hostile))
    write_map(folder / "port.html", result.rgb, result.classes, result.objects)
    return folder / "port.html"


@pytest.fixture
def opened(chrome: Chrome, page: Path) -> Iterator[Chrome]:
    """Open the page; nothing may go wrong in it, and nothing be asked of the network."""
    set_online(chrome, False)
    open_page(chrome, page)
    yield chrome
    assert read_requests(chrome) == [page.as_uri()]
    assert read_errors(chrome) == []
    assert not ask(chrome, "return window.stung")


def place_of(number: int) -> tuple[float, float]:
    """Return the middle of a vessel in metres of the map, by pyproj alone."""
    row, column, height, width = VESSELS_PX[number]
    lonlat = lonlat_of(UTM, column + width / 2, row + height / 2)
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(*lonlat)
    return float(x), float(y)


def on_screen(chrome: Chrome, place: tuple[float, float]) -> tuple[float, float]:
    """Return where a place of the map is in the window, in pixels."""
    left, top = ask(
        chrome,
        f"""return [
        corner.left + box.left + ({place[0]} - map.x_range.start)
          / (map.x_range.end - map.x_range.start) * box.width,
        corner.top + box.bottom - ({place[1]} - map.y_range.start)
          / (map.y_range.end - map.y_range.start) * box.height]""",
    )
    return left, top


def red_of(chrome: Chrome) -> NDArray[np.bool_]:
    """Return which pixels of the window have the colour of vessels."""
    picture = Image.open(io.BytesIO(chrome.get_screenshot_as_png())).convert("RGB")
    red, green, _ = np.moveaxis(np.asarray(picture).astype(int), -1, 0)
    return np.asarray(red - green > 60)


def press(chrome: Chrome, layer: str) -> None:
    chrome.find_element("css selector", f"[data-layer={layer}]").click()
    wait_until_drawn(chrome)


def point_at(chrome: Chrome, number: int, click: bool = False) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    left, top = on_screen(chrome, place_of(number))
    act = ActionChains(chrome)
    pointer = act.w3c_actions.pointer_action
    pointer.move_to_location(round(left), round(top))  # type: ignore[no-untyped-call]
    (act.click() if click else act).perform()


def test_a_vessel_is_drawn_where_pyproj_says(opened: Chrome) -> None:
    press(opened, "objects")
    x, y = place_of(0)
    ask(opened, f"lookAt({x}, {y}, 2)")
    wait_until_drawn(opened)
    rows, columns = np.nonzero(red_of(opened)[:, :1000])
    left, top = on_screen(opened, (x, y))
    # A pixel of the screen is 2 m of the map here; half a pixel of 20 m on the ground is 10 m.
    assert abs((columns.min() + columns.max() + 1) / 2 - left) < 5
    assert abs((rows.min() + rows.max() + 1) / 2 - top) < 5


def test_a_click_on_a_layer_hides_and_shows_it(opened: Chrome) -> None:
    press(opened, "objects")
    before = red_of(opened)[:, :1000].sum()
    press(opened, "class-1")
    assert red_of(opened)[:, :1000].sum() == 0 < before
    press(opened, "class-1")
    assert red_of(opened)[:, :1000].sum() == before
    press(opened, "picture")
    assert not ask(opened, 'return renderer("picture-coarse").visible')


def test_the_slider_makes_classes_clearer(opened: Chrome) -> None:
    from selenium.webdriver.common.keys import Keys

    slider = opened.find_element("id", "opacity")
    slider.send_keys(Keys.HOME)
    wait_until_drawn(opened)
    assert ask(opened, 'return renderer("class-1-coarse").glyph.global_alpha.value') == 0
    assert opened.find_element("tag name", "output").text == "0 %"
    press(opened, "objects")
    assert not red_of(opened)[:, :1000].any()
    slider.send_keys(Keys.END)
    wait_until_drawn(opened)
    assert red_of(opened)[:, :1000].any()


def test_pointing_at_a_vessel_tells_what_was_measured(opened: Chrome) -> None:
    point_at(opened, 0)
    shown = wait_for(opened, 'const t = texts(document.body); return t.includes("87%") && t')
    assert "90 m" in shown
    assert "30 m" in shown
    assert f"{HOSTILE} 1" in shown


def test_a_click_on_a_vessel_keeps_its_properties(opened: Chrome) -> None:
    point_at(opened, 2, click=True)
    words = wait_for(opened, 'return document.querySelector("#pinned dl").innerText')
    assert "Pixels\n1\n" in words
    assert "Heading of axis\n-\n" in words
    assert HOSTILE in words


def test_the_scale_is_true_at_its_latitude(opened: Chrome) -> None:
    label = opened.find_element("css selector", "#scale span").text
    width_px = ask(
        opened, 'return document.querySelector("#scale i").getBoundingClientRect().width'
    )
    left, right, y = ask(
        opened, "return [map.x_range.start, map.x_range.end, (map.y_range.start+map.y_range.end)/2]"
    )
    share = width_px / ask(opened, "return map.inner_width")
    to_lonlat = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)
    (west, south), (east, north) = (
        to_lonlat.transform(x, y) for x in (left, left + share * (right - left))
    )
    length_m = Geod(ellps="WGS84").inv(west, south, east, north)[2]
    assert length_m == pytest.approx({"500 m": 500, "1 km": 1000, "200 m": 200}[label], rel=0.002)


def test_the_view_goes_home_and_stays_undistorted(opened: Chrome) -> None:
    home = ask(opened, "return [map.x_range.start, map.y_range.end]")
    ask(opened, "lookAt(map.x_range.start, map.y_range.end, 3)")
    opened.set_window_size(390, 844)
    square = """const w = (map.x_range.end - map.x_range.start) / map.inner_width;
      const h = (map.y_range.end - map.y_range.start) / map.inner_height;
      return map.inner_width < 390 && Math.abs(w / h - 1) < 1e-6 && Math.abs(w / 3 - 1) < 1e-6"""
    assert wait_for(opened, square)
    opened.set_window_size(1366, 768)
    ask(opened, "Bokeh.index.get_one(map).reset()")
    back = "return [map.x_range.start, map.y_range.end]"
    wait_for(opened, "return map.inner_width > 800 && Bokeh.documents[0].is_idle")
    ask(opened, "Bokeh.index.get_one(map).reset()")
    assert ask(opened, back) == pytest.approx(home, abs=0.1)


def test_there_is_no_base_map_without_network(opened: Chrome) -> None:
    assert not opened.find_element("id", "base").is_displayed()


def test_the_base_map_waits_for_a_click_and_names_its_source(chrome: Chrome, page: Path) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    set_online(chrome, True)
    open_page(chrome, page)
    if not chrome.execute_script("return navigator.onLine"):
        pytest.skip("this machine has no network at all")
    assert read_requests(chrome) == [page.as_uri()]
    view = ask(chrome, "return [map.x_range.start, map.x_range.end, map.y_range.end]")
    press(chrome, "base")
    assert "OpenStreetMap" in chrome.find_element("id", "credit").text
    asked = WebDriverWait(chrome, 10, 0.05).until(read_requests)
    assert all(url.startswith(BASE_MAP_HOST) for url in asked)
    back = "return [map.x_range.start, map.x_range.end, map.y_range.end]"
    wait_for(chrome, f"const v = (() => {{{back}}})(); return Math.abs(v[0] - {view[0]}) < 0.1")
    assert ask(chrome, back) == pytest.approx(view, abs=0.1)
    press(chrome, "base")
    assert chrome.find_element("id", "credit").text == ""
