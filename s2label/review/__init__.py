"""Reviewing without a window: queue, current chip, acts, undo, pace. Knows no Qt."""
