"""How a training ended, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# How `jobs.CommandJob` says that nobody knows why; the code is a signal's number for one killed.
_CRASH = re.compile(r"broke off \(code (-?\d+)\); start it again, it goes on\.")
_UNTOUCHED = "Your project and the model in use are as they were."


@dataclass(frozen=True)
class Ending:
    """How a training ended.

    Parameters
    ----------
    words : str
        Lines for the user.
    mood : str
        ``plain``, ``good``, ``warn`` or ``bad``, see `parts.message.Message`.
    model : str
        Id of the model that was made; empty if none was.
    """

    words: str
    mood: str = "plain"
    model: str = ""


def finished_ending(result: Mapping[str, Any], epochs_done: int) -> Ending:
    """Return the ending of a training that gave a result.

    Parameters
    ----------
    result : mapping
        What ``s2label train --json-lines`` prints last.
    epochs_done : int
        The last epoch that was told.
    """
    model = str(result.get("model") or "")
    how_far = _how_far(result, epochs_done, model)
    if not model:
        return Ending(f"{how_far} {_UNTOUCHED}", "warn")
    verdict = result.get("verdict") or {}
    is_better, reason = verdict.get("is_better"), str(verdict.get("reason") or "")
    words, mood = verdict_words(is_better, reason, is_in_use=bool(result.get("in_use")))
    return Ending(f"{how_far}\n{words}", mood, model)


def killed_ending(epochs_done: int) -> Ending:
    """Return the ending of a training that did not stop when it was asked to, and was killed."""
    return Ending(f"Stopped {_after(epochs_done)}; no model was made. {_UNTOUCHED}", "warn")


def broken_ending(reason: str, epochs_done: int, *, has_begun: bool) -> Ending:
    """Return the ending of a training that broke off.

    Parameters
    ----------
    reason : str
        Why, in one line.
    epochs_done : int
        The last epoch that was told.
    has_begun : bool
        Whether it had told what it learns from; before that it refuses what it was given.
    """
    if not has_begun:
        return Ending(f"The training did not begin.\n{reason}", "bad")
    crash = _CRASH.search(reason)
    if crash is None:
        return Ending(f"The training was not finished, {_after(epochs_done)}.\n{reason}", "bad")
    last_words = reason[crash.end() :].strip()
    words = f"The training ended early, {_after(epochs_done)} (code {crash[1]}). {_UNTOUCHED}"
    return Ending(f"{words}\n{last_words}".strip(), "bad")


def verdict_words(is_better: bool | None, reason: str, *, is_in_use: bool) -> tuple[str, str]:
    """Return what the gate says of a model, and how that sounds.

    Parameters
    ----------
    is_better : bool or None
        Whether it is better than what was in use; None where nobody judged.
    reason : str
        Why.
    is_in_use : bool
        Whether the model has come into use.
    """
    if is_better is None:
        return "It was compared with no other model.", "plain"
    if is_better:
        use = "It is in use now." if is_in_use else "It is not in use."
        return f"The new model is better. {use}\n{reason}", "good"
    # In use without being better: somebody used it anyway.
    use = "It is in use all the same." if is_in_use else "The model in use stays."
    return f"The new model is not shown to be better. {use}\n{reason}", "warn"


def _how_far(result: Mapping[str, Any], epochs_done: int, model: str) -> str:
    epochs = int(result.get("epochs") or epochs_done)
    if not result.get("stopped"):
        return f"Done after {_epochs(epochs)}."
    kept = "the best so far is kept" if model else "there was nothing to keep yet"
    return f"Stopped {_after(epochs)}; {kept}."


def _after(epochs: int) -> str:
    return f"after epoch {epochs}" if epochs else "before the first epoch was done"


def _epochs(count: int) -> str:
    return f"{count} epoch{'' if count == 1 else 's'}"
