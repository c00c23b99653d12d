"""Reasons of decisions that the program takes for somebody."""

from __future__ import annotations

UNSEEN = "accepted unseen"
