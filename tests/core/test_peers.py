"""What the comparison with other programs is made of; the programs themselves are not needed."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.peers import answering, chips, run, sides, strokes
from tests.benchmarks.peers.sides import Comparison, SideError, compared

THEIRS = sorted((Path(run.__file__).parent / "theirs").glob("*.py"))


@pytest.mark.parametrize(
    ("is_more_better", "ratio"),
    [(True, 0.5), (False, 2.0)],
    ids=["more is better", "less is better"],
)
def test_ratio_above_one_means_s2label_is_the_better_one(
    is_more_better: bool, ratio: float
) -> None:
    row = compared(
        "part", "what", ([{"s": 2}, {"s": 4}], [{"s": 6}]), "s", is_more_better=is_more_better
    )

    assert (row.ours, row.peer, row.ratio) == (3, 6, ratio)


@pytest.mark.parametrize("grown", [0.0, -3.0])
def test_no_ratio_is_made_of_memory_that_did_not_grow(grown: float) -> None:
    assert Comparison("triage", "memory grown", grown, 20.0).ratio is None


def test_table_says_why_something_was_not_measured() -> None:
    rows = [Comparison("strokes", "not measured", note="convpaint does not install here")]

    assert run.table(rows).splitlines()[1].endswith("convpaint does not install here")


def test_side_that_breaks_off_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(SideError, match=r"No module named .*no_such_side"):
        sides.ask_ours("no_such_side", {}, tmp_path)


def test_answer_goes_where_it_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answered = tmp_path / "asked.json", tmp_path / "answered.json"
    asked.write_text('{"chips": 3}')
    monkeypatch.setattr("sys.argv", ["side", str(asked), str(answered)])

    answering.answer(lambda request: {"twice": 2 * request["chips"]})

    assert answered.read_text() == '{"twice": 6}'


def test_strokes_show_all_of_a_vessel_and_little_of_the_background() -> None:
    truth = np.zeros((64, 64), np.uint8)
    truth[20:30, 8:12] = 1

    drawn = strokes.draw_strokes(truth)

    assert np.array_equal(drawn == 2, truth == 1)
    assert 0.1 < (drawn == 1).mean() < 0.15


def test_score_is_whole_for_the_truth_and_counts_missed_vessels() -> None:
    truth = np.zeros((2, 64, 64), np.uint8)
    truth[:, 20:30, 8:12] = 1
    half = truth * np.array([1, 0], np.uint8)[:, None, None]

    assert chips.score(truth, truth)["pixel_f1"] == 1
    assert chips.score(half, truth)["pixel_f1"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("path", THEIRS, ids=[path.stem for path in THEIRS])
def test_peers_know_nothing_of_s2label(path: Path) -> None:
    tree = ast.walk(ast.parse(path.read_text()))
    imported = {node.module or "" for node in tree if isinstance(node, ast.ImportFrom)}

    ours = {name for name in imported if "s2label" in name or name.startswith("tests.")}
    assert ours <= {"tests.benchmarks.frames", "tests.benchmarks.peers.answering"}
