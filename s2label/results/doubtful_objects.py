"""Objects that somebody should look at: barely found, under cloud, at a quay, or of one model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from s2label.results.doubt import Candidate, DoubtKind
from s2label.results.found_object import grown_window, own_pixels
from s2label.results.rasters import PROBABILITY_STEPS
from s2label.results.sizes import moments_of_sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray
    from rasterio.windows import Window

    from s2label.results.components import Component
    from s2label.results.opened import OpenResult
    from s2label.results.surroundings import Clouds, Coast
    from s2label.types import LabelClass

# A probability is near the threshold in the three tenths of the way from it to 0, or to 1.
_NEAR = 0.3
# Smaller things are less worth a look.
_SURE_PX = 4
_LARGE_PX = 20
# Share of an object: as for objects that two masks have (docs/scores.md), and under cloud.
_LEAST_SHARED = 0.25
_LEAST_CLOUDED = 0.25
# Larger windows are no ships'.
_MOST_WINDOW_PX = 2**20
REACH_PX = 3


@dataclass(frozen=True)
class Sighting:
    """An object of one class, with its pixels where somebody asks for them."""

    result: OpenResult
    label_class: LabelClass
    component: Component

    @property
    def is_readable(self) -> bool:
        """Whether it is no larger than can be looked at."""
        top, left, bottom, right = self.component.bounds
        return (bottom - top) * (right - left) <= _MOST_WINDOW_PX

    def window(self, by: int = 0) -> Window:
        """Return the window around it, grown by some pixels."""
        return grown_window(self.component.bounds, self.result.grid.shape, by)

    @cached_property
    def own(self) -> NDArray[np.bool_]:
        """Its pixels (y, x) in `window`."""
        window = self.window()
        is_class = self.result.read_classes(window) == self.label_class.value
        return own_pixels(is_class, self.component.first, window)

    def candidate(self, kind: DoubtKind, words: str, score: float) -> Candidate:
        """Return the place of the object, and why one should look."""
        centre = moments_of_sums(self.component.pixels, self.component.sums)
        return Candidate(centre.column, centre.row, kind, words, min(max(score, 0.0), 1.0))


def near_threshold(sighting: Sighting) -> Iterator[Candidate]:
    """Yield a piece of probable pixels whose largest probability lies near the threshold."""
    threshold = sighting.result.record.threshold
    largest = sighting.component.strongest / PROBABILITY_STEPS
    name = sighting.label_class.name
    if largest >= threshold:
        away = (largest - threshold) / max(1 - threshold, 1 / PROBABILITY_STEPS)
        words = f"Only just called {name}: probability {largest:.2f}, {threshold:.2f} is enough."
        if away < _NEAR and not _is_called(sighting):
            words = (
                f"Almost called {name}: probability {largest:.2f}, but another class is likelier."
            )
    else:
        away = (threshold - largest) / threshold
        words = f"Almost called {name}: probability {largest:.2f}, {threshold:.2f} is enough."
    if away < _NEAR:
        score = (1 - away / _NEAR) * min(sighting.component.pixels / _SURE_PX, 1)
        yield sighting.candidate(DoubtKind.THRESHOLD, words, score)


def _is_called(sighting: Sighting) -> bool:
    """Tell whether a probable piece is of its class anywhere: another may be likelier."""
    result, value, window = sighting.result, sighting.label_class.value, sighting.window()
    least = least_near(result.record.threshold) * PROBABILITY_STEPS
    is_likely = result.read_strength(value, window) >= least
    own = own_pixels(is_likely, sighting.component.first, window)
    return bool((result.read_classes(window)[own] == value).any())


def least_near(threshold: float) -> float:
    """Return the smallest probability that is near a threshold."""
    return threshold * (1 - _NEAR)


def on_cloud(sighting: Sighting, clouds: Clouds) -> Iterator[Candidate]:
    """Yield an object of which much lies under cloud."""
    is_cloud = clouds.read(sighting.result.grid, sighting.window())
    share = float(is_cloud[sighting.own].mean())
    if share >= _LEAST_CLOUDED:
        words = f"Called {sighting.label_class.name}, but {share:.0%} of it lies under cloud."
        yield sighting.candidate(DoubtKind.CLOUD, words, share)


def at_quay(sighting: Sighting, coast: Coast) -> Iterator[Candidate]:
    """Yield an object within few pixels of land; the less sure, the more doubtful."""
    if coast.is_near_land(sighting.result.grid, sighting.window(), sighting.own, REACH_PX):
        component = sighting.component
        mean = float(component.sums[0]) / component.pixels / PROBABILITY_STEPS
        words = f"Called {sighting.label_class.name} within {REACH_PX} pixels of land."
        yield sighting.candidate(DoubtKind.QUAY, words, 1 - mean)


def unshared(sighting: Sighting, other: OpenResult, *, is_older: bool) -> Iterator[Candidate]:
    """Yield an object that the other result has less than a quarter of.

    Parameters
    ----------
    sighting : Sighting
        The object.
    other : OpenResult
        Another model's result of the scene.
    is_older : bool
        Whether the object is the older model's, so that the newer one lacks it.
    """
    value, pixels = sighting.label_class.value, sighting.component.pixels
    shared = (other.read_classes(sighting.window()) == value)[sighting.own].mean()
    if shared >= _LEAST_SHARED:
        return
    name, count = sighting.label_class.name, f"{pixels} pixel{'s' if pixels > 1 else ''}"
    if is_older:
        words = f"Not called {name}, as model {sighting.result.record.model} did ({count})."
    else:
        words = f"Called {name} ({count}), but not by model {other.record.model}."
    yield sighting.candidate(DoubtKind.MODELS, words, pixels / _LARGE_PX)
