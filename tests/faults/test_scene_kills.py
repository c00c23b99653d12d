"""R1: a prediction that is killed at any moment, run again, gives the same rasters, byte for byte.

Real processes, ``kill -9``. A few kills in the normal suite; ``S2LABEL_LONG=1`` makes it 60.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.factories import whole_scenes as scenes

REPOSITORY = Path(__file__).resolve().parents[2]
KILLS = 60 if os.environ.get("S2LABEL_LONG") else 4
NAMES = ["classes.tif", "probabilities.tif", "rgb.tif"]


def test_a_killed_prediction_ends_as_one_that_was_never_killed(tmp_path: Path) -> None:
    scenes.write_model(tmp_path / "model", near_water_px=5)
    source = scenes.write_scene(tmp_path, 480)
    for name in ("undisturbed", "killed"):
        (tmp_path / name).mkdir()
    command = [sys.executable, "-m", "tests.factories.scene_killing"]
    arguments = [tmp_path / "model", source, tmp_path, KILLS, 1]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    told = subprocess.run(
        [*command, *map(str, arguments)],
        check=True,
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.splitlines()
    assert sum(line.startswith("1") for line in told) >= KILLS // 3, "the kills came after the work"
    for name in NAMES:
        undisturbed, killed = (
            (tmp_path / n / name).read_bytes() for n in ("undisturbed", "killed")
        )
        assert killed == undisturbed, f"{name}: {told}"
    assert sorted(path.name for path in (tmp_path / "killed").iterdir()) == NAMES
