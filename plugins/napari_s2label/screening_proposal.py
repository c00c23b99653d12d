"""Which dates to keep, as it is proposed: what stays, what goes, and what is not known yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from s2label.screening.dates import choose_dates, parse_period
from s2label.types import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label.project import Project
    from s2label.screening.dates import DatedChoice

STAYS, GOES = "stays", "goes"


@dataclass(frozen=True)
class Wish:
    """How many dates of each place and period are to stay; ``per`` as the command line has it."""

    keep: int = 1
    per: str = "quarter"


@dataclass(frozen=True)
class Proposal:
    """What a wish comes to.

    Parameters
    ----------
    wish : Wish
        What was asked for.
    choices : tuple of DatedChoice
        The images that take part, by place, period and rank.
    """

    wish: Wish
    choices: tuple[DatedChoice, ...] = field(repr=False)

    @cached_property
    def marks(self) -> Mapping[str, str]:
        """Image id -> `STAYS` or `GOES`."""
        return {c.image.image_id: STAYS if c.is_chosen else GOES for c in self.choices}

    @cached_property
    def staying(self) -> tuple[str, ...]:
        """The images that stay."""
        return tuple(c.image.image_id for c in self.choices if c.is_chosen)

    @cached_property
    def accepted(self) -> int:
        """How many images stay since they are accepted."""
        return sum(c.image.state is State.ACCEPTED for c in self.choices)

    @property
    def going(self) -> int:
        """How many images would be rejected."""
        return len(self.choices) - len(self.staying)

    @cached_property
    def unscreened(self) -> int:
        """How many of the images are not screened, so that nobody knows whether they are clear."""
        return sum(not c.image.is_screened for c in self.choices)


def propose(project: Project, wish: Wish) -> Proposal:
    """Return what a wish comes to, by what is known of all images now."""
    images = project.catalog.screenings.dates()
    return Proposal(wish, tuple(choose_dates(images, wish.keep, parse_period(wish.per))))
