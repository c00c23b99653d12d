"""What may lie where a file is expected: nothing at all, a folder, other bytes."""

from __future__ import annotations

import io
import pickle
import zipfile
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Damage = Callable[[Path], object]

LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 32998\n"
)
HTML = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>\n"
DEPTH = 100_000
SEED = 9


def bytes_of(content: bytes) -> Damage:
    """Return what writes these bytes."""
    return lambda path: path.write_bytes(content)


def _dangling(path: Path) -> None:
    path.symlink_to("gone")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def picture() -> bytes:
    """Return a PNG of noise."""
    pixels = np.random.default_rng(SEED).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    with io.BytesIO() as file:
        Image.fromarray(pixels).save(file, "PNG")
        return file.getvalue()


def archive() -> bytes:
    """Return a zip with a text in it."""
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as zipped:
            zipped.writestr("readme.txt", "text")
        return file.getvalue()


NO_FILE: dict[str, Damage] = {
    "is not there": lambda path: None,
    "is a folder": lambda path: path.mkdir(),
    "is a link that leads nowhere": _dangling,
    "is a link to itself": _loop,
}
OTHER_BYTES: dict[str, Damage] = {
    "is empty": bytes_of(b""),
    "is a Git LFS pointer": bytes_of(LFS_POINTER),
    "is random bytes": bytes_of(np.random.default_rng(SEED).bytes(4096)),
}
TEXTS: dict[str, Damage] = {
    "is in UTF-16": bytes_of("subject,id\nname = 1\n{}".encode("utf-16")),
    "is Latin-1": bytes_of("name = 'Th\u00e9r\u00e8se'\nsubject,id\n".encode("latin-1")),
    "is NUL bytes": bytes_of(bytes(4096)),
    "is a web page": bytes_of(HTML),
    "is one line of 2 MB": bytes_of(b"a" * 2_000_000),
    "is JSON nested 100000 deep": bytes_of(b"[" * DEPTH + b"]" * DEPTH),
}
STORES: dict[str, Damage] = {
    "is a PNG": bytes_of(picture()),
    "is a pickle": bytes_of(pickle.dumps({"weights": [1, 2, 3]}, protocol=4)),
}
RASTERS: dict[str, Damage] = {
    "is a zip": bytes_of(archive()),
    "is a PNG": bytes_of(picture()),
    "is a header without a raster": bytes_of(b"II*\x00\x08\x00\x00\x00"),
    "is a header and random bytes": bytes_of(
        b"II*\x00\x08\x00\x00\x00" + np.random.default_rng(SEED).bytes(4096)
    ),
    "is a JPEG2000 signature and nothing": bytes_of(b"\x00\x00\x00\x0cjP  \r\n\x87\n"),
}


def put(path: Path, damage: Damage) -> Path:
    """Put a damage where a file may lie, and return the path."""
    if path.is_file() or path.is_symlink():
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    damage(path)
    return path
