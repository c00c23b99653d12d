"""The list of scenes as one reads it: a state and a few words for each. Knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from napari_s2label.parts.field_names import in_form_words
from napari_s2label.parts.words import percent

if TYPE_CHECKING:
    from pathlib import Path

    from napari_s2label.scene_facts import Looked, SceneEntry, SceneResult, Unfinished
    from napari_s2label.scene_run import SceneRun


class SceneState(StrEnum):
    """How far a scene is."""

    WAITING = "waiting"
    RUNNING = "running"
    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True)
class SceneRow:
    """A scene in the list.

    Parameters
    ----------
    name : str
        That of its files.
    state : SceneState
        How far it is.
    words : str
        The state, in two or three words.
    why : str
        More of it, in sentences; may be empty.
    source : Path, optional
        What holds the scene; None where only its result is known.
    result : SceneResult, optional
        What was made of it, now or earlier.
    share : float
        How much is done of what was begun, 0..1.
    """

    name: str
    state: SceneState
    words: str
    why: str = ""
    source: Path | None = None
    result: SceneResult | None = None
    share: float = 0.0


def rows_of(looked: Looked, run: SceneRun | None, model: str) -> list[SceneRow]:
    """Return the list: the scenes that are wanted, then results of others in the same folder.

    Parameters
    ----------
    looked : Looked
        What there is.
    run : SceneRun or None
        A run into that folder.
    model : str
        Id of the model that is chosen.
    """
    results = {result.name: result for result in looked.results}
    unfinished = dict(looked.unfinished)
    rows = [
        _row(entry, results.get(entry.name), unfinished.get(entry.name), run, model)
        for entry in looked.entries
    ]
    wanted = {row.name for row in rows}
    return rows + [
        SceneRow(name, SceneState.DONE, "done", "", None, result)
        for name, result in results.items()
        if name not in wanted
    ]


def _row(
    entry: SceneEntry,
    result: SceneResult | None,
    left: Unfinished | None,
    run: SceneRun | None,
    model: str,
) -> SceneRow:
    state, words, why = _state(entry, result, left, run, model)
    share = left.share if left is not None and not left.changed else 0.0
    return SceneRow(entry.name, state, words, why, entry.source, result, share)


def _state(
    entry: SceneEntry,
    result: SceneResult | None,
    left: Unfinished | None,
    run: SceneRun | None,
    model: str,
) -> tuple[SceneState, str, str]:
    if run is not None and run.is_running and run.scene == entry.name:
        return SceneState.RUNNING, running_words(run), ""
    if entry.refusal:
        words = "does not fit" if entry.height else "not read"
        return SceneState.REFUSED, words, in_form_words(entry.refusal)
    if run is not None and entry.name in run.failed:
        return SceneState.FAILED, "failed", in_form_words(run.failed[entry.name])
    if left is not None:
        return SceneState.BEGUN, f"{percent(left.share)} done", begun_words(left)
    if result is not None:
        is_same = result.record.model == model
        return SceneState.DONE, "done" if is_same else "older model", _older_words(result, model)
    return SceneState.WAITING, "waiting", ""


def running_words(run: SceneRun) -> str:
    """Return how far the scene at work is, in a word."""
    if run.share is not None:
        return percent(run.share)
    return run.step.message.split()[0] if run.step.message else "starting"


def begun_words(left: Unfinished) -> str:
    """Return what becomes of a scene that was begun."""
    if left.changed:
        otherwise = ", ".join(left.changed)
        return f"{percent(left.share)} was done, with another {otherwise}: it begins anew."
    return f"Begun and not finished: it goes on at {percent(left.share)}."


def _older_words(result: SceneResult, model: str) -> str:
    if result.record.model == model or not model:
        return ""
    return f"Made by {result.record.model}; predicting makes it anew."
