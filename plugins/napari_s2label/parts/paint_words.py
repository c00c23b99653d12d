"""What the paint dock says: whose mask it is, how a tool is used, how long painting takes."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from napari_s2label.parts.words import badge, duration
from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED, Lifetime, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label.catalog.effort import Effort
    from s2label.chip_views import ChipView
    from s2label.types import ClassTable

NO_PROJECT = "No project is open: choose one in the Project dock."
LENT = "A job has the project; it comes back when it ends."
NO_CHIP = "No chip is in view."
KEPT, KEEPING = "all strokes kept", "keeping ..."
IGNORED_HERE = "cloud, haze, glint: this image only"
# The three zeros and the ignore raster: name in the legend, what it means.
MEANINGS = {
    BACKGROUND: ("background", "Somebody looked: none of the classes is there. It trains."),
    NOT_LABELLED: ("not labelled", "Nobody has looked yet. It never trains and never scores."),
    IGNORE: ("ignore", "Somebody looked and could not tell. It never trains and never scores."),
}
TOOL_HINTS = {
    "look": "Drag moves the picture, the wheel zooms. Take a tool or a class to paint.",
    "brush": "Drag paints the class in hand. Hold Space to move the picture.",
    "eraser": "Drag paints background. Hold Space to move the picture.",
    "fill": "Click: the area of one class under the mouse becomes the class in hand.",
    "polygon": "Click the corners; a double click closes it, Esc drops it.",
    "wand": "Click a bright object, then click it again to set it.",
    "accept": "Drag over a suggestion: what lies under the brush is accepted.",
    "ignore": f"Drag over {IGNORED_HERE}; its mask stays as it is.",
}


def legend_help(keys: Mapping[str, str]) -> str:
    """Return what the three zeros mean and which keys go along the legend, as rich text."""
    before, after = (escape(keys[id_]) for id_ in ("class_before", "class_next"))
    return (
        "<b>background</b>: nothing there &nbsp;<b>not labelled</b>: nobody looked "
        "&nbsp;<b>ignore</b>: cannot tell<br>"
        f"<b>{before}</b> and <b>{after}</b> go up and down this list"
    )


def whose_mask(chip: ChipView, classes: ClassTable, dates: int) -> str:
    """Return whose mask it is that is painted, as rich text."""
    if classes.lifetime is Lifetime.MOVING:
        return "Mask of <b>this image</b>, of this date only"
    return f"Mask of <b>the place</b>, one for its {dates} date{'s' if dates != 1 else ''}"


def mask_state(chip: ChipView, *, is_painted: bool) -> str:
    """Return how the mask stands, and what leaving the chip makes of it, as rich text."""
    if chip.mask is not None and chip.mask.state is State.REJECTED:
        return badge("", chip.mask.state, chip.mask.reason)
    if is_painted:
        return "accepted on leaving"
    return badge("", chip.mask.state, "") if chip.mask is not None else "not painted yet"


def effort(so_far: Effort) -> str:
    """Return how long painting took so far."""
    if not so_far.chips:
        return "how long a painted chip takes is shown here"
    chips = f"{so_far.chips:,} chip{'s' if so_far.chips != 1 else ''} painted"
    if so_far.median_seconds is None or so_far.chips_per_hour is None:
        return chips
    return (
        f"{chips}, median {duration(so_far.median_seconds)}, {so_far.chips_per_hour:,.0f} an hour"
    )


def strokes(count: int) -> str:
    """Return how often the chip in view was painted on."""
    return f"this chip: {count:,} stroke{'s' if count != 1 else ''} since it came into view"
