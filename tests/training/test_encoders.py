"""Encoders begin with weights learnt elsewhere, band by band; doubtful files are refused."""

from __future__ import annotations

import os
import pickle
import socket
from typing import TYPE_CHECKING

import pytest
import torch
from huggingface_hub import constants
from s2label_training import pretrained
from s2label_training.encoders import adapt_first_layer, load_encoder_checkpoint
from s2label_training.networks import build_network
from s2label_training.recipe import NetworkSettings
from safetensors.torch import save_file
from torch import Tensor, nn

from s2label.bands import BAND_IDS
from s2label.errors import InputError, S2LabelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NDVI = "(B08 - B04) / (B08 + B04)"
RGB = ("B04", "B03", "B02")


class TinyResnet(nn.Module):
    """Layers with the names of a ResNet, and few weights."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 4, 7, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        for number in range(1, 5):
            block = nn.ModuleDict({"conv1": nn.Conv2d(4, 4, 3, bias=False)})
            self.add_module(f"layer{number}", nn.Sequential(block))


def network_of(channels: int) -> nn.Module:
    return nn.ModuleDict({"encoder": TinyResnet(channels)})


def weights_of(channels: int, seed: int = 7) -> dict[str, Tensor]:
    """Return the weights of a trained encoder, with its classifier."""
    torch.manual_seed(seed)
    state = TinyResnet(channels).state_dict()
    return {name: torch.randn(tensor.shape) for name, tensor in state.items()} | {
        "fc.weight": torch.zeros(10, 4),
        "fc.bias": torch.zeros(10),
    }


def checkpoint(
    folder: Path, state: dict[str, Tensor], bands: str = "", name: str = "encoder.safetensors"
) -> Path:
    path = folder / name
    save_file(state, path, metadata={"bands": bands} if bands else None)
    return path


def loaded(path: Path, *names: str) -> dict[str, Tensor]:
    network = network_of(len(names))
    load_encoder_checkpoint(network, path, names)
    return network.get_submodule("encoder").state_dict()


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "backbone.", "encoder.", "module.", "model.encoder."])
def test_weights_are_found_under_any_prefix(tmp_path: Path, prefix: str) -> None:
    state = weights_of(3)
    path = checkpoint(tmp_path, {prefix + name: tensor for name, tensor in state.items()})
    found = loaded(path, *RGB)
    assert all(torch.equal(found[name], state[name]) for name in found if "tracked" not in name)


def test_of_a_student_and_its_teacher_the_student_is_taken(tmp_path: Path) -> None:
    student, teacher = weights_of(3, seed=1), weights_of(3, seed=2)
    both = {f"backbone_momentum.{name}": tensor for name, tensor in teacher.items()}
    both |= {f"backbone.{name}": tensor for name, tensor in student.items()}
    assert torch.equal(
        loaded(checkpoint(tmp_path, both), *RGB)["bn1.weight"], student["bn1.weight"]
    )


def test_weights_of_16_bits_become_32(tmp_path: Path) -> None:
    state = {name: tensor.half() for name, tensor in weights_of(3).items()}
    filters = loaded(checkpoint(tmp_path, state), *RGB, "B08")["conv1.weight"]
    assert filters.dtype == torch.float32
    assert torch.equal(filters[:, :3], state["conv1.weight"].float() * 0.75)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            {"layer4.0.conv1.weight": None},
            r"1 weights missing \(layer4.0.conv1.weight\); expected a ResNet34",
            id="missing",
        ),
        pytest.param(
            {"layer4.1.conv1.weight": torch.zeros(1)},
            r"1 weights too many \(layer4.1.conv1.weight\); expected a ResNet34",
            id="too many",
        ),
        pytest.param(
            {"layer1.0.conv1.weight": torch.zeros(4, 4, 1, 1)},
            r"1 weights of another shape \(layer1.0.conv1.weight 4x4x1x1 instead of 4x4x3x3\)",
            id="another shape",
        ),
        pytest.param(
            {"conv1.weight": None},
            r"no ResNet among .*; expected names such as layer1.0.conv1.weight",
            id="no first layer",
        ),
        pytest.param({"conv1.weight": torch.zeros(4)}, "no ResNet among", id="a flat first layer"),
    ],
)
def test_another_network_is_refused_and_nothing_is_loaded(
    tmp_path: Path, change: dict[str, Tensor | None], message: str
) -> None:
    state = {n: tensor for n, tensor in (weights_of(3) | change).items() if tensor is not None}
    network = network_of(3)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with pytest.raises(InputError, match=message):
        load_encoder_checkpoint(network, checkpoint(tmp_path, state), RGB)
    assert all(torch.equal(before[n], tensor) for n, tensor in network.state_dict().items())


# -- the first layer ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channels", "told", "bands"),
    [
        pytest.param(3, "", RGB, id="3: red green blue"),
        pytest.param(12, "", tuple(b for b in BAND_IDS if b != "B10"), id="12: all but B10"),
        pytest.param(13, "", BAND_IDS, id="13: all"),
        pytest.param(
            13,
            ",".join((*(b for b in BAND_IDS if b != "B8A"), "B8A")),
            (*(b for b in BAND_IDS if b != "B8A"), "B8A"),
            id="13 in the order of EuroSAT",
        ),
        pytest.param(2, "B08,B02", ("B08", "B02"), id="2: told"),
    ],
)
def test_filters_are_taken_over_by_the_names_of_bands(
    tmp_path: Path, channels: int, told: str, bands: tuple[str, ...]
) -> None:
    state = weights_of(channels)
    wanted = (*bands[:1:-1], NDVI, *bands[:2])
    filters = loaded(checkpoint(tmp_path, state, told), *wanted)["conv1.weight"]
    before = state["conv1.weight"] * (channels / len(wanted))
    for channel, name in enumerate(wanted):
        expected = before.mean(dim=1) if name == NDVI else before[:, bands.index(name)]
        assert torch.allclose(filters[:, channel], expected, atol=1e-6), name


def test_what_was_done_is_said(tmp_path: Path) -> None:
    path = checkpoint(tmp_path, weights_of(3))
    said = load_encoder_checkpoint(network_of(3), path, ("B02", "B08", NDVI))
    assert said == f"{path}: filters of its own for B02, the mean of all for B08, {NDVI}"


def test_a_grey_image_is_answered_as_before() -> None:
    filters = torch.randn(4, 3, 7, 7)
    grey = torch.randn(1, 1, 16, 16)
    adapted = adapt_first_layer(filters, RGB, ("B08", "B02", "B03", NDVI, "B04"))
    before = nn.functional.conv2d(grey.expand(-1, 3, -1, -1), filters)
    after = nn.functional.conv2d(grey.expand(-1, 5, -1, -1), adapted)
    assert torch.allclose(before, after, atol=1e-4)


@pytest.mark.parametrize(
    ("channels", "told", "message"),
    [
        (4, "", r"a first layer of 4 channels; expected 3, 12, 13 channels.*metadata=\{\"bands\""),
        (3, "B02,B03", "2 bands in its metadata, 3 channels in its first layer"),
        (3, "B02,B03,infrared", "metadata 'bands': 'infrared' is no Sentinel-2 band"),
    ],
    ids=["not told", "too few", "no band"],
)
def test_a_first_layer_of_unknown_bands_is_refused(
    tmp_path: Path, channels: int, told: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        loaded(checkpoint(tmp_path, weights_of(channels), told), *RGB)


# -- files ----------------------------------------------------------------------------------------


class Trap:
    """What runs a program when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("kind", ["torch", "torch before 1.6", "pickle"])
def test_pickled_checkpoints_are_refused_unopened(tmp_path: Path, kind: str) -> None:
    path, sprung = tmp_path / "encoder.pth", tmp_path / "sprung"
    if kind == "pickle":
        path.write_bytes(pickle.dumps(Trap(sprung)))
    else:
        is_zip = kind == "torch"
        torch.save({"a": Trap(sprung)}, path, _use_new_zipfile_serialization=is_zip)
    with pytest.raises(InputError, match=r"pickled.*expected \.safetensors.*convert it.*save_file"):
        load_encoder_checkpoint(network_of(3), path, RGB)
    assert not sprung.exists()


def test_a_header_as_long_as_a_pickle_begins_is_no_pickle(tmp_path: Path) -> None:
    for padding in range(64):
        path = tmp_path / f"{padding}.safetensors"
        save_file(weights_of(3), path, metadata={"note": " " * 8 * padding})
        assert loaded(path, *RGB)


@pytest.mark.parametrize(
    "content", [b"", b"version https://git-lfs.github.com/spec/v1\n", None], ids=repr
)
def test_a_file_that_is_not_whole_is_said(tmp_path: Path, content: bytes | None) -> None:
    path = checkpoint(tmp_path, weights_of(3))
    path.write_bytes(path.read_bytes()[:-9] if content is None else content)
    with pytest.raises(InputError, match="cannot be read") as refusal:
        load_encoder_checkpoint(network_of(3), path, RGB)
    assert "\n" not in str(refusal.value)


# -- a real ResNet34 ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def timm_weights(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, Path]:
    """Return a ResNet34 of timm, never trained, and its weights as a file."""
    import timm

    torch.manual_seed(3)
    model: nn.Module = timm.create_model("resnet34", pretrained=False).eval()
    return model, checkpoint(tmp_path_factory.mktemp("timm"), model.state_dict())


def test_an_encoder_answers_as_the_one_of_timm_did(timm_weights: tuple[nn.Module, Path]) -> None:
    model, path = timm_weights
    settings = NetworkSettings(encoder_weights=str(path))
    network = build_network(settings, 3, 2, channel_names=RGB).eval()
    images = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        features = network.get_submodule("encoder")(images)[-1]
        assert torch.allclose(features, model.forward_features(images), atol=1e-5)  # type: ignore[operator]


def test_stages_that_a_recipe_leaves_out_are_not_loaded(
    timm_weights: tuple[nn.Module, Path],
) -> None:
    model, path = timm_weights
    settings = NetworkSettings(encoder_weights=str(path), encoder_stages=3)
    encoder = build_network(settings, 3, 2, channel_names=RGB).get_submodule("encoder")
    found, expected = encoder.state_dict(), model.state_dict()
    assert torch.equal(found["layer3.5.conv2.weight"], expected["layer3.5.conv2.weight"])
    assert not any(name.startswith("layer4") for name in found)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache of the hub's client, which may not ask the hub."""
    folder = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return folder


def named() -> nn.Module:
    settings = NetworkSettings(encoder_weights="imagenet")
    return build_network(settings, 4, 2, channel_names=(*RGB, "B08"))


def test_weights_by_name_come_from_the_cache(
    timm_weights: tuple[nn.Module, Path], cache: Path
) -> None:
    from segmentation_models_pytorch.encoders import encoders

    published = encoders["resnet34"]["pretrained_settings"]["imagenet"]
    repository = f"models--{published['repo_id'].replace('/', '--')}"
    snapshot = cache / repository / "snapshots" / published["revision"]
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    os.link(timm_weights[1], snapshot / "model.safetensors")

    found = named().get_submodule("encoder").state_dict()
    expected = timm_weights[0].state_dict()
    filters = expected["conv1.weight"]
    assert torch.equal(found["layer4.2.conv2.weight"], expected["layer4.2.conv2.weight"])
    assert torch.allclose(found["conv1.weight"][:, :3], filters * 0.75)
    assert torch.allclose(found["conv1.weight"][:, 3], filters.mean(dim=1) * 0.75)


def test_weights_that_are_nowhere_are_said_in_one_line(cache: Path) -> None:
    with pytest.raises(S2LabelError) as refusal:
        named()
    said = str(refusal.value)
    assert "no config.json and model.safetensors" in said
    assert f"in {cache}" in said
    assert "HF_HUB_OFFLINE is set" in said
    assert "hf download smp-hub/resnet34.imagenet --revision " in said
    assert "models--smp-hub--resnet34.imagenet there" in said
    assert "set network.encoder_weights to none" in said
    assert "\n" not in said


@pytest.fixture
def silent_hub() -> Iterator[str]:
    """Return the address of a server that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_hub_that_does_not_answer_is_not_waited_for(
    cache: Path, silent_hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    template = silent_hub + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(pretrained, "TIMEOUT_S", 0.2)
    with pytest.raises(S2LabelError, match=r"no download \(.*timed out\)"):
        named()
