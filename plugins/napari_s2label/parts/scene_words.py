"""What the scene dock says, in words that fit it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_s2label.parts.reports import Report, counted
from napari_s2label.parts.words import duration
from s2label.types import NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from napari_s2label.scene_areas import SceneFacts
    from napari_s2label.scene_facts import SceneResult
    from napari_s2label.scene_run import SceneRun
    from s2label.results.rasters import ResultRecord

NO_TORCH = "Predicting needs more packages: pip install 'napari-s2label[training]'"
NO_BOKEH = "A map needs one more package: pip install 'napari-s2label[map]'"
NO_MODEL = "No model yet: the Train dock makes one of your labels."
NO_SCENES = "Add a scene, or drop it onto the list."
DOUBTS_TIP = (
    "Makes a chip of every place where the model is in doubt, and puts them into the queue with\n"
    "the reason; the project is lent to that for a moment"
)
NEEDS_PROBABILITIES = "needs its probabilities: tick them and predict again"
NEEDS_SOURCE = "needs the scene itself: add it to the list"


def facts_words(result: SceneResult, facts: SceneFacts | None) -> str:
    """Return what was found in a scene, a line each; before it is counted, that it is."""
    record = result.record
    lines = [when(record)] if record.time else []
    if facts is None:
        return "\n".join([*lines, "counting pixels ..."])
    if facts.objects is not None:
        lines.append(counted(facts.objects, "object"))
    lines += [f"{each.name} {area(facts.areas.get(each.value, 0.0))}" for each in record.classes]
    if facts.areas.get(NOT_LABELLED):
        lines.append(f"no data {area(facts.areas[NOT_LABELLED])}")
    lines.append(f"by {record.model}, from {record.threshold:.2f} on")
    return "\n".join([*lines, *record.notes])


def when(record: ResultRecord) -> str:
    """Return when a scene was taken: ``2023-08-15 09:50 UTC``, or the date alone."""
    date, _, time = (record.time or "").partition("T")
    return f"{date} {time[:5]} UTC" if time else date


def area(km2: float) -> str:
    """Return an area with as many digits as one reads."""
    if km2 == 0:
        return "0 km²"
    digits = 0 if km2 >= 100 else 1 if km2 >= 10 else 2 if km2 >= 1 else 4
    return f"{km2:,.{digits}f} km²"


def step_words(run: SceneRun) -> str:
    """Return what is being done: ``2 of 5: predicting``."""
    if run.is_stopping:
        return "stopping: what is finished stays"
    where = f"{run.number} of {run.scenes}: " if run.scenes > 1 and run.scene else ""
    return where + run.step.message


def left_words(seconds: float | None, run: SceneRun) -> str:
    """Return how long it still takes, for the scene at work."""
    if seconds is None:
        return ""
    return f"{duration(seconds)} left" + (" for this scene" if run.scenes > 1 else "")


def doubts_report(result: Mapping[str, Any]) -> Report:
    """Return which doubtful places became chips."""
    if not result["doubts"]:
        return Report("No doubtful places in this scene.")
    kinds = ", ".join(f"{number} {kind}" for kind, number in result["kinds"].items())
    lines = [f"{counted(len(result['doubts']), 'doubtful place')}: {kinds}."]
    before = result["chips_before"]
    among = f", {before:,} in chips that were there" if before else ""
    lines.append(f"{counted(result['new_chips'], 'new chip')}{among}. The queue goes through them.")
    if result["without_chip"]:
        lines.append(f"{result['without_chip']:,} could not be cut as chips.")
    notes = [f"Note: {note}" for note in result["notes"]]
    return Report("\n".join([*lines, *notes]))
