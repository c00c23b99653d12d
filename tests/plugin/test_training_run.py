"""A training as the window knows it: what it tells, how far it is, how it ended, in words."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from napari_s2label.training_end import (
    broken_ending,
    finished_ending,
    killed_ending,
)
from napari_s2label.training_records import epoch_of, learnt_of
from napari_s2label.training_run import TrainingRun

from s2label.progress import Progress
from tests.factories import trainings

if TYPE_CHECKING:
    from collections.abc import Iterable


def a_run() -> TrainingRun:
    return TrainingRun(Path("harbour"), "vessels_unet")


def take(run: TrainingRun, records: Iterable[dict[str, Any]]) -> None:
    for record in records:
        run.take(Progress(**record["progress"]))


# -- as it goes on --------------------------------------------------------------------------------


def test_a_training_tells_what_it_learns_from() -> None:
    run = a_run()
    told: list[object] = []
    run.began.connect(told.append)

    take(run, [trainings.beginning(warnings=["one scene only"])])

    assert run.learnt is not None
    assert told == [run.learnt]
    assert (run.learnt.chips, run.learnt.groups, run.learnt.held_out) == (12, 6, 2)
    assert run.learnt.device == "cpu, fp32"
    assert run.log == [
        "vessels_unet on cpu, fp32",
        "12 chips in 6 groups, 2 held out",
        "note: one scene only",
    ]


def test_each_epoch_is_kept_and_told_in_the_log() -> None:
    run = a_run()
    done: list[int] = []
    run.epoch_done.connect(lambda epoch: done.append(epoch.number))

    take(run, [*trainings.epoch(1, 3), *trainings.epoch(2, 3, preview="two.png")])

    assert done == [1, 2]
    assert run.epochs_done == 2
    assert run.epochs[1].loss == 0.5
    assert run.epochs[1].iou == {"background": 0.99, "vessel": 0.55}
    assert run.epochs[1].preview == "two.png"
    assert run.log[-1] == (
        "epoch 2: loss 0.500, validation loss 0.600, score 0.600, IoU background 0.990, "
        "IoU vessel 0.550"
    )


def test_scores_that_nobody_could_tell_are_left_out() -> None:
    run = a_run()

    take(run, trainings.epoch(1, 3, validation_loss=None, headline=None, iou={"vessel": None}))

    assert run.log == ["epoch 1: loss 1.000"]
    assert math.isnan(run.epochs[0].headline)


def test_records_of_another_program_version_are_read_as_far_as_they_go() -> None:
    assert learnt_of({"run": "x"}).chips == 0
    assert epoch_of({"epoch": 4}).number == 4


def test_time_left_goes_on_over_the_epochs() -> None:
    now_s = iter(range(0, 1000, 2))
    run = TrainingRun(Path("harbour"), clock=lambda: next(now_s))

    take(run, [*trainings.epoch(1, 4), *trainings.epoch(2, 4)[:1]])

    # 11 of 40 steps, 2 s each, and no new beginning with the second epoch.
    assert run.seconds_left == pytest.approx(58)


def test_nobody_tells_the_time_left_while_it_judges_or_stops() -> None:
    run = a_run()
    take(run, trainings.epoch(1, 4))
    run.note_stop()
    assert run.seconds_left is None

    run = a_run()
    take(run, [*trainings.epoch(1, 1), trainings.progress(0, 0, "judging")])
    assert run.seconds_left is None


# -- as it ends -----------------------------------------------------------------------------------

BETTER = {"is_better": True, "reason": "Better: it won 97 of 100 comparisons.", "new_score": 0.7}
NOT_BETTER = BETTER | {
    "is_better": False,
    "reason": "Not shown to be better, the difference may be chance: it won 55.",
}
NOT_COMPARED = {"is_better": False, "reason": "Not compared: no chip.", "new_score": None}


@pytest.mark.parametrize(
    ("changes", "words", "mood"),
    [
        pytest.param(
            {"model": "m2", "in_use": True, "verdict": BETTER},
            "Done after 3 epochs. The new model is better.",
            "good",
            id="better",
        ),
        pytest.param(
            {"model": "m2", "verdict": NOT_BETTER},
            "Done after 3 epochs. The new model is not shown to be better.",
            "warn",
            id="not better",
        ),
        pytest.param(
            {"model": "m2", "epochs": 1},
            "Done after 1 epoch. The model was compared with no other.",
            "plain",
            id="not judged",
        ),
        pytest.param(
            {"model": "m2", "verdict": NOT_COMPARED},
            "Done after 3 epochs. The new model could not be compared.",
            "warn",
            id="not compared",
        ),
        pytest.param(
            {"model": "m2", "stopped": True, "epochs": 2, "unjudged": "it was stopped"},
            "Stopped after epoch 2; the best so far is kept. The model was compared with no other.",
            "plain",
            id="stopped",
        ),
        pytest.param(
            {"stopped": True, "epochs": 0},
            "Stopped before the first epoch was done; there was nothing to keep yet. "
            "Your project and the model in use are as they were.",
            "warn",
            id="stopped at once",
        ),
    ],
)
def test_a_result_is_told_in_words(changes: dict[str, Any], words: str, mood: str) -> None:
    ending = finished_ending(trainings.result(**changes)["result"], epochs_done=0)

    assert (ending.words, ending.mood) == (words, mood)
    assert ending.model == changes.get("model", "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"verdict": BETTER}, "It won 97 of 100 comparisons.", id="better"),
        pytest.param(
            {"verdict": NOT_BETTER}, "The difference may be chance: it won 55.", id="not better"
        ),
        pytest.param({"verdict": NOT_COMPARED}, "No chip.", id="not compared"),
        pytest.param({"unjudged": "it was stopped"}, "It was stopped.", id="stopped"),
        pytest.param({}, "", id="unknown"),
    ],
)
def test_a_reason_does_not_say_the_verdict_again(changes: dict[str, Any], reason: str) -> None:
    result = trainings.result("m2", **changes)["result"]

    assert finished_ending(result, epochs_done=3).reason == reason


def test_a_crash_says_how_far_it_came_and_that_nothing_is_lost() -> None:
    reason = "The train broke off (code 9); start it again, it goes on. Its last words: oh"

    ending = broken_ending(reason, 4, has_begun=True)

    assert ending.words == (
        "The training ended early, after epoch 4 (code 9). Your project and the model in use are "
        "as they were."
    )
    assert (ending.mood, ending.reason) == ("bad", "Its last words: oh")


def test_a_model_that_could_not_be_judged_is_no_crash() -> None:
    reason = "m2 was trained and kept, but not judged: no chips"

    ending = broken_ending(reason, 4, has_begun=True)

    assert ending.words == "The training was not finished, after epoch 4."
    assert ending.reason == reason


def test_what_the_trainer_refuses_is_no_crash() -> None:
    ending = broken_ending("no chip has labels", 0, has_begun=False)

    assert (ending.words, ending.reason) == ("The training did not begin.", "no chip has labels")


def test_a_trainer_that_had_to_be_killed_made_no_model() -> None:
    assert killed_ending(3).words.startswith("Stopped after epoch 3; no model was made.")


def test_an_ending_ends_the_run_and_its_log() -> None:
    run = a_run()
    ends: list[object] = []
    run.ended.connect(ends.append)

    run.fail("no chip has labels")

    assert not run.is_running
    assert ends == [run.ending]
    assert run.log == ["The training did not begin.", "no chip has labels"]
