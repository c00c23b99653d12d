"""Weights are kept as numbers and names, and loaded only where they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from s2label_training.weights import load_weights, read_weights, save_weights
from torch import nn

from s2label.durable import sha256_of
from s2label.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def network(inputs: int = 3, outputs: int = 2) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3), nn.BatchNorm2d(outputs))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "weights.safetensors"


def same(one: nn.Module, other: nn.Module) -> bool:
    states = one.state_dict(), other.state_dict()
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_a_network_gets_back_what_was_saved(path: Path) -> None:
    saved, loaded = network(), network()
    assert not same(saved, loaded)
    sha256 = save_weights(path, saved)
    load_weights(path, loaded)
    assert same(saved, loaded)
    assert sha256 == sha256_of(path)


def test_weights_in_channels_last_order_are_saved_too(path: Path) -> None:
    saved, loaded = network().to(memory_format=torch.channels_last), network()
    save_weights(path, saved)
    load_weights(path, loaded)
    assert same(saved, loaded)


def test_tensors_that_share_memory_are_saved(path: Path) -> None:
    twice = nn.Linear(2, 2)
    save_weights(path, nn.ModuleList([twice, twice]))
    assert set(read_weights(path)) == {"0.weight", "0.bias", "1.weight", "1.bias"}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        pytest.param(network(inputs=4), "2 x 3 x 3 x 3; expected 2 x 4 x 3 x 3", id="shape"),
        pytest.param(nn.Sequential(nn.Conv2d(3, 2, 3)), "5 unknown tensors (1.", id="more"),
        pytest.param(
            nn.Sequential(*network(), nn.Conv2d(2, 2, 1)), "2 tensors missing (2.weight", id="less"
        ),
    ],
)
def test_weights_of_another_network_are_refused_and_change_nothing(
    path: Path, other: nn.Sequential, said: str
) -> None:
    save_weights(path, network())
    before = {name: tensor.clone() for name, tensor in other.state_dict().items()}
    with pytest.raises(InputError) as caught:
        load_weights(path, other)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert all(torch.equal(tensor, other.state_dict()[name]) for name, tensor in before.items())


def test_numbers_that_are_not_finite_are_refused(path: Path) -> None:
    broken = network()
    with torch.no_grad():
        broken.get_parameter("0.weight")[0, 0, 0, 0] = torch.nan
    save_weights(path, broken)
    with pytest.raises(InputError, match=r"not finite in 0\.weight"):
        load_weights(path, network())


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_file_that_is_cut_short_is_refused(path: Path, share: float) -> None:
    save_weights(path, network())
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match="no safetensors file"):
        load_weights(path, network())


def test_a_pickle_is_never_opened(path: Path) -> None:
    torch.save(network().state_dict(), path)
    with pytest.raises(InputError, match="pickled"):
        load_weights(path, network())


def test_a_missing_file_is_told(path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_weights(path, network())


def test_what_is_there_stays_when_writing_fails(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = network()
    save_weights(path, first)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("s2label.durable.os.replace", full)
    with pytest.raises(OSError, match="No space"):
        save_weights(path, network())
    loaded = network()
    load_weights(path, loaded)
    assert same(first, loaded)
    assert list(path.parent.iterdir()) == [path]
