"""Where a format puts images and masks, relative to the export."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """The folders and the suffix of a format.

    Parameters
    ----------
    suffix : str
        Of image and mask files.
    images, masks : str
        Their folders; equal ones mean that an image and its mask are one file.
    """

    suffix: str
    images: str = "images"
    masks: str = "masks"

    @property
    def is_paired(self) -> bool:
        """Whether an image and its mask are one file."""
        return self.images == self.masks

    def image_file(self, image_id: str) -> str:
        """Return where an image is written."""
        return f"{self.images}/{image_id}{self.suffix}"

    def mask_file(self, name: str, image_id: str) -> str:
        """Return where the mask of that name, which an image has, is written."""
        return self.image_file(image_id) if self.is_paired else self.lone_mask_file(name)

    def lone_mask_file(self, name: str) -> str:
        """Return where a mask that is a file of its own is written."""
        return f"{self.masks}/{name}{self.suffix}"
