"""R5: a long day leaks nothing. The long form is `tests.faults.long_day`, in a process of its own.

The short one does all that somebody does in a window twice: what is there after the first time is
there after the second, exactly. ``S2LABEL_LONG=1`` adds a day drawn by chance, with the worker that
suggests, whose memory is looked at too.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from napari_s2label.app import arrange_window

from s2label.queue_specs import QueueOrder
from tests.factories.fleet import make_fleet
from tests.factories.shared_window import SharedWindow
from tests.faults.seeds import LONG, SEED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.day_acts import Day

    Held = dict[str, float]

REPOSITORY = Path(__file__).resolve().parents[3]
SWITCHES, WARM_UP, REOPEN = 160, 60, 40
# What is there once, however many chips were seen.
EXACT = ("layers", "children", "timers", "python_threads")
CONNECTED = ("widgets", "qt_objects", "event_callbacks", "signal_slots")
# What was drawn ahead or put off is done by then.
_CALM_S = 0.2
# Python's blocks per switch: a chip kept by mistake is some hundred of them. The queue's ids that
# are passed over, and the caches that fill until they have their number, take a few.
BLOCKS_PER_SWITCH = 60
# Two pools of rasters, of 64 files at most each; the project's own; what the libraries hold.
MOST_FILES = 220


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Held]]:
    """Return what a process held after all was done once, and after it was done again."""
    if not os.environ.get("DISPLAY"):
        pytest.skip("a screen is needed for a real window")
    from tests.faults.day_counts import count_all

    project = make_fleet(tmp_path_factory.mktemp("day"), groups=2, places=10)
    window = SharedWindow(is_shown=True)
    with window.desk() as desk:
        viewer = desk.viewer.__wrapped__
        arrange_window(viewer)
        desk.open(project)
        day = _somebody(viewer, desk)
        counts: list[Held] = []
        for _ in range(2):
            day.everything()
            day.hands.pause(_CALM_S)
            counts.append(count_all(viewer, project))
        yield counts
    window.close()


def _somebody(viewer: Any, desk: Any) -> Day:
    from tests.faults.day_acts import Day
    from tests.faults.day_hands import Hands

    hands = Hands(viewer, desk)
    hands.see()
    day = Day(hands, desk, random.Random(SEED))
    day.begin_queue(QueueOrder.NAME)
    return day


@pytest.mark.parametrize("what", [*EXACT, *CONNECTED])
def test_what_is_done_again_leaves_nothing_more(held: list[Held], what: str) -> None:
    first, second = held
    assert second[what] == first[what]


def test_libraries_make_no_more_threads(held: list[Held]) -> None:
    first, second = held
    assert second["threads"] <= first["threads"]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what was counted on a day drawn by chance."""
    if not LONG:
        pytest.skip("S2LABEL_LONG=1: a day of some minutes")
    if not os.environ.get("DISPLAY"):
        pytest.skip("a screen is needed for a real window")
    out = tmp_path_factory.mktemp("day") / "day.json"
    options: dict[str, object] = {
        "switches": SWITCHES,
        "chips": 40,
        "warm-up": WARM_UP,
        "every": 1000,
    }
    options |= {"reopen": REOPEN, "seed": SEED, "out": out}
    command = [sys.executable, "-W", "ignore", "-m", "tests.faults.long_day", "--busy", "0.3"]
    command += [word for key, value in options.items() for word in (f"--{key}", str(value))]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(out.read_text())
    return told


def test_somebody_truly_worked(day: dict[str, Any]) -> None:
    assert day["switches"] >= SWITCHES
    tools = ("brush", "eraser", "fill", "wand", "suggestion")
    assert all(day["kept"].get(f"stroke: {tool}") for tool in tools), day["kept"]
    assert day["done"]["opening the project again"] == (SWITCHES - 1) // REOPEN
    assert all(day["kept"].get(f"act: {kind}") for kind in ("decide", "undo", "redo"))


@pytest.mark.parametrize("what", ["layers", "gpu_objects", "children"])
def test_nothing_is_made_anew_for_each_chip(day: dict[str, Any], what: str) -> None:
    assert day["growth"][what] == 0


@pytest.mark.parametrize("what", [*CONNECTED, "timers", "python_threads"])
def test_nothing_is_left_behind_by_a_chip_or_a_project(day: dict[str, Any], what: str) -> None:
    # One more per opening would be two, one more per chip a hundred.
    assert day["growth"][what] <= 1


def test_files_stay_within_the_pools(day: dict[str, Any]) -> None:
    assert day["counts"][-1]["files"] <= MOST_FILES


def test_memory_of_a_chip_is_given_back(day: dict[str, Any]) -> None:
    per_switch = day["growth"]["python_blocks"] / (SWITCHES - WARM_UP)
    assert per_switch <= BLOCKS_PER_SWITCH, day["more"]
