"""Reading a whole scene and then predicting it, against `s2label predict`: wall time and memory.

The scene is an L1C product in a zip with seven bands, the network a U-Net with a ResNet34 that
learnt nothing, which costs as much as one that did.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.benchmarks import scenes, whole_scene
from tests.benchmarks.material import _made
from tests.benchmarks.peers.sides import Comparison, ask_peer, compared, watch

if TYPE_CHECKING:
    from pathlib import Path

PART = "whole scene"
SIDE_PX, QUICK_PX, WHOLE_PX = 3_072, 2_048, scenes.WHOLE_PX
TILE_PX, STRIDE_PX = whole_scene.TILE_PX, 384
TURNS = 1


def compare(work: Path, _: Path, *, quick: bool) -> list[Comparison]:
    """Predict a part of a product."""
    return _compare(work, QUICK_PX if quick else SIDE_PX, turns=1 if quick else TURNS)


def compare_whole(work: Path, _: Path, *, quick: bool) -> list[Comparison]:
    """Predict a whole product, once; ``quick`` changes nothing."""
    return _compare(work, WHOLE_PX, turns=1)


def _compare(work: Path, side: int, turns: int) -> list[Comparison]:
    folder = _made(work / f"product-{side}", lambda path: scenes._make(path, side))
    archive = next(folder.glob("*.zip"))
    model = _made(work / "scene-model", whole_scene._make_model)
    ours: list[dict[str, float]] = []
    peer: list[dict[str, float]] = []
    for _ in range(turns):
        request = _request(archive, side, work / "plain.tif")
        peer.append(asdict(ask_peer("whole_scene", request, work, weighs=True)))
        wall_s, peak_mib = watch(_command(model, archive, work / "ours.tif"), work)
        ours.append({"wall_s": wall_s, "peak_mib": peak_mib})
    shown = f"{side} px x 7 bands from a zip, {whole_scene._tiles(side)} tiles"
    return [
        compared(PART, f"{shown}: wall time, s", (ours, peer), "wall_s"),
        compared(PART, f"{shown}: peak memory of all processes, MiB", (ours, peer), "peak_mib"),
    ]


def _command(model: Path, archive: Path, out: Path) -> list[str]:
    words = ["-W", "ignore", "-m", "s2label", "predict", model, archive, out, "--again"]
    return [sys.executable, *map(str, words), "--json-lines"]


def _request(archive: Path, side: int, out: Path) -> dict[str, Any]:
    tiles = {"tile": TILE_PX, "stride": STRIDE_PX}
    return {"bands": scenes._bands_in(archive), "side": side, "out": str(out), **tiles}
