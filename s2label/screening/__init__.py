"""Screening: clouds, shares, dates, and what is wrong with an image's numbers."""
