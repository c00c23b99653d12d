"""Checkpoints hold tensors and JSON, never anything that could run."""

from __future__ import annotations

import pickletools
from typing import TYPE_CHECKING, Any

import pytest
import torch
from s2label_training.checkpoints import STATE_NAME, TENSORS_NAME, SafetensorsIO

from s2label.errors import InputError, ProjectError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def checkpoint() -> dict[str, Any]:
    """Return a tree with all that Lightning and an optimiser put into a checkpoint."""
    shared = torch.arange(6.0)
    return {
        "state_dict": {"network.a": shared.view(2, 3), "network.b": shared},
        "optimizer_states": [
            {
                "state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.ones(2)}, 1: {}},
                "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999), "params": [0, 1]}],
            }
        ],
        "wrongness": torch.tensor([float("nan"), 0.5]),
        "loops": {"is_last": True, "none": None, "nan": float("inf"), "words": "$tensor"},
        "bits": torch.ones(3, dtype=torch.bfloat16),
        "$tensor": "a key that looks like one of ours",
    }


def assert_same(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    if isinstance(expected, torch.Tensor):
        assert found.dtype == expected.dtype
        assert torch.equal(found.nan_to_num(), expected.nan_to_num())
    elif isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, value in expected.items():
            assert_same(found[key], value)
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    else:
        assert found == expected


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path, checkpoint: dict[str, Any]) -> None:
    SafetensorsIO().save_checkpoint(checkpoint, tmp_path / "epoch-00001")
    assert_same(SafetensorsIO().load_checkpoint(tmp_path / "epoch-00001"), checkpoint)
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-00001"]


def test_nothing_of_it_is_a_pickle(tmp_path: Path, checkpoint: dict[str, Any]) -> None:
    SafetensorsIO().save_checkpoint(checkpoint, tmp_path / "kept")
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {STATE_NAME, TENSORS_NAME}
    for path in (tmp_path / "kept").iterdir():
        assert not path.read_bytes().startswith((b"PK\x03\x04", b"\x80"))
        with pytest.raises(ValueError, match=r"opcode|newline|exhausted"):
            list(pickletools.genops(path.read_bytes()))


def test_what_needs_pickle_is_refused_and_nothing_is_left_in_place(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="set without pickle"):
        SafetensorsIO().save_checkpoint({"things": {1, 2}}, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_part_left_by_a_kill_is_written_over(tmp_path: Path) -> None:
    part = tmp_path / ".kept.part"
    part.mkdir()
    (part / STATE_NAME).write_text("half of")
    SafetensorsIO().save_checkpoint({"epoch": 1}, tmp_path / "kept")
    assert SafetensorsIO().load_checkpoint(tmp_path / "kept") == {"epoch": 1}
    assert not part.exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(ProjectError, match=r"epoch-00001: cannot be written"):
        SafetensorsIO().save_checkpoint({"epoch": 1}, tmp_path / "run" / "epoch-00001")


@pytest.mark.parametrize("name", [STATE_NAME, TENSORS_NAME])
@pytest.mark.parametrize("is_gone", [True, False], ids=["missing", "damaged"])
def test_a_damaged_checkpoint_is_told(
    tmp_path: Path, checkpoint: dict[str, Any], name: str, is_gone: bool
) -> None:
    SafetensorsIO().save_checkpoint(checkpoint, tmp_path / "kept")
    path = tmp_path / "kept" / name
    path.write_bytes(path.read_bytes()[:40])
    if is_gone:
        path.unlink()
    with pytest.raises(InputError, match=r"kept: .*train anew"):
        SafetensorsIO().load_checkpoint(tmp_path / "kept")


def test_a_checkpoint_can_be_removed(tmp_path: Path) -> None:
    SafetensorsIO().save_checkpoint({"epoch": 1}, tmp_path / "kept")
    SafetensorsIO().remove_checkpoint(tmp_path / "kept")
    assert not any(tmp_path.iterdir())
