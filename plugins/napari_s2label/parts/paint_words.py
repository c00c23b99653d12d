"""What the paint dock says: whose mask it is, how a tool is used, how long painting takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_s2label.parts.words import badge, duration
from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED, Lifetime, State

if TYPE_CHECKING:
    from s2label.catalog.effort import Effort
    from s2label.types import ChipView, ClassTable

IGNORED_HERE = "cloud, haze, glint: this image only"
# The three zeros and the ignore raster: name in the legend, what it means.
MEANINGS = {
    BACKGROUND: ("background", "Somebody looked: none of the classes is there. It trains."),
    NOT_LABELLED: ("not labelled", "Nobody has looked yet. It never trains and never scores."),
    IGNORE: ("ignore", "Somebody looked and could not tell. It never trains and never scores."),
}
THREE_ZEROS = (
    "<b>background</b>: looked, nothing there &nbsp;<b>not labelled</b>: not looked yet "
    "&nbsp;<b>ignore</b>: looked, cannot tell"
)
TOOL_HINTS = {
    "look": "Drag moves the picture, the wheel zooms. Take a tool or a class to paint.",
    "brush": "Drag paints the class in hand. Hold Space to move the picture.",
    "eraser": "Drag paints background. Hold Space to move the picture.",
    "fill": "Click: the area of one class under the mouse becomes the class in hand.",
    "polygon": "Click the corners; a double click closes it, Esc drops it.",
    "wand": "Click a bright object, then click it again to set it.",
    "ignore": f"Drag over {IGNORED_HERE}; its mask stays as it is.",
}


def whose_mask(chip: ChipView, classes: ClassTable, dates: int) -> str:
    """Return whose mask is painted and how it stands, as rich text."""
    things = ", ".join(c.name for c in classes.classes)
    if classes.lifetime is Lifetime.MOVING:
        whose = "Mask of <b>this image</b>"
        why = f" ({things} moves)" if len(classes.classes) == 1 else " (its classes move)"
    else:
        whose = "Mask of <b>the place</b>"
        why = f", for its {dates} dates" if dates > 1 else ", for all its dates"
    return f"{whose}{why}<br>{_state(chip)}"


def _state(chip: ChipView) -> str:
    if chip.mask is None:
        return "nothing painted yet"
    if chip.mask.state is State.REJECTED:
        return badge("", chip.mask.state, chip.mask.reason)
    return badge("", chip.mask.state, "")


def effort(so_far: Effort) -> str:
    """Return how long painting took so far."""
    if not so_far.chips:
        return "no chip is painted yet: how long one takes is shown here"
    chips = f"{so_far.chips:,} chip{'s' if so_far.chips != 1 else ''} painted"
    if so_far.median_seconds is None or so_far.chips_per_hour is None:
        return chips
    return f"{chips}, {duration(so_far.median_seconds)} each, {so_far.chips_per_hour:,.0f} an hour"


def strokes(count: int) -> str:
    """Return how often the chip in view was painted on."""
    return f"this chip: {count:,} stroke{'s' if count != 1 else ''} since it came into view"
