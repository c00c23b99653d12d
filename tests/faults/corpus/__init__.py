"""The corpus of bad inputs, made by code (measures, R2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.corpus import (
    archives,
    catalogs,
    images,
    models,
    recipes,
    results,
    slots,
    tables,
    wishes,
)
from tests.faults.seeds import LONG

if TYPE_CHECKING:
    from tests.faults.corpus.bad_input import BadInput

# What may lie in place of every file, over all commands, is most of it: every third in short, so
# that each file meets some damages and each damage some files.
_STEP = 1 if LONG else 3

CASES: tuple[BadInput, ...] = (
    *slots.CASES[::_STEP],
    *tables.CASES,
    *recipes.CASES,
    *images.CASES,
    *models.CASES,
    *catalogs.CASES,
    *results.CASES,
    *archives.CASES,
    *wishes.CASES,
)
