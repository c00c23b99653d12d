"""Pictures of a map as text that stands in the page itself (data URIs, RFC 2397)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

# At 80 dark water has blocks when one looks closely.
_QUALITY = 87
# 0 fast .. 6 small; from 4 on a scene takes minutes.
_EFFORT = 2


@dataclass(frozen=True)
class PlacedImage:
    """A picture and where it lies.

    Parameters
    ----------
    url : str
        The picture, as a data URI.
    left, top : float
        Its corner in metres of the map.
    width, height : float
        Its size in metres of the map.
    """

    url: str
    left: float
    top: float
    width: float
    height: float


def encode_picture(rgb: NDArray[np.uint8], valid: NDArray[np.bool_]) -> str:
    """Return a picture as WebP, transparent where there is nothing.

    Parameters
    ----------
    rgb : ndarray
        uint8 (3, y, x).
    valid : ndarray
        bool (y, x).
    """
    alpha = np.where(valid, 255, 0).astype(np.uint8)[None]
    bands = rgb if valid.all() else np.concatenate([rgb, alpha])
    picture = Image.fromarray(np.ascontiguousarray(np.moveaxis(bands, 0, -1)))
    return _uri(picture, "WEBP", quality=_QUALITY, method=_EFFORT)


def encode_class(is_there: NDArray[np.bool_], colour: tuple[int, int, int]) -> str:
    """Return the pixels of one class as PNG of one bit: its colour, and transparent elsewhere.

    Parameters
    ----------
    is_there : ndarray
        bool (y, x).
    colour : tuple
        Red, green and blue, 0..255.
    """
    picture = Image.fromarray(is_there.astype(np.uint8), mode="P")
    # The transparent pixels have the colour as well: a browser that smooths mixes it in.
    picture.putpalette([*colour, *colour])
    return _uri(picture, "PNG", bits=1, transparency=0, optimize=False)


def _uri(picture: Image.Image, format_: str, **options: object) -> str:
    buffer = BytesIO()
    picture.save(buffer, format_, **options)
    text = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f"data:image/{format_.lower()};base64,{text}"
