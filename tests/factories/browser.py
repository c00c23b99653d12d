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
    """Cut the browser off from any network, or connect it."""
    chrome.execute_cdp_cmd("Network.enable", {})
    speed = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    chrome.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": not is_online, **speed})


def open_page(chrome: Chrome, page: Path, width: int = 1366, height: int = 768) -> None:
    """Open a map and wait until it is drawn; earlier logs are forgotten."""
    from selenium.webdriver.support.ui import WebDriverWait

    chrome.set_window_size(width, height)
    read_errors(chrome)
    read_requests(chrome)
    chrome.get(page.as_uri())
    done = "return document.documentElement.dataset.ready === 'yes' && Bokeh.documents[0].is_idle"
    WebDriverWait(chrome, _READY_S).until(lambda c: c.execute_script(done))


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
