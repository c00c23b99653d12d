"""Which images are meant: ``state = open and mask = accepted``; parsed, never run as SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.types import State

if TYPE_CHECKING:
    from s2label.chip_views import ChipView

ANY, NONE = "any", "none"
# What nobody wrote a condition for, where that leaves out what is rejected.
STANDING = "not rejected"
_WORDS = {
    "state": (*State, ANY),
    "mask": (*State, NONE, ANY),
}
_CONDITION = re.compile(r"\s*(\w+)\s*=\s*(\w+)\s*")
_AND = re.compile(r"\band\b", re.IGNORECASE)


@dataclass(frozen=True)
class Conditions:
    """Which images are meant; `parse_conditions` makes one.

    Parameters
    ----------
    state : str
        State of the image: open, accepted, rejected or any; `STANDING`: any but rejected.
    mask : str
        State of its mask, the same words; none: it has no mask.
    """

    state: str = ANY
    mask: str = ANY

    def fit(self, chip: ChipView) -> bool:
        """Tell whether an image is meant."""
        return self.fit_states(chip.image_state, None if chip.mask is None else chip.mask.state)

    def fit_states(self, image: str, mask: str | None) -> bool:
        """Tell whether an image in that state is meant, with a mask in that state or without."""
        return _is_meant(self.state, image) and _is_meant(self.mask, mask or NONE)


def _is_meant(wanted: str, state: str) -> bool:
    return wanted in (ANY, state) or (wanted == STANDING and state != State.REJECTED)


def parse_conditions(text: str, unsaid: str = ANY) -> Conditions:
    """Return the conditions that a text stands for; an empty one says nothing of any image.

    Parameters
    ----------
    text : str
        The conditions.
    unsaid : str
        What holds for the image or the mask where the text says nothing of it.

    Raises
    ------
    InputError
        If it is none; the message says what was found and what was expected.
    """
    found = dict.fromkeys(_WORDS, unsaid)
    said: set[str] = set()
    for part in _AND.split(text) if text.strip() else ():
        name, value = _parse_one(part, text)
        if name in said:
            raise InputError("--where", f"{name} stands twice in {text!r}", "each name once")
        said.add(name)
        found[name] = value
    return Conditions(**found)


def _parse_one(part: str, text: str) -> tuple[str, str]:
    match = _CONDITION.fullmatch(part)
    if match is None:
        expected = 'conditions such as "state = open and mask = accepted"'
        raise InputError("--where", f"found {part.strip()!r} in {text!r}", expected)
    name, value = (word.casefold() for word in match.groups())
    if name not in _WORDS:
        raise InputError("--where", f"found {name!r} in {text!r}", " or ".join(_WORDS))
    if value not in _WORDS[name]:
        raise InputError("--where", f"found {name} = {value}", f"one of {', '.join(_WORDS[name])}")
    return name, value
