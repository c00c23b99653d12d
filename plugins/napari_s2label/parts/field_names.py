"""What the forms call the settings that the command line calls by options."""

from __future__ import annotations

import re

# Setting -> its name in a form.
FIELD_NAMES = {
    "masks": "Masks",
    "kind": "Kind",
    "chip": "Chip size",
    "stride": "Step",
    "edge": "At the edge",
    "quantification": "Divide by",
    "offset": "Add first",
    "bands": "Bands",
    "date": "Date",
    "around": "Tiles",
    "random": "At random",
    "points": "Around points",
    "jitter": "Random shift",
    "any_values": "take unusual values",
    "include_open": "also what is still open",
    "void": "Not labelled as",
    "seed": "Split number",
    "objects": "objects",
    "map": "map",
    "rgb": "picture",
    "probabilities": "probabilities",
    "skip_land": "leave out land",
    "threshold": "Threshold",
}


def in_form_words(text: str) -> str:
    """Return a text with the forms' names in place of the options that it mentions."""
    return re.sub(r"--[a-z-]+", lambda found: f'"{name_of_option(found[0])}"', text)


def name_of_option(option: str) -> str:
    """Return what the forms call an option such as ``--any-values``; the option if they have none.

    Errors of a command name its options, and nobody in the window has typed any.
    """
    return FIELD_NAMES.get(option.removeprefix("--").replace("-", "_"), option)
