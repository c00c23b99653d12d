"""Every broken input is refused in one clear line, and nothing is written (measures, R2).

The corpus, `tests/factories/broken.py`, was written without looking at the importers.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio

from tests.factories.broken import CASES, GOOD
from tests.factories.case import PROJECT_FOLDER
from tests.factories.fingerprints import fingerprint
from tests.factories.ports import coco, vessels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.factories.case import Case

REPOSITORY = Path(__file__).resolve().parents[2]
TIME_LIMIT_S = 60
# A small port needs a fraction of this; the hostile files ask for terabytes.
MEMORY_LIMIT_BYTES = 3 * 2**30
# Beside the cases that ask for a process of their own: one of each family, because warnings,
# logging and text from C libraries reach a real standard error that pytest hides.
IN_OWN_PROCESS = (
    "TIFF truncated in its pixels",
    "Git LFS pointer named tif",
    "all bands without CRS",
    "all bands without transform",
    "JPEG photo named tif",
    "band all NaN",
    "mask PNG truncated",
    "COCO not JSON",
    "quantification 0",
    "project of a newer program",
    "catalog with a damaged header",
    "settings not TOML",
)
# Warnings that Python itself does not show to users.
HIDDEN_WARNINGS = (
    DeprecationWarning,
    PendingDeprecationWarning,
    ImportWarning,
    ResourceWarning,
)
ERROR_LINE_START = "s2label: "


@dataclass(frozen=True)
class Answer:
    exit_code: int
    stderr: str


def run_here(command: Sequence[str], capfd: pytest.CaptureFixture[str]) -> Answer:
    from s2label.cli import main

    capfd.readouterr()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        exit_code = main(command)
    shown = [str(one.message) for one in caught if not issubclass(one.category, HIDDEN_WARNINGS)]
    assert shown == [], "the user would see these warnings beside the message"
    return Answer(exit_code, capfd.readouterr().err)


def run_apart(command: Sequence[str]) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "s2label", *command],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        preexec_fn=_limit_memory,
        check=False,
    )
    return Answer(done.returncode, done.stderr)


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))


@pytest.fixture
def project(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / PROJECT_FOLDER
    assert run_here(["init", str(path), "--classes", "vessels"], capfd).exit_code == 0
    return path


@pytest.fixture
def source_folder(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.mkdir()
    return path


def assert_one_clear_line(answer: Answer, case: Case) -> None:
    assert "Traceback" not in answer.stderr
    lines = [line for line in answer.stderr.splitlines() if line.strip()]
    if case.exit_code == 1:  # wrong use may show how to use it, on several lines
        assert len(lines) == 1, answer.stderr
        assert lines[0].startswith(ERROR_LINE_START)
    for word in case.expected:
        assert word.casefold() in answer.stderr.casefold()


@pytest.mark.parametrize("name", CASES)
def test_broken_input_is_refused_in_one_line_and_nothing_is_written(
    name: str, project: Path, source_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name](source_folder)
    if case.project is not None:
        case.project(project)
    before = fingerprint(project), fingerprint(source_folder)

    if case.own_process or name in IN_OWN_PROCESS:
        answer = run_apart(case.command(project))
    else:
        answer = run_here(case.command(project), capfd)

    assert answer.exit_code == case.exit_code, answer.stderr
    assert_one_clear_line(answer, case)
    assert (fingerprint(project), fingerprint(source_folder)) == before


@pytest.mark.parametrize("name", GOOD)
def test_same_builder_undamaged_is_imported(
    name: str, project: Path, source_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from s2label.cli import main

    case = GOOD[name](source_folder)
    before = fingerprint(source_folder)

    answer = run_here(case.command(project), capfd)

    assert answer.exit_code == 0, answer.stderr
    assert main(["status", str(project), "--json"]) == 0
    counts = json.loads(capfd.readouterr().out)
    assert counts["images"] >= 1
    if case.masks is not None:
        assert counts["masks"] >= 1
    assert fingerprint(source_folder) == before


def test_cases_named_for_a_process_exist() -> None:
    assert set(IN_OWN_PROCESS) <= set(CASES)


@pytest.mark.parametrize("name", GOOD)
def test_undamaged_rasters_read_and_lie_on_the_ground(name: str, source_folder: Path) -> None:
    source = GOOD[name](source_folder).source

    paths = sorted(source.glob("*.tif"))

    assert paths
    for path in paths:
        with rasterio.open(path) as raster:
            assert raster.crs.to_epsg() == 32631
            assert raster.res == (10, 10)
            assert raster.read().min() > 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pycocotools 2.0.11 with numpy 2
def test_undamaged_coco_decodes_to_the_true_mask() -> None:
    coco_mask = pytest.importorskip("pycocotools.mask")
    document = coco()
    image = document["images"][0]
    decoded = np.zeros((image["height"], image["width"]), np.uint8)

    for annotation in document["annotations"]:
        segmentation = annotation["segmentation"]
        size = (image["height"], image["width"])
        runs = coco_mask.frPyObjects(segmentation, *size)
        decoded |= coco_mask.decode(runs if isinstance(runs, dict) else coco_mask.merge(runs))

    np.testing.assert_array_equal(decoded, vessels())


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in CASES
        if name.startswith(("TIFF truncated", "chip truncated")) or name.endswith("named tif")
        if name not in ("pipe named tif", "JPEG photo named tif")
    ],
)
def test_files_that_are_no_rasters_cannot_be_read(name: str, source_folder: Path) -> None:
    case = CASES[name](source_folder)

    with (
        pytest.raises(rasterio.RasterioIOError),
        rasterio.open(case.source / case.expected[0]) as raster,
    ):
        raster.read()
