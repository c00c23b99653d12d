"""P6: a whole product predicted, against the bare decode and the bare forward pass.

A product of 10980 x 10980 px, seven bands, L1C in a zip (with ``--quick``, 2 x 2 blocks), goes
through ``s2label predict`` in a process of its own; the model is a U-Net with a ResNet34,
untrained, which costs as much as a trained one. The bare work decodes every block of every band
once, and sends as many tiles through the network as the scene is predicted in (512 px, a quarter
shared with neighbours); its processor seconds are divided by the cores. What the bare work does not
do: looking, resampling 20 m bands, normalising, blending, finding water, writing. Memory is that of
all processes, each shared page counted once (PSS), the highest of samples taken.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import bare, material, scenes
from tests.benchmarks.measure import Row, arguments, write_rows

if TYPE_CHECKING:
    from s2label_training.bundle import ModelRecord

TARGET, MOST_MIB = 1.15, 3 * 1024
TILE_PX = 512
_FORWARDS = 12


def main() -> None:
    """Make product and model once, measure the bare work, predict."""
    given = arguments(__doc__.splitlines()[0])
    side = scenes.QUICK_PX if given.quick else scenes.WHOLE_PX
    folder = material._made(given.work / f"product-{side}", lambda path: scenes._make(path, side))
    archive = next(folder.glob("*.zip"))
    model = material._made(given.work / "scene-model", _make_model)
    decode_s = scenes.processor_seconds(lambda: bare.decode_blocks(scenes._bands_in(archive)))
    forward_s = _forward_apart(model)
    tiles = _tiles(side)
    wall_s, cpu_s, peak_mib, report = _predict_apart(model, archive, given.work / "scene.tif")
    cores = os.cpu_count() or 1
    bare_s = (decode_s + tiles * forward_s) / cores
    figures = {
        "tiles": tiles,
        "wall_s": wall_s,
        "processor_s": cpu_s,
        "bare_decode_processor_s": decode_s,
        "bare_forward_processor_s": tiles * forward_s,
        "cores": cores,
        **{f"{stage}_s": spent for stage, spent in report["seconds"].items()},
    }
    what = f"{side} px x 7 L1C zip predicted: wall time against bare decode and forward pass"
    rows = [
        Row("P6", what, wall_s / bare_s, TARGET, figures=figures),
        Row("P6", "the same: peak memory of all processes", peak_mib, MOST_MIB, unit="MiB"),
    ]
    write_rows(given.out, rows)


def _tiles(side_px: int) -> int:
    from s2label_training.scene.tiles import plan_tiles

    plan = plan_tiles((side_px, side_px), TILE_PX)
    return len(plan.rows.starts) * len(plan.columns.starts)


def _make_model(folder: Path) -> None:
    from s2label_training.recipe import find_recipe, with_changes

    from tests.factories import bundles
    from tests.factories.products import USUAL

    # All of a ResNet34, as the script has it that this is compared with (peers/scene.py).
    recipe = with_changes(find_recipe("vessels_resnet34"), ["network.encoder_stages=4"])
    its = bundles.record(recipe=recipe, bands=USUAL, tile_px=recipe.input.tile_px)
    bundles.write_bundle(folder, its)


def _forward_apart(model: Path) -> float:
    command = [sys.executable, "-W", "ignore", "-m", __spec__.name, "forward", str(model)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return float(told)


def _forward(model: Path) -> float:
    """Return processor seconds of one tile through the network, in one thread."""
    import torch
    from s2label_training.bundle import read_record
    from s2label_training.networks import build_network

    torch.set_num_threads(1)
    its: ModelRecord = read_record(model)
    network = build_network(its.recipe.network, len(its.bands), len(its.classes)).eval()
    network = network.to(memory_format=torch.channels_last)
    tile = torch.randn(1, len(its.bands), TILE_PX, TILE_PX)
    propose = partial(bare.propose, network, tile, is_bf16=bare.is_bf16_chosen())
    propose()
    seconds = scenes.processor_seconds(lambda: [propose() for _ in range(_FORWARDS)])
    return seconds / _FORWARDS


def _predict_apart(
    model: Path, archive: Path, out: Path
) -> tuple[float, float, float, dict[str, Any]]:
    """Predict in a process of its own; returns wall and processor seconds, MiB, the report."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-m", "s2label", "predict", str(model)]
    command += [str(archive), str(out), "--again", "--json-lines"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        watch = scenes.MemoryWatch(process.pid)
        watch.start()
        told = process.communicate()[0]
        watch.stop()
    wall_s = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"the prediction ended with {process.returncode}")
    out.unlink()
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall_s, cpu_s, watch.peak_mib, json.loads(told.splitlines()[-1])["result"]


if __name__ == "__main__":
    if sys.argv[1:2] == ["forward"]:
        sys.stdout.write(str(_forward(Path(sys.argv[2]))))
    else:
        main()
