"""A training to its end: fitted, judged by the gate, and taken into use if it is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s2label.errors import S2LabelError
from s2label.progress import Progress
from s2label_training.bridge import Steering, StopRequested, watched
from s2label_training.fit import train_model
from s2label_training.judging import CROSS_VALIDATED, judge_and_take
from s2label_training.shelf import SupersededError

if TYPE_CHECKING:
    import threading

    from s2label.progress import Job
    from s2label.project import Project
    from s2label_training.fit import TrainingRequest, TrainingResult
    from s2label_training.verdicts import Verdict


@dataclass(frozen=True)
class Outcome:
    """What came of a training in the end.

    Parameters
    ----------
    result : TrainingResult
        The fit's.
    verdict : Verdict, optional
        The gate's; None where nobody judged.
    unjudged : str
        Why nobody judged; empty with a verdict.
    is_in_use : bool
        Whether the new model is in use now.
    """

    result: TrainingResult
    verdict: Verdict | None = None
    unjudged: str = ""
    is_in_use: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return what ``--json-lines`` prints, JSON types only."""
        result = self.result
        return {
            "model": result.model,
            "in_use": self.is_in_use,
            "stopped": result.stopped,
            "epochs": result.epochs,
            "scores": result.scores,
            "threshold": result.threshold,
            "verdict": self.verdict.model_dump(mode="json") if self.verdict else None,
            "unjudged": self.unjudged,
            "resume": result.resume,
        }


def train_and_judge(
    project: Project,
    request: TrainingRequest,
    *,
    with_gate: bool = True,
    wish: threading.Event | None = None,
) -> Job[Outcome]:
    """Train a model, let the gate judge it, and take it into use if it is better.

    Parameters are those of `fit.train_model`; without the gate, and for models of cross-validation,
    which learn from chips that are held out otherwise, nothing is judged or taken into use.

    Raises
    ------
    S2LabelError
        If the training cannot be done; also if the gate cannot judge: the model is kept then.
    """
    result = yield from train_model(project, request, wish)
    unjudged = _why_unjudged(result, request, with_gate=with_gate)
    if unjudged:
        return Outcome(result, unjudged=unjudged)
    yield Progress(0, 0, "judging")
    try:
        verdict = yield from watched(judge_and_take(project, result.model), Steering(wish))
    except (StopRequested, KeyboardInterrupt):
        return Outcome(result, unjudged="judging it was stopped")
    except SupersededError as error:
        advice = "`s2label models promote` takes it on your word"
        return Outcome(result, unjudged=f"{error}, twice; {advice}")
    except S2LabelError as error:
        raise S2LabelError(
            f"{result.model} was trained and kept, but not judged: {error}"
        ) from error
    return Outcome(result, verdict, is_in_use=verdict.is_better)


def _why_unjudged(result: TrainingResult, request: TrainingRequest, *, with_gate: bool) -> str:
    """Return why a model is not to be judged; empty if it is."""
    if request.hold_out:
        return CROSS_VALIDATED
    if result.stopped:
        return "it was stopped; a training that is resumed is judged at its end"
    return "" if with_gate else "nobody asked the gate"
