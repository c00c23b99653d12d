"""Takes the picture of a map for the README: a model learns from made coasts and predicts another.

    OMP_NUM_THREADS=2 python tools/make_map_picture.py

Takes about five minutes, the training being most of it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from s2label.samples import write_coast_scene

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "map.png"
SIZE = (1366, 768)
LEARNT_SEEDS, UNSEEN_SEED = (1, 2, 3), 4
PATIENCE_S = 30


def main() -> None:
    """Make coasts, learn, predict, and look at the map."""
    with tempfile.TemporaryDirectory(prefix="s2label-map-") as scratch:
        folder = Path(scratch)
        page = make_map(folder)
        picture(page, PICTURE)


def make_map(folder: Path) -> Path:
    """Return the map of a coast that its model has not seen."""
    # The page is headed by the names of the last two folders.
    project, unseen = folder / "coasts", folder / "made-coast" / "unseen"
    s2label("init", project, "--classes", "vessels")
    for seed in LEARNT_SEEDS:
        coast = folder / f"coast-{seed}"
        labels = write_coast_scene(coast, seed).labels.coco.parent
        # All made coasts lie on the same ground: they are its dates.
        day = f"2023-06-{seed:02}"
        s2label("import", project, coast, "--masks", labels, "--chip", 64, "--date", day)
    settings = ("labels.trust=imported", "fit.epochs=10", "fit.early_stop_epochs=0")
    changes = [word for each in settings for word in ("--set", each)]
    s2label("train", project, "--recipe", "vessels_resnet34", *changes)
    write_coast_scene(unseen, UNSEEN_SEED)
    out, objects, page = (folder / f"vessels.{kind}" for kind in ("tif", "geojson", "html"))
    s2label("predict", project, unseen, out, "--objects", objects, "--map", page)
    return page


def s2label(*words: object) -> None:
    """Run a command of the program."""
    subprocess.run([sys.executable, "-W", "ignore", "-m", "s2label", *map(str, words)], check=True)


def picture(page: Path, path: Path) -> None:
    """Take the picture of a page in a window of `SIZE`."""
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", f"--window-size={SIZE[0]},{SIZE[1]}"):
        options.add_argument(argument)
    # Named, so that selenium does not look for one in the network.
    options.binary_location = shutil.which("chromium") or ""
    browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        browser.get(page.as_uri())
        wait = WebDriverWait(browser, PATIENCE_S)
        wait.until(lambda b: b.execute_script("return Bokeh.documents[0].is_idle"))
        browser.save_screenshot(str(path))
    finally:
        browser.quit()


if __name__ == "__main__":
    main()
