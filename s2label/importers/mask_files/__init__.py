"""Masks that the user gives as a file or folder, matched to scenes: COCO, class PNG, GeoTIFF."""

from __future__ import annotations

from s2label.importers.mask_files.finder import MaskFinder
from s2label.importers.mask_files.found_mask import FoundMask

__all__ = ["FoundMask", "MaskFinder"]
