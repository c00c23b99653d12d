"""A bundle becomes probabilities, whatever the size of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from s2label_training.blending import cut_image
from s2label_training.predict import Predictor

from s2label.errors import InputError
from tests.factories import bundles

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle whose network has a normalisation that saw images."""
    folder = tmp_path_factory.mktemp("bundle")
    its = bundles.record()
    network = bundles.network_of(its)
    with torch.no_grad():
        for _ in range(5):
            network(torch.from_numpy((sea(64, 64)[None] - 0.05) / 0.1))
    bundles.write_bundle(folder, its, network)
    return folder


def sea(height: int, width: int, seed: int = 0) -> NDArray[np.float32]:
    """Return reflectance (band, y, x) of water with bright squares."""
    draw = np.random.default_rng(seed)
    values = draw.normal(0.04, 0.005, (4, height, width))
    for _ in range(max(1, height * width // 300)):
        y, x = draw.integers(0, height), draw.integers(0, width)
        values[:, y : y + 4, x : x + 4] = 0.3
    return values.astype(np.float32)


def predictor(folder: Path, **settings: object) -> Predictor:
    return Predictor(folder, "cpu", "fp32", **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(64, 64), (20, 33), (1, 7), (97, 64), (150, 203)], ids=str)
def test_an_image_of_any_size_gets_probabilities(folder: Path, shape: tuple[int, int]) -> None:
    found = predictor(folder).probabilities(sea(*shape))
    assert found.shape == (2, *shape)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-5)


def test_nothing_is_proposed_where_there_is_no_data(folder: Path) -> None:
    values = sea(64, 64)
    values[1, 10:20, 30:40] = np.nan
    found = predictor(folder).probabilities(values)
    is_nothing = (found == 0).all(axis=0)
    expected = np.zeros((64, 64), bool)
    expected[10:20, 30:40] = True
    np.testing.assert_array_equal(is_nothing, expected)
    assert np.isfinite(found).all()


def test_an_image_without_any_data_gets_nothing(folder: Path) -> None:
    found = predictor(folder).probabilities(np.full((4, 40, 40), np.nan, np.float32))
    np.testing.assert_array_equal(found, 0)


def test_what_came_in_is_not_changed(folder: Path) -> None:
    values = sea(64, 64)
    values[:, 0] = np.nan
    before = values.copy()
    predictor(folder).probabilities(values)
    np.testing.assert_array_equal(values, before)


def test_images_of_several_sizes_at_once_get_what_each_gets_alone(folder: Path) -> None:
    images = [sea(64, 64, 1), sea(30, 64, 2), sea(130, 100, 3), sea(64, 64, 4)]
    model = predictor(folder)
    for together, image in zip(model.probabilities_of(images), images, strict=True):
        np.testing.assert_allclose(together, model.probabilities(image), atol=1e-5)


@pytest.mark.parametrize("shape", [(160, 224), (100, 130), (64, 70)], ids=str)
def test_tiles_put_together_are_the_image(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).random((3, *shape), np.float32)
    cut = cut_image(image, 64)
    assert all(tile.shape[1:] == cut.tile for tile in cut.tiles())
    np.testing.assert_allclose(cut.put_together(cut.tiles()), image, atol=1e-6)


def test_tiles_that_disagree_leave_no_seam() -> None:
    cut = cut_image(np.zeros((1, 64, 320), np.float32), 64)
    levels = iter(np.full((1, 64, 64), number % 2, np.float32) for number in range(99))
    found = cut.put_together(levels)[0]
    assert found.max() - found.min() > 0.9
    # Blended over 16 px; without weights the steps would be 0.5.
    assert np.abs(np.diff(found, axis=1)).max() < 0.13


def test_a_large_image_in_tiles_is_close_to_the_whole_at_once(folder: Path) -> None:
    values = sea(192, 256)
    tiled = predictor(folder, tile_px=64).probabilities(values)
    whole = predictor(folder, tile_px=256).probabilities(values)
    assert whole.std() > 0.02
    difference = np.abs(tiled - whole)
    assert difference.mean() < 0.2 * whole.std()
    # As alike where tiles meet (48 px apart) as elsewhere.
    seams = difference[..., 48 - 2 :: 48].mean() / difference.mean()
    assert seams < 2


def test_turned_images_give_turned_answers_when_all_turns_are_averaged(
    folder: Path, tmp_path: Path
) -> None:
    plain = predictor(folder)
    its = bundles.record(recipe=bundles.recipe(proposals={"turns_and_flips": True}))
    bundles.write_bundle(tmp_path, its, plain._network)
    model, values = predictor(tmp_path), sea(64, 96)
    found = model.probabilities(values)
    mirrored, quarter = values[:, :, ::-1].copy(), np.rot90(values, axes=(1, 2)).copy()
    for laid, back in ((mirrored, found[:, :, ::-1]), (quarter, np.rot90(found, 1, (1, 2)))):
        np.testing.assert_allclose(model.probabilities(laid), back, atol=1e-5)
    tiles = model.tile_probabilities([values])[0], model.tile_probabilities([mirrored])[0]
    np.testing.assert_allclose(tiles[1], tiles[0][:, :, ::-1], atol=1e-5)
    # Without, a network says something else of an image that is laid otherwise.
    difference = plain.probabilities(mirrored) - plain.probabilities(values)[:, :, ::-1]
    assert np.abs(difference).max() > 1e-3


def test_bf16_says_nearly_the_same(folder: Path) -> None:
    values = sea(64, 64)
    exact = predictor(folder).probabilities(values)
    found = Predictor(folder, "cpu", "bf16").probabilities(values)
    np.testing.assert_allclose(found, exact, atol=0.05)
    np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-3)


def test_bands_and_indices_are_normalised_as_the_record_says(tmp_path: Path) -> None:
    its = bundles.record(
        indices=("(B08 - B04) / (B08 + B04)",), offset=(0, 0, 0, 0, 0.5), scale=(1, 1, 1, 1, 2)
    )
    bundles.write_bundle(tmp_path, its)
    values = sea(64, 64)
    channels = np.concatenate([values, ((values[3] - values[2]) / (values[3] + values[2]))[None]])
    channels[4] = (channels[4] - 0.5) / 2
    with torch.inference_mode():
        logits = bundles.network_of(its).eval()(torch.from_numpy(channels[None]))
    expected = logits.softmax(1)[0].numpy()
    np.testing.assert_allclose(predictor(tmp_path).probabilities(values), expected, atol=1e-5)


def test_other_bands_are_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="4 bands"):
        predictor(folder).probabilities(np.zeros((3, 64, 64), np.float32))


def test_changed_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    its = bundles.write_bundle(tmp_path, bundles.record())
    bundles.write_bundle(tmp_path, bundles.record(), bundles.network_of(its, seed=1))
    (tmp_path / "model.json").write_text(its.model_dump_json())
    with pytest.raises(InputError, match="SHA-256"):
        Predictor(tmp_path, "cpu")


def test_a_bundle_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such model"):
        Predictor(tmp_path / "none", "cpu")
