"""What networks run on: processor or GPU, and numbers of 32 or 16 bits."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

import torch

from s2label.errors import S2LabelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from typing import Any

_FAST_BF16 = ("avx512_bf16", "amx_bf16")


class Precision(StrEnum):
    """Numbers that a network computes with; bf16 keeps weights and sums in 32 bits."""

    BF16 = "bf16"
    FP32 = "fp32"

    @property
    def of_trainer(self) -> str:
        """The name that Lightning has for it."""
        return "bf16-mixed" if self is Precision.BF16 else "32-true"

    def on(self, device: torch.device) -> AbstractContextManager[Any]:
        """Return the context in which a network computes so."""
        return torch.autocast(device.type, torch.bfloat16, enabled=self is Precision.BF16)


def choose_device(wish: str = "auto") -> torch.device:
    """Return the device that is meant: "auto" takes a GPU where there is one.

    Raises
    ------
    S2LabelError
        If there is no such device.
    """
    if wish == "auto":
        wish = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(wish)
    except RuntimeError as error:
        raise S2LabelError(f"device {wish!r}: expected auto, cpu or cuda") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise S2LabelError(f"device {wish!r}: no GPU that torch can use; take cpu")
    return device


def choose_precision(wish: str = "auto", device: torch.device | None = None) -> Precision:
    """Return the precision that is meant: "auto" takes bf16 where it is quicker.

    Measured on a ResNet34 U-Net and a processor with AVX512-BF16: 1.8 times as many tiles.
    A processor without such instructions computes bf16 slower than 32 bits.

    Raises
    ------
    S2LabelError
        If there is no such precision.
    """
    if wish in set(Precision):
        return Precision(wish)
    if wish != "auto":
        raise S2LabelError(f"precision {wish!r}: expected auto, bf16 or fp32")
    device = device or choose_device()
    return Precision.BF16 if _is_bf16_fast(device) else Precision.FP32


@contextmanager
def without_helpers() -> Iterator[None]:
    """Let this thread compute alone, so that another one may have all cores later.

    OpenMP gives each thread that computes helpers of its own and keeps them. Where threads and
    helpers are more than cores it lets all of them sleep after each piece of a step, thousands of
    times a step.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _is_bf16_fast(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    # Older torch cannot tell; then 32 bits are never wrong.
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(bool(capabilities.get(name)) for name in _FAST_BF16)
