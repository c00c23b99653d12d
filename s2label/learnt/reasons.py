"""Reasons of decisions that the program takes for somebody."""

from __future__ import annotations

from s2label.screening.dates import REASON as NOT_CHOSEN

UNSEEN = "accepted unseen"
# Decisions that nobody took by looking at the image.
NOT_LOOKED_AT = (UNSEEN, NOT_CHOSEN)
