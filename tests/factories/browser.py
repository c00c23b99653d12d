"""A headless Chromium for tests of pages: what was asked of the network, and what went wrong."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

_READY_S = 30
# Chromium's own profile goes here and no settings of whoever runs the suite are read.
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--force-device-scale-factor=1",
)

# What all tests of the page look into; bokeh hides its parts in shadow trees.
_LOOK = """
const map = Bokeh.documents[0].get_model_by_name("map");
const box = Bokeh.index.get_one(map).frame.bbox;
const corner = document.getElementById("plot").getBoundingClientRect();
const renderer = (name) => map.renderers.find((r) => r.name === name);
const lookAt = (x, y, units) => {
  const [wide, high] = [map.inner_width, map.inner_height].map((side) => side * units / 2);
  map.x_range.setv({start: x - wide, end: x + wide});
  map.y_range.setv({start: y - high, end: y + high});
};
const texts = (node) => [...node.children].map((n) => (n.shadowRoot ? texts(n.shadowRoot) : "")
  + (["STYLE", "SCRIPT"].includes(n.tagName) ? "" : n.children.length ? texts(n) : n.textContent)
  ).join(" ");
"""


def start_browser() -> Iterator[Chrome]:
    """Yield a Chromium without network; skip where there is none."""
    browser, driver = (shutil.which(name) for name in ("chromium", "chromedriver"))
    if browser is None or driver is None:
        pytest.skip("no chromium and chromium-driver (tools/debian-packages.txt) to open maps with")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # Debian's start script asks for the size of a terminal that a test does not have.
    service = webdriver.ChromeService(driver, log_output=os.devnull)
    chrome = webdriver.Chrome(options, service)
    try:
        set_online(chrome, False)
        yield chrome
    finally:
        chrome.quit()


def set_online(chrome: Chrome, is_online: bool) -> None:
    """Cut the browser off from any network, or let it believe that there is one.

    Nothing leaves the machine in either case; what was asked for is noted in both.
    """
    chrome.execute_cdp_cmd("Network.enable", {})
    chrome.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["http://*", "https://*"]})
    speed = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    chrome.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": not is_online, **speed})


def open_page(chrome: Chrome, page: Path, width: int = 1366, height: int = 768) -> None:
    """Open a map and wait until it is drawn; earlier logs are forgotten."""
    from selenium.webdriver.support.ui import WebDriverWait

    chrome.set_window_size(width, height)
    read_errors(chrome)
    read_requests(chrome)
    chrome.get(page.as_uri())
    done = "return document.documentElement.dataset.ready === 'yes'"
    WebDriverWait(chrome, _READY_S).until(lambda c: c.execute_script(done))
    wait_until_drawn(chrome)


def read_errors(chrome: Chrome) -> list[str]:
    """Return what the console said since it was last asked, but for plain remarks."""
    entries = chrome.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]


def read_requests(chrome: Chrome) -> list[str]:
    """Return the addresses asked for since this was last asked, data in the page left out."""
    entries = chrome.get_log("performance")  # type: ignore[no-untyped-call]
    messages: list[dict[str, Any]] = [json.loads(e["message"])["message"] for e in entries]
    sent = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    urls = [str(params["request"]["url"]) for params in sent]
    return [url for url in urls if not url.startswith(("data:", "blob:"))]


def ask(chrome: Chrome, code: str) -> Any:
    """Return what a piece of script in the page returns; it knows `map`, `box`, `corner`, …."""
    return chrome.execute_script(_LOOK + code)


def wait_for(chrome: Chrome, code: str) -> Any:
    """Ask until the answer is something, and return it."""
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(chrome, 10, 0.05).until(lambda c: ask(c, code))


def wait_until_drawn(chrome: Chrome) -> None:
    """Wait for two frames: bokeh draws what has changed in the first, the screen shows it then."""
    twice = "requestAnimationFrame(() => requestAnimationFrame(done))"
    chrome.execute_async_script(f"const [done] = arguments; {twice}")
    wait_for(chrome, "return Bokeh.documents[0].is_idle")
