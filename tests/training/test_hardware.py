"""Networks run on what is there, and in 16 bits only where that is quicker."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from s2label_training.hardware import Precision, choose_device, choose_precision

from s2label.errors import S2LabelError

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx512_bf16": True, "amx_bf16": False}, Precision.BF16),
        ({"amx_bf16": True}, Precision.BF16),
        ({"avx512_bf16": False, "avx512_f": True}, Precision.FP32),
        ({}, Precision.FP32),
    ],
)
def test_bf16_is_taken_where_the_processor_has_instructions_for_it(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], expected: Precision
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert choose_precision("auto", CPU) is expected


@pytest.mark.parametrize("wish", ["bf16", "fp32"])
def test_a_wish_is_obeyed(wish: str) -> None:
    assert choose_precision(wish, CPU) == wish


@pytest.mark.parametrize(
    ("precision", "dtype"), [("bf16", torch.bfloat16), ("fp32", torch.float32)]
)
def test_a_network_computes_in_it(precision: str, dtype: torch.dtype) -> None:
    layer = torch.nn.Conv2d(1, 1, 1)
    with choose_precision(precision, CPU).on(CPU):
        assert layer(torch.zeros(1, 1, 2, 2)).dtype is dtype


def test_without_a_gpu_the_processor_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device() == CPU
    with pytest.raises(S2LabelError, match="no GPU that torch can use; take cpu"):
        choose_device("cuda")


@pytest.mark.parametrize("wish", ["gpu", "", "cuda:x"])
def test_a_device_that_is_none_is_told(wish: str) -> None:
    with pytest.raises(S2LabelError, match="expected auto, cpu or cuda"):
        choose_device(wish)


def test_a_precision_that_is_none_is_told() -> None:
    with pytest.raises(S2LabelError, match="expected auto, bf16 or fp32"):
        choose_precision("half", CPU)


_COMPUTE = """
import os, sys, torch
from contextlib import nullcontext
from s2label_training.hardware import without_helpers

torch.set_num_threads(2)
before = len(os.listdir("/proc/self/task"))
with without_helpers() if sys.argv[1] == "alone" else nullcontext():
    torch.ones(4_000_000).add_(1).sum()
print(len(os.listdir("/proc/self/task")) - before, torch.get_num_threads())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="helpers are counted in /proc")
@pytest.mark.parametrize(("how", "helpers"), [("alone", 0), ("with helpers", 1)])
def test_a_thread_may_compute_without_helpers(how: str, helpers: int) -> None:
    command = [sys.executable, "-c", _COMPUTE, how]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert found.split() == [str(helpers), "2"]
