"""Frames: a JSON header with arrays, as bytes between the window and a process that works for it.

A frame is a prefix (mark, length of the header, length of the arrays; little-endian), the header
in UTF-8 JSON with the size of each array, and the arrays one after the other as npy. Nothing in it
is ever run or unpickled.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from io import BytesIO
from tokenize import TokenError
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy

from s2label.errors import S2LabelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_MARK = b"S2L\x01"
_PREFIX = struct.Struct("<4sIQ")
# A header is words and numbers, the arrays are a chip: 30 classes of 2,900 x 2,900 px fit.
MOST_HEADER_BYTES = 1 << 20
MOST_ARRAY_BYTES = 1 << 28
_SIZES = "array_bytes"
# npy's header is a literal, which numpy also tries to read as one of Python 2: hence the last two.
_DAMAGE = (
    ValueError,
    KeyError,
    TypeError,
    OverflowError,
    RecursionError,
    SyntaxError,
    TokenError,
)


class FrameError(S2LabelError):
    """Bytes are no frame, or an array cannot be framed."""


@dataclass(frozen=True, eq=False)
class Frame:
    """What one side says to the other.

    Parameters
    ----------
    header : dict
        JSON types.
    arrays : dict
        Name -> array of numbers or bool, of any shape.
    """

    header: dict[str, Any]
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


def write_frame(
    stream: IO[bytes], header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]] | None = None
) -> None:
    """Write a frame to a binary stream and flush it.

    Raises
    ------
    FrameError
        If an array holds Python objects, or the frame is larger than a reader takes.
    """
    for part in framed(header, arrays or {}):
        stream.write(part)
    stream.flush()


def framed(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> list[bytes]:
    """Return a frame as pieces to be written one after the other; errors as in `write_frame`."""
    packed = {name: _packed(name, array) for name, array in arrays.items()}
    sizes = {name: len(data) for name, data in packed.items()}
    head = json.dumps({"header": dict(header), _SIZES: sizes}).encode()
    _check_sizes(len(head), sum(sizes.values()))
    return [_PREFIX.pack(_MARK, len(head), sum(sizes.values())), head, *packed.values()]


def read_frame(stream: IO[bytes]) -> Frame | None:
    """Read the next frame of a binary stream, waiting for it; None at its end.

    Raises
    ------
    FrameError
        If the bytes are no frame, or end within one.
    """
    reader = FrameReader()
    while data := stream.read(reader.missing_bytes):
        frames = reader.feed(data)
        if frames:
            return frames[0]
    if reader.is_within_frame:
        raise FrameError("the other side ended within a frame")
    return None


class FrameReader:
    """Puts frames together from bytes that come in pieces.

    Each byte is copied once into its place, so that large arrays cost no more than they are long.
    After an error it is of no use any more: where the next frame would begin is not known.
    """

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._head_bytes = -1  # not known before the prefix is whole
        self._reserve(_PREFIX.size)

    def _reserve(self, size: int) -> None:
        self._part, self._filled = bytearray(size), 0

    @property
    def missing_bytes(self) -> int:
        """How many bytes surely belong to the frame that is being read."""
        return len(self._part) - self._filled

    @property
    def is_within_frame(self) -> bool:
        """Whether a frame has begun and is not whole."""
        return self._filled > 0 or self._head_bytes >= 0

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next bytes; return the frames that are whole with them, in order.

        Raises
        ------
        FrameError
            If the bytes are no frame.
        """
        frames, rest = [], memoryview(data)
        while rest:
            taken = min(len(rest), self.missing_bytes)
            self._part[self._filled : self._filled + taken] = rest[:taken]
            self._filled += taken
            rest = rest[taken:]
            if not self.missing_bytes:
                frames += self._finish_part()
        return frames

    def _finish_part(self) -> list[Frame]:
        if self._head_bytes < 0:
            mark, self._head_bytes, array_bytes = _PREFIX.unpack(self._part)
            if mark != _MARK:
                raise FrameError(f"not a frame: begins with {mark!r}")
            _check_sizes(self._head_bytes, array_bytes)
            self._reserve(self._head_bytes + array_bytes)
            if self.missing_bytes:
                return []
        frame = _unframed(memoryview(self._part), self._head_bytes)
        self._begin()
        return [frame]


def _check_sizes(head_bytes: int, array_bytes: int) -> None:
    for found, most in ((head_bytes, MOST_HEADER_BYTES), (array_bytes, MOST_ARRAY_BYTES)):
        if found > most:
            raise FrameError(f"a frame with a part of {found} bytes; expected at most {most}")


def _packed(name: str, array: NDArray[Any]) -> bytes:
    stream = BytesIO()
    try:
        npy.write_array(stream, np.asarray(array), allow_pickle=False)
    except ValueError as error:
        raise FrameError(f"array {name!r} of {array.dtype} cannot be framed") from error
    return stream.getvalue()


def _unframed(part: memoryview, head_bytes: int) -> Frame:
    try:
        head = json.loads(bytes(part[:head_bytes]))
        header, sizes = dict(head["header"]), dict(head[_SIZES])
        starts = np.cumsum([head_bytes, *map(int, sizes.values())])
        if starts[-1] != len(part) or min(sizes.values(), default=0) < 0:
            raise ValueError("sizes do not add up")
        pairs = zip(sizes, starts[:-1], starts[1:], strict=True)
        return Frame(header, {name: _unpacked(part[a:b]) for name, a, b in pairs})
    except _DAMAGE as error:
        raise FrameError(f"a damaged frame ({' '.join(str(error).split())[:200]})") from error


def _unpacked(data: memoryview) -> NDArray[Any]:
    """Return an npy array as a view of its bytes, which are as many as its header says."""
    # The header is a Python literal of some dozens of bytes; numpy reads no more than 10,000.
    stream = BytesIO(data[: npy.MAGIC_LEN + 4 + 10_000])
    version = npy.read_magic(stream)
    read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in read_header:
        raise ValueError(f"npy version {version}")
    shape, is_fortran, dtype = read_header[version](stream)
    if dtype.hasobject:
        raise ValueError("an array of Python objects")
    values = np.frombuffer(data, dtype, offset=stream.tell())
    return values.reshape(shape, order="F" if is_fortran else "C")
