"""What an exploration tells when it is done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ExploreReport:
    """What an exploration wrote.

    Parameters
    ----------
    out : str
        The folder.
    chips, labelled_chips, chips_read : int
        Chips that were meant, those of them with labels, and those whose pixels were read.
    pixels : int
        Labelled pixels that count.
    is_exact : bool
        Whether that is certain; if not, it is the most there can be.
    sampled : int
        Pixels that were drawn.
    seed : int
        By which seed.
    words : str
        The same in a sentence.
    figures : tuple of dict
        ``name`` and ``title``; the files are ``<name>.png``, ``.svg`` and ``.csv``.
    notes : tuple of str
        What was left out, and why.
    next_hour : tuple of str
        Where the time went and what more of it would bring, or what is missing to say so.
    in_short : tuple of str
        The one or two most telling of these.
    """

    out: str
    chips: int
    labelled_chips: int
    chips_read: int
    pixels: int
    is_exact: bool
    sampled: int
    seed: int
    words: str
    figures: tuple[dict[str, str], ...]
    notes: tuple[str, ...]
    next_hour: tuple[str, ...] = ()
    in_short: tuple[str, ...] = ()
