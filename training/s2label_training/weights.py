"""Weights of a network as safetensors: numbers and names only, so that loading runs no code."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from s2label.durable import write_whole
from s2label.errors import InputError
from s2label_training.weights_file import refuse_pickled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor, nn

_ADVICE = "copy the model anew, or train it again"
# A message names so many tensors at most.
_NAMED = 3


def save_weights(path: Path, network: nn.Module) -> str:
    """Write the state of a network, whole or not at all.

    Returns
    -------
    str
        SHA-256 of the file, for the record of the bundle.
    """
    # Clones of their own: safetensors refuses tensors that share memory or are not contiguous.
    state = {
        name: tensor.detach().cpu().contiguous().clone()
        for name, tensor in network.state_dict().items()
    }
    data = save(state)
    write_whole(path, data)
    return hashlib.sha256(data).hexdigest()


def load_weights(path: Path, network: nn.Module) -> None:
    """Load a file of weights into a network that has to have the same tensors.

    Parameters
    ----------
    path : Path
        The file; `bundle.verify_weights` tells whether it is the one of a bundle.
    network : nn.Module
        It stays as it was if anything is wrong.

    Raises
    ------
    InputError
        If the file is missing, damaged or pickled, or holds other tensors.
    """
    state = read_weights(path)
    _require_same(path, state, network.state_dict())
    network.load_state_dict(state)


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file by name.

    Raises
    ------
    InputError
        If the file is missing, damaged or pickled.
    """
    if not path.is_file():
        raise InputError(path, "no such file", "a file of weights", _ADVICE)
    refuse_pickled(path)
    try:
        return load_file(path)
    except SafetensorError as error:
        raise InputError(path, f"no safetensors file ({error})", advice=_ADVICE) from error


def _require_same(path: Path, found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    missing = [name for name in wanted if name not in found]
    strange = [name for name in found if name not in wanted]
    lists = {"tensors missing": missing, "unknown tensors": strange}
    told = [f"{len(names)} {what} ({_some(names)})" for what, names in lists.items() if names]
    if told:
        raise InputError(path, " and ".join(told), "weights of this network", _ADVICE)
    for name, tensor in wanted.items():
        if found[name].shape != tensor.shape:
            shapes = [" x ".join(map(str, t.shape)) or "a number" for t in (found[name], tensor)]
            raise InputError(path, f"{name} of {shapes[0]}", shapes[1], _ADVICE)
    broken = [n for n, t in found.items() if t.is_floating_point() and not torch.isfinite(t).all()]
    if broken:
        raise InputError(path, f"numbers that are not finite in {_some(broken)}", advice=_ADVICE)


def _some(names: list[str]) -> str:
    more = ", ..." if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
