"""Whole scenes: read in strips, predicted in overlapping tiles, written as rasters."""
