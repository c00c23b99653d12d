"""Asks one side of a comparison: a process of its own that reads a request and writes an answer.

Both sides are asked in the same way. Those of s2label run in this environment, the peers in one
of their own (`setup`), in which s2label is not installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import median
from tests.benchmarks.scenes import MemoryWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    # What each run of one side told.
    Runs = Sequence[Mapping[str, Any]]

REPOSITORY = Path(__file__).resolve().parents[3]
PEERS_PYTHON = REPOSITORY / ".venv-peers" / "bin" / "python"
_LINES = 15


class SideError(Exception):
    """A side broke off; the text is the end of what it said."""


@dataclass(frozen=True)
class Comparison:
    """One row of the table.

    Parameters
    ----------
    part : str
        Which comparison.
    what : str
        What was measured, with its unit.
    ours, peer : float or None
        Of s2label and of the peer; None where it could not be measured.
    is_more_better : bool
        Whether the larger one wins.
    note : str
        Why something could not be measured.
    figures : dict
        What the two came from.
    """

    part: str
    what: str
    ours: float | None = None
    peer: float | None = None
    is_more_better: bool = False
    note: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """How many times better s2label does; below 1 the peer is the better one."""
        if not self.ours or not self.peer or min(self.ours, self.peer) <= 0:
            return None
        return self.ours / self.peer if self.is_more_better else self.peer / self.ours

    def as_dict(self) -> dict[str, Any]:
        """Return the row as JSON types."""
        return {**asdict(self), "ratio": self.ratio}


def compared(
    part: str,
    what: str,
    sides: tuple[Runs, Runs],
    key: str,
    add_up: Callable[[list[float]], float] = median,
    *,
    is_more_better: bool = False,
) -> Comparison:
    """Return the row of one figure of the runs of both sides, s2label's first."""
    ours, peer = ([float(run[key]) for run in runs] for runs in sides)
    figures = {"ours": ours, "peer": peer}
    return Comparison(part, what, add_up(ours), add_up(peer), is_more_better, figures=figures)


@dataclass(frozen=True)
class Answer:
    """What a side told, how long its process took (s) and how much memory it held at most (MiB).

    The last is 0 where nobody asked to weigh it.
    """

    told: dict[str, Any]
    wall_s: float
    peak_mib: float


def ask_ours(name: str, request: Mapping[str, Any], work: Path) -> Answer:
    """Ask s2label's side, a module of `ours`."""
    return _ask(sys.executable, f"tests.benchmarks.peers.ours.{name}", request, work)


def ask_peer(name: str, request: Mapping[str, Any], work: Path, *, weighs: bool = False) -> Answer:
    """Ask the peer's side, a module of `theirs`; ``weighs``: see `watch`."""
    module = f"tests.benchmarks.peers.theirs.{name}"
    return _ask(str(PEERS_PYTHON), module, request, work, _apart(work), weighs=weighs)


def _apart(work: Path) -> Path:
    """Return a folder to run a peer in: it finds ``tests`` there and nothing else of s2label.

    In the repository napari would meet the plug-in's name, and try to load what is not installed.
    """
    folder = work / "apart"
    folder.mkdir(exist_ok=True)
    if not (folder / "tests").exists():
        (folder / "tests").symlink_to(REPOSITORY / "tests", target_is_directory=True)
    return folder


def watch(
    command: Sequence[str], work: Path, folder: Path = REPOSITORY, *, weighs: bool = True
) -> tuple[float, float]:
    """Run a command; returns its wall time (s) and the peak memory of all its processes (MiB).

    Parameters
    ----------
    command : sequence of str
        What to run.
    work : Path
        Where its words and settings go.
    folder : Path
        Where it runs.
    weighs : bool
        Whether to sample the memory, which takes some of the processor; else it is 0.

    Raises
    ------
    SideError
        If it does not end with 0.
    """
    said = work / "said.txt"
    # Settings of whoever runs it stay out of it, and as they are; a plain script knows no GPU.
    settings = {"NAPARI_CONFIG": str(work / "napari.yaml"), "CUDA_VISIBLE_DEVICES": ""}
    begin = time.perf_counter()
    with (
        said.open("w") as out,
        subprocess.Popen(
            command, cwd=folder, env={**os.environ, **settings}, stdout=out, stderr=out
        ) as process,
    ):
        memory = MemoryWatch(process.pid)
        if weighs:
            memory.start()
        code = process.wait()
        if weighs:
            memory.stop()
    if code:
        last = said.read_text(errors="replace").splitlines()[-_LINES:]
        raise SideError("\n".join([f"{command[-3]} ended with {code}", *last]))
    return time.perf_counter() - begin, memory.peak_mib


def _ask(
    python: str,
    module: str,
    request: Mapping[str, Any],
    work: Path,
    folder: Path = REPOSITORY,
    *,
    weighs: bool = False,
) -> Answer:
    asked, answered = work / "request.json", work / "answer.json"
    asked.write_text(json.dumps(request))
    answered.unlink(missing_ok=True)
    command = [python, "-W", "ignore", "-m", module, str(asked), str(answered)]
    wall_s, peak_mib = watch(command, work, folder, weighs=weighs)
    return Answer(json.loads(answered.read_text()), wall_s, peak_mib)


def peers_versions() -> dict[str, str]:
    """Return which versions of the peers are installed; of one that is not, nothing."""
    names = ("fastai", "torch", "torchvision", "napari", "napari-convpaint", "rasterio")
    script = (
        "import json, sys\nfrom importlib.metadata import distributions\n"
        "known = {each.metadata['Name'].lower(): each.version for each in distributions()}\n"
        "print(json.dumps({n: known[n] for n in sys.argv[1:] if n in known}))"
    )
    told = subprocess.run(
        [PEERS_PYTHON, "-c", script, *names], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    versions: dict[str, str] = json.loads(told)
    return versions
