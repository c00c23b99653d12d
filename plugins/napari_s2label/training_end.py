"""How a training ended, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# How `jobs.CommandJob` says that nobody knows why; the code is a signal's number for one killed.
_CRASH = re.compile(r"broke off \(code (-?\d+)\); start it again, it goes on\.")
# The headline above the reason has said that already.
_SAID = re.compile(r"^(Better|Not shown to be better|Not compared)[:,] ")
_UNTOUCHED = "Your project and the model in use are as they were."
_UNJUDGED = "The model was compared with no other."


@dataclass(frozen=True)
class Ending:
    """How a training ended.

    Parameters
    ----------
    words : str
        What came of it, in a sentence or two.
    mood : str
        ``plain``, ``good``, ``warn`` or ``bad``, see `parts.message.Message`.
    reason : str
        Why, where that is known.
    model : str
        Id of the model that was made; empty if none was.
    """

    words: str
    mood: str = "plain"
    reason: str = ""
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
    verdict = result.get("verdict")
    if verdict is None:
        unjudged = _sentence(str(result.get("unjudged") or ""))
        return Ending(f"{how_far} {_UNJUDGED}", "plain", unjudged, model)
    words, mood = verdict_words(verdict["is_better"], is_compared=verdict["new_score"] is not None)
    return Ending(f"{how_far} {words}", mood, reason_words(verdict["reason"]), model)


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
        return Ending("The training did not begin.", "bad", reason)
    crash = _CRASH.search(reason)
    if crash is None:
        return Ending(f"The training was not finished, {_after(epochs_done)}.", "bad", reason)
    words = f"The training ended early, {_after(epochs_done)} (code {crash[1]}). {_UNTOUCHED}"
    return Ending(words, "bad", reason[crash.end() :].strip())


def verdict_words(is_better: bool | None, *, is_compared: bool = True) -> tuple[str, str]:
    """Return what the gate says of a model, and how that sounds.

    Parameters
    ----------
    is_better : bool or None
        Whether it is better than what was in use; None where nobody judged.
    is_compared : bool
        Whether there were chips to compare it on.
    """
    if is_better is None:
        return _UNJUDGED, "plain"
    if not is_compared:
        return "The new model could not be compared.", "warn"
    if is_better:
        return "The new model is better.", "good"
    return "The new model is not shown to be better.", "warn"


def reason_words(reason: str) -> str:
    """Return the reason of a verdict as it stands under `verdict_words`, which it repeats."""
    return _sentence(_SAID.sub("", reason))


def _how_far(result: Mapping[str, Any], epochs_done: int, model: str) -> str:
    epochs = int(result.get("epochs") or epochs_done)
    if not result.get("stopped"):
        return f"Done after {_epochs(epochs)}."
    kept = "the best so far is kept" if model else _without_model(result)
    return f"Stopped {_after(epochs)}; {kept}."


def _without_model(result: Mapping[str, Any]) -> str:
    return "it can go on from there" if result.get("resume") else "there was nothing to keep yet"


def _sentence(words: str) -> str:
    """Return words that begin as a sentence does and end as one."""
    return words[:1].upper() + words[1:].rstrip(".") + "." if words else ""


def _after(epochs: int) -> str:
    return f"after epoch {epochs}" if epochs else "before the first epoch was done"


def _epochs(count: int) -> str:
    return f"{count} epoch{'' if count == 1 else 's'}"
