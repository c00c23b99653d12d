"""Doubts: why somebody should look at an image, by a predicted scene."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DoubtRecord:
    """Why somebody should look at one version of an image, by a predicted scene.

    ``kind`` is a word or two, ``words`` a sentence; ``score``, 0..1, compares within a kind only.
    ``rank`` is above 0 and up to 1, the more, the further in front the place came in its scene.
    """

    image_id: str
    image_version: int
    scene: str
    model: str
    kind: str
    words: str
    score: float
    rank: float
