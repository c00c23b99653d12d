"""Files with the weights of a ResNet, as timm and torchgeo have them.

Only .safetensors files are read: they hold numbers and nothing that runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.bands import BAND_IDS, parse_bands
from s2label.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

FIRST_LAYER = "conv1.weight"
RGB = ("B04", "B03", "B02")
# Orders of bands that checkpoints are known to have: Level-2A without B10, and all bands as the
# instrument counts them (torchgeo's SENTINEL2_ALL weights). EuroSAT's own order, with B8A at the
# end, has 13 too and has to be said in the file.
_ORDERS = (RGB, tuple(name for name in BAND_IDS if name != "B10"), BAND_IDS)
_ROOTS = (FIRST_LAYER, "bn1.weight", "layer1.0.conv1.weight")
_OF_RESNET = re.compile(r"(conv1|bn1|layer\d+)\.")
_BANDS_FIELD = "bands"
_EXPECTED = "a whole .safetensors file with the weights of a ResNet34"


@dataclass(frozen=True, eq=False)
class EncoderWeights:
    """The weights of a ResNet, without its classifier.

    Parameters
    ----------
    state : dict
        Tensors by torchvision's names: conv1, bn1, layer1 to layer4.
    bands : tuple of str
        Band of each channel of the first layer.
    where : str
        Where they come from, for messages.
    """

    state: dict[str, Tensor]
    bands: tuple[str, ...]
    where: str


def read_encoder_file(path: Path) -> EncoderWeights:
    """Read a .safetensors checkpoint.

    Names are those of timm and torchvision (``layer1.0.conv1.weight``), under any prefix, as
    torchgeo and others put before them (``backbone.``, ``encoder.``, ``model.``, ``module.``);
    classifiers and other heads are left out.

    Which band each channel of the first layer is, the file may say as metadata
    (``bands = B02,B03,B04,B08``); else three channels are B04 B03 B02, 12 all bands but B10, and 13
    all bands, B8A behind B08.

    Raises
    ------
    InputError
        If the file cannot be read, is pickled, holds no ResNet, or does not tell its bands.
    """
    tensors, metadata = _read(path)
    state = _without_prefix(tensors, path)
    bands = _bands_of(state[FIRST_LAYER].shape[1], metadata, path)
    return EncoderWeights(state, bands, str(path))


def require_encoder_file(path: Path) -> None:
    """Look at the head of a checkpoint: is it whole, and does it name a ResNet? Loads no tensor.

    Raises
    ------
    InputError
        If it cannot be read, is pickled, or names no ResNet.
    MissingExtraError
        If the library that reads such files is not installed.
    """
    try:
        from safetensors import SafetensorError, safe_open
    except ModuleNotFoundError as error:
        raise MissingExtraError("encoder weights", "training") from error

    try:
        with path.open("rb") as file:
            _refuse_pickle(path, file.read(9))
        with safe_open(path, framework="numpy") as checkpoint:
            _require_resnet(list(checkpoint.keys()), path)
    except (OSError, SafetensorError) as error:
        raise InputError(path, f"cannot be read ({error})", _EXPECTED) from error


def _require_resnet(names: list[str], path: Path) -> list[str]:
    """Return the prefixes under which the names of a ResNet stand, one at least."""
    prefixes = [name.removesuffix(FIRST_LAYER) for name in names if name.endswith(FIRST_LAYER)]
    whole = [p for p in prefixes if all(p + root in names for root in _ROOTS)]
    if not whole:
        raise _no_resnet(names, path)
    return whole


def _no_resnet(names: list[str], path: Path) -> InputError:
    found = f"no ResNet among {in_short(names) or 'no tensors'}"
    return InputError(path, found, "names such as layer1.0.conv1.weight")


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors of a file and its metadata."""
    from safetensors import SafetensorError, safe_open

    try:
        with path.open("rb") as file:
            _refuse_pickle(path, file.read(9))
        with safe_open(path, framework="pt") as checkpoint:
            tensors = {name: checkpoint.get_tensor(name) for name in checkpoint.keys()}  # noqa: SIM118
            return tensors, dict(checkpoint.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise InputError(path, f"cannot be read ({error})", _EXPECTED) from error


def _refuse_pickle(path: Path, head: bytes) -> None:
    # A zip is what torch.save writes; 0x80 begins a bare pickle, as older versions wrote it. The
    # length that .safetensors files begin with may look like either; behind it comes "{".
    if head.startswith((b"PK", b"\x80")) and head[8:] != b"{":
        raise InputError(
            path,
            "a pickled checkpoint, which may run a program when it is opened",
            ".safetensors",
            "where you trust it, convert it in Python: import torch, safetensors.torch as s; "
            f"s.save_file(torch.load({path.name!r}, weights_only=True), 'resnet34.safetensors')",
        )


def _without_prefix(tensors: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Return the weights under the shortest prefix that has a ResNet: a teacher's is longer."""
    named = _require_resnet(list(tensors), path)
    whole = [p for p in named if tensors[p + FIRST_LAYER].ndim == 4]
    if not whole:
        raise _no_resnet(list(tensors), path)
    prefix = min(whole, key=lambda each: (len(each), each))
    under = {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
    return {name: tensor for name, tensor in under.items() if _OF_RESNET.match(name)}


def _bands_of(channels: int, metadata: Mapping[str, str], path: Path) -> tuple[str, ...]:
    """Return which band each channel of a first layer is."""
    if _BANDS_FIELD in metadata:
        return _told_bands(metadata[_BANDS_FIELD], channels, path)
    known = {len(bands): bands for bands in _ORDERS}
    if channels not in known:
        raise InputError(
            path,
            f"a first layer of {channels} channels",
            f"{', '.join(map(str, sorted(known)))} channels, or their bands in the file",
            f'save it with metadata={{"{_BANDS_FIELD}": "B02,B03,..."}}',
        )
    return known[channels]


def _told_bands(text: str, channels: int, path: Path) -> tuple[str, ...]:
    try:
        bands = parse_bands(text)
    except ValueError as error:
        raise InputError(path, f"metadata {_BANDS_FIELD!r}: {error}") from error
    if len(bands) != channels:
        found = f"{len(bands)} bands in its metadata, {channels} channels in its first layer"
        raise InputError(path, found, "one band for each channel")
    return bands


def in_short(names: Mapping[str, object] | list[str], most: int = 3) -> str:
    """Return the first of many names, with a sign that there are more."""
    listed = list(names)
    return ", ".join(listed[:most]) + (", ..." if len(listed) > most else "")
