"""Checkpoints without pickle: a folder with ``state.json`` and ``tensors.safetensors``.

What Lightning wants to keep is a tree of dicts, lists, numbers and tensors. Tensors go into the
safetensors file under a running number; JSON holds the rest, with the numbers in their places.
Loading a checkpoint can therefore run no code.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning.pytorch.plugins.io import CheckpointIO
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from s2label.durable import PART_SUFFIX, sync_file, sync_folder
from s2label.errors import InputError, ProjectError
from s2label.refusals import reason_of

if TYPE_CHECKING:
    from lightning.fabric.utilities.types import _PATH

STATE_NAME = "state.json"
TENSORS_NAME = "tensors.safetensors"
# Keys by which JSON says that a value is something that JSON has not.
_TENSOR, _TUPLE, _TABLE = "$tensor", "$tuple", "$table"


class SafetensorsIO(CheckpointIO):
    """How Lightning keeps and reads checkpoints of a fit."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: _PATH, storage_options: Any | None = None
    ) -> None:
        """Write a checkpoint: after a kill or a power cut it is whole or not there.

        Raises
        ------
        ProjectError
            If it cannot be written: the disk is full.
        """
        folder = Path(path)
        part = folder.with_name(f".{folder.name}{PART_SUFFIX}")
        shutil.rmtree(part, ignore_errors=True)
        tensors = _Tensors()
        state = json.dumps(_encoded(checkpoint, tensors))
        try:
            part.mkdir()
            save_file(tensors.by_name, part / TENSORS_NAME)
            (part / STATE_NAME).write_text(state, "utf-8")
            for name in (TENSORS_NAME, STATE_NAME):
                sync_file(part / name)
            part.rename(folder)
            sync_folder(folder.parent)
        except (OSError, SafetensorError) as error:  # a full disk
            why = reason_of(error) if isinstance(error, OSError) else str(error)
            advice = "then resume this training"
            raise ProjectError(f"{folder}: cannot be written ({why}); {advice}") from error

    def load_checkpoint(
        self, path: _PATH, map_location: Any | None = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Read a checkpoint; its tensors are on the processor.

        Raises
        ------
        InputError
            If it is missing or damaged.
        """
        folder = Path(path)
        try:
            tensors = load_file(folder / TENSORS_NAME)
            state = json.loads((folder / STATE_NAME).read_text("utf-8"))
            checkpoint: dict[str, Any] = _decoded(state, tensors)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise InputError(
                folder, f"a checkpoint that cannot be read ({error})", advice="train anew"
            ) from error
        return checkpoint

    def remove_checkpoint(self, path: _PATH) -> None:
        """Delete a checkpoint."""
        shutil.rmtree(path, ignore_errors=True)


class _Tensors:
    """Tensors on their way to a file, by name."""

    def __init__(self) -> None:
        self.by_name: dict[str, Tensor] = {}
        self._memory: set[int] = set()

    def add(self, tensor: Tensor) -> str:
        """Add a tensor and return its name.

        It is copied only where it must be: safetensors refuses tensors that share memory.
        """
        added = tensor.detach().cpu().contiguous()
        memory = added.untyped_storage()
        if memory.nbytes() != added.nbytes or memory.data_ptr() in self._memory:
            added = added.clone()
        self._memory.add(added.untyped_storage().data_ptr())
        name = str(len(self.by_name))
        self.by_name[name] = added
        return name


def _encoded(value: Any, tensors: _Tensors) -> Any:
    """Return a value as JSON types; its tensors are added to `tensors`."""
    match value:
        case Tensor():
            return {_TENSOR: tensors.add(value)}
        case None | bool() | int() | float() | str():
            return value
        case tuple():
            return {_TUPLE: [_encoded(each, tensors) for each in value]}
        case list():
            return [_encoded(each, tensors) for each in value]
        case dict() if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: _encoded(each, tensors) for key, each in value.items()}
        case dict():
            rows = [[_encoded(k, tensors), _encoded(v, tensors)] for k, v in value.items()]
            return {_TABLE: rows}
    raise TypeError(f"a checkpoint cannot keep {value!r} of {type(value).__name__} without pickle")


def _decoded(value: Any, tensors: dict[str, Tensor]) -> Any:
    match value:
        case {"$tensor": str(name)}:
            return tensors[name]
        case {"$tuple": list(rows)}:
            return tuple(_decoded(each, tensors) for each in rows)
        case {"$table": list(rows)}:
            return {_decoded(k, tensors): _decoded(v, tensors) for k, v in rows}
        case dict():
            return {key: _decoded(each, tensors) for key, each in value.items()}
        case list():
            return [_decoded(each, tensors) for each in value]
    return value
