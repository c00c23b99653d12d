"""The bare forward pass of chips through a model in use, in a process of its own.

The process of a window has no torch, and crashes with it.

    python -m tests.benchmarks.forward_pass PROJECT COUNT
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

from s2label.project import open_project
from s2label.raster import RasterPool
from tests.benchmarks import bare
from tests.benchmarks.measure import seconds_of
from tests.benchmarks.model_in_use import MODEL

# The first chips prepare what the others use.
_FIRST = 3


def bare_forward(project: Path, count: int) -> list[float]:
    """Return seconds of the bare forward pass of so many chips, each in memory before."""
    command = [sys.executable, "-W", "ignore", "-m", __spec__.name, str(project), str(count)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    seconds: list[float] = json.loads(told)
    return seconds


def main(project: Path, count: int) -> list[float]:
    """Measure it in this process."""
    import torch
    from s2label_training.bundle import read_record
    from s2label_training.channels import normalise, read_reflectance
    from s2label_training.networks import build_network

    its = read_record(project / "models" / MODEL)
    network = build_network(its.recipe.network, len(its.bands), len(its.classes)).eval()
    network = network.to(memory_format=torch.channels_last)
    is_bf16 = bare.is_bf16_chosen()
    seconds = []
    with open_project(project) as opened, RasterPool() as pool:
        chips = opened.catalog.chips(opened.catalog.image_ids()[: count + _FIRST]).values()
        for chip in chips:
            values = read_reflectance(chip.image, chip.place.grid, its.bands, pool.open)
            pixels = normalise(values, its.offset, its.scale)
            tensor = torch.from_numpy(pixels[None])
            seconds.append(seconds_of(partial(bare.propose, network, tensor, is_bf16=is_bf16)))
    return seconds[_FIRST:]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
