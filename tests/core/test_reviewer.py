"""The simulated reviewer, small: the learnt order beats cloud share where clouds are mistaken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio

from s2label.samples import write_landcover_places
from tests.benchmarks.reviewer import Scored, found_by

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def scored() -> Scored:
    """Return 480 images of 40 places; on a third, bright ground, the cloud share is a guess."""
    rng = np.random.default_rng(0)
    places = np.repeat(np.arange(40), 12)
    is_bright = places % 3 == 0
    true_cloud = np.maximum(0, rng.uniform(-1, 1, places.size))
    guess = np.where(is_bright, rng.uniform(size=places.size), true_cloud)
    ground = np.where(is_bright, 0.3, 0.06)
    blue = (1 - true_cloud) * ground + true_cloud * 0.6 + rng.normal(0, 0.01, places.size)
    middle = np.repeat([np.median(blue[places == place]) for place in range(40)], 12)
    features = np.column_stack([guess, blue, blue - middle])
    return Scored(features, places, guess, true_cloud)


def mean_found(scored: Scored, order: str) -> float:
    return float(np.mean([found_by(scored, order, seed) for seed in range(2)]))


def test_learnt_order_beats_cloud_share_and_both_beat_chance(scored: Scored) -> None:
    found = {order: mean_found(scored, order) for order in ("random", "cloud", "learnt", "perfect")}

    assert found["learnt"] > found["cloud"] > found["random"]
    assert found["learnt"] <= found["perfect"]


def test_sand_is_taken_for_clouds_where_none_are(tmp_path: Path) -> None:
    made = write_landcover_places(tmp_path, 1, places=1, dates=8, bright=1, side_px=64)
    shares = []
    for (place, date), true_cloud in made.cloud_shares.items():
        (path,) = made.source.glob(f"*_{place}_{date.replace('-', '')}/CLD.tif")
        with rasterio.open(path) as raster:
            guessed = raster.read(1)
        shares.append((true_cloud, float((guessed >= 50).mean())))

    assert any(true < 0.05 and guessed > 0.2 for true, guessed in shares)


def test_places_without_sand_are_the_same_bytes_beside_sand(tmp_path: Path) -> None:
    plain = write_landcover_places(tmp_path / "plain", 3, places=2, dates=2, side_px=16)
    sandy = write_landcover_places(tmp_path / "sandy", 3, places=3, dates=2, bright=1, side_px=16)

    assert sandy.places[:2] == plain.places
    assert set(plain.cloud_shares) < set(sandy.cloud_shares)
    image = f"ref_landcovernet_eu_v1_source_sentinel_2_{plain.places[0]}_*/B02.tif"
    ours, theirs = (sorted(sample.source.glob(image)) for sample in (plain, sandy))
    assert [path.read_bytes() for path in ours] != []
    assert len(ours) == len(theirs) == 2
