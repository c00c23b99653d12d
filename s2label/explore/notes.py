"""What an exploration has to say beside its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.explore.options import LABELS_IN_WORDS

if TYPE_CHECKING:
    from s2label.explore.exploration import Exploration

# Chips that could not be read that are told one by one.
_TOLD = 10


def notes_of(found: Exploration) -> tuple[str, ...]:
    """Return what was not read, and why there is less to see than one expects; a line each."""
    errors = found.sample.errors
    notes = [f"not read: {error}" for error in errors[:_TOLD]]
    if len(errors) > _TOLD:
        notes.append(f"and {len(errors) - _TOLD:,} more chips that could not be read")
    if not found.labelled_chips:
        notes.append("nothing is labelled in these chips: no figure of classes is drawn")
    elif not found.sample.size:
        notes.append(f"no pixel counts: {_why_none(found)}")
    else:
        notes += [f"{name} has no value in any pixel that was drawn" for name in _empty(found)]
    return tuple(notes)


def _why_none(found: Exploration) -> str:
    labels = LABELS_IN_WORDS[found.options.trust]
    if found.sample.without_data:
        return f"these images lack data, at least in a band, where there are {labels}"
    return f"of these chips there are no {labels}"


def _empty(found: Exploration) -> list[str]:
    """Return the names of the measures that no pixel has, each once."""
    values = found.sample.by_name
    shown = {each.name: each for each in (*found.measures, *(found.scatter or ()))}
    return [n for n, each in shown.items() if not np.isfinite(each.evaluate(values)).any()]
