"""Suspicions: outlines give back the very pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from s2label.suspicions import SuspicionKind, SuspicionRecord, pixels_of, rings_of


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans()))
def test_outlines_give_back_their_pixels(chosen: np.ndarray) -> None:
    assert np.array_equal(pixels_of(rings_of(chosen), chosen.shape), chosen)


def test_an_object_that_touches_itself_at_corners_has_one_outer_ring() -> None:
    chosen = np.eye(3, dtype=np.bool_)
    assert len(rings_of(chosen)) == 1


def test_the_same_suspicion_has_the_same_name_whatever_is_said_of_it() -> None:
    def told(words: str, audit: str = "a") -> SuspicionRecord:
        kind = SuspicionKind.MISSING
        return SuspicionRecord("m", 1, "i", 1, audit, "", kind, words, 0.5, 1.0)

    assert told("here").id == told("there").id
    assert told("here").id != told("here", "b").id
