"""Painting without a window: what changes the pixels of a mask. Knows no Qt."""
