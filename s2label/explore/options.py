"""What is explored, and how much of it is read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from s2label.errors import InputError

MOST_SAMPLES = 200_000
# Files in the folder of an exploration that tell what a click on a figure means.
CLICKS = "clicks"
IMAGES = f"{CLICKS}/images.txt"


class Trust(StrEnum):
    """Whose labels count.

    ``all``: every label of a current mask. ``imported``: what a person set, what a decision
    accepted and what a source says. ``checked``: only the first two.
    """

    ALL = "all"
    IMPORTED = "imported"
    CHECKED = "checked"


LABELS_IN_WORDS = {
    Trust.ALL: "labels of all current masks",
    Trust.IMPORTED: "checked and imported labels",
    Trust.CHECKED: "checked labels",
}


@dataclass(frozen=True)
class ExploreOptions:
    """What an exploration is asked for.

    Parameters
    ----------
    where : str
        Which images, as `s2label.conditions` reads it; empty: all that are not rejected.
    image_ids : tuple of str, optional
        Only these images of them.
    bands : str
        Bands and indices whose values are shown, with commas between; empty: all bands.
    scatter : str
        Two of them, one across and one up; empty: two that most images have.
    samples : int
        Pixels to draw, of all classes together, at most `MOST_SAMPLES`.
    most_chips : int
        Of each class, pixels are drawn from so many chips at most.
    seed : int
        Another seed draws other pixels.
    trust : Trust
        Whose labels count.

    Raises
    ------
    InputError
        If a number is out of range.
    """

    where: str = ""
    image_ids: tuple[str, ...] | None = None
    bands: str = ""
    scatter: str = ""
    samples: int = 20_000
    most_chips: int = 1000
    seed: int = 0
    trust: Trust = Trust.ALL

    def __post_init__(self) -> None:
        if not 1 <= self.samples <= MOST_SAMPLES:
            raise InputError("--samples", f"found {self.samples}", f"1 to {MOST_SAMPLES:,}")
        if self.most_chips < 1:
            raise InputError("--most-chips", f"found {self.most_chips}", "1 or more")
        if self.seed < 0:
            raise InputError("--seed", f"found {self.seed}", "0 or more")
