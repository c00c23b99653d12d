"""How long all tests are, and the seed that those of faults draw from.

``S2LABEL_LONG=1`` makes them long, ``S2LABEL_SEED`` another number draws other moments and acts.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

Case = TypeVar("Case")

LONG = bool(os.environ.get("S2LABEL_LONG"))
SEED = int(os.environ.get("S2LABEL_SEED") or 20261121)


def long_only(what: str) -> pytest.MarkDecorator:
    """Return the mark of a test that only the long form runs, and says so in the short one."""
    return pytest.mark.skipif(not LONG, reason=f"S2LABEL_LONG=1: {what}")


def some_of(cases: Sequence[Case], step: int = 2) -> Sequence[Case]:
    """Return all cases in the long form, every ``step``-th from the first on in the short one."""
    return cases if LONG else cases[::step]


def chance_of(*names: object) -> random.Random:
    """Return chance that is always the same for a seed and these names."""
    return random.Random(" ".join(map(str, (SEED, *names))))
