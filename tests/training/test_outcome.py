"""What a training comes to when nobody judges its model: that is said, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from s2label_training import outcome
from s2label_training.cli.outcomes import outcome_lines
from s2label_training.fit import TrainingRequest, TrainingResult
from s2label_training.outcome import Outcome, train_and_judge
from s2label_training.recipe import find_recipe

from s2label.progress import finish

if TYPE_CHECKING:
    from s2label.progress import Job
    from s2label.project import Project

pytestmark = pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*")

RECIPE = find_recipe("vessels_unet")
DONE = TrainingResult("new", epochs=3)
STOPPED = TrainingResult("new", stopped=True, epochs=2, resume=True)


@pytest.mark.parametrize(
    ("result", "hold_out", "with_gate", "why"),
    [
        pytest.param(STOPPED, (), True, "it was stopped", id="stopped"),
        pytest.param(DONE, ("port",), True, "models of cross-validation", id="cross-validation"),
        pytest.param(DONE, (), False, "nobody asked the gate", id="no gate"),
    ],
)
def test_a_model_that_is_not_judged_says_why(
    monkeypatch: pytest.MonkeyPatch,
    result: TrainingResult,
    hold_out: tuple[str, ...],
    with_gate: bool,
    why: str,
) -> None:
    def trained(*_: object) -> Job[TrainingResult]:
        yield from ()
        return result

    monkeypatch.setattr(outcome, "train_model", trained)
    request = TrainingRequest(RECIPE, hold_out)

    # The project is only handed on: nothing is read of it.
    found = finish(train_and_judge(cast("Project", None), request, with_gate=with_gate))

    assert found.unjudged.startswith(why)
    assert (found.verdict, found.is_in_use) == (None, False)
    assert found.as_dict()["unjudged"] == found.unjudged
    assert f"not judged: {found.unjudged}" in list(outcome_lines(found))


def test_nothing_is_said_of_judging_where_there_is_no_model() -> None:
    lines = list(outcome_lines(Outcome(TrainingResult(stopped=True), unjudged="it was stopped")))

    assert lines == ["stopped before the first epoch was done: nothing was kept"]
