"""Every file that a command reads, and what may lie there instead of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults.corpus.bad_input import BadInput, Command, Desk
from tests.faults.corpus.damages import NO_FILE, OTHER_BYTES, RASTERS, STORES, TEXTS, put
from tests.faults.corpus.sound import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.faults.corpus.damages import Damage


@dataclass(frozen=True)
class Slot:
    """A place for a file.

    Parameters
    ----------
    what : str
        The file in words.
    at : callable
        Where it lies on a desk.
    command : callable
        The command that reads it, of the desk and the path.
    fine : tuple of str
        Names of damages that are none here.
    """

    what: str
    at: Callable[[Desk], Path]
    command: Callable[[Desk, Path], Command]
    fine: tuple[str, ...] = ()

    def cases(self, family: str, damages: Mapping[str, Damage]) -> Iterator[BadInput]:
        """Yield a case for each damage."""
        for name, damage in damages.items():
            if name not in self.fine:
                yield BadInput(family, f"{self.what} {name}", self._filled(damage), (self.name,))

    @property
    def name(self) -> str:
        """The file's own name, which the message has to hold."""
        return self.what.rpartition("(")[2].rstrip(")")

    def _filled(self, damage: Damage) -> Callable[[Desk], Command]:
        return lambda desk: self.command(desk, put(self.at(desk), damage))


def _given(what: str, command: Callable[[Desk, Path], Command], *fine: str) -> Slot:
    """Return the slot of a file that is named on the command line."""
    name = what.rpartition("(")[2].rstrip(")")
    return Slot(what, lambda desk: desk.folder / name, command, fine)


def _sources(desk: Desk) -> tuple[object, ...]:
    return "--masks", desk.sound.worked, "--sources", desk.sound.folder / "worked/sources"


TEXT_SLOTS = (
    _given("decisions (decisions.csv)", lambda desk, path: ["decide", desk.project(), path]),
    _given(
        "a class table (classes.toml)", lambda desk, path: ["init", desk.out, "--classes", path]
    ),
    _given(
        "given splits (splits.csv)",
        lambda desk, path: [
            *("export", desk.project(), desk.out, "--format", "png", "--splits", path)
        ],
    ),
    _given(
        "splits to judge (mine.csv)",
        lambda desk, path: ["leaks", desk.sound.export, "--splits", path],
    ),
    _given(
        "points (points.csv)",
        lambda desk, path: ["import", desk.project(), desk.sound.port, "--points", path],
    ),
    _given(
        "a list of images (images.txt)",
        lambda desk, path: ["explore", desk.project(), desk.out, "--images", path],
    ),
    _given("a recipe (mine.toml)", lambda desk, path: ["train", desk.project(), "--recipe", path]),
    _given("a sidecar (unet.xml)", lambda desk, path: ["train", desk.project(), "--recipe", path]),
    _given("a log (LOG.jsonl)", lambda desk, path: ["rebuild", path, desk.out, *_sources(desk)]),
    _given(
        "objects (objects.geojson)",
        lambda desk, path: [
            *("map", desk.sound.result / "classes.tif", desk.sound.result / "rgb.tif"),
            *(desk.folder / "map.html", "--objects", path),
        ],
    ),
    Slot(
        "the record of a model (model.json)",
        lambda desk: desk.project() / "models" / MODEL / "model.json",
        lambda desk, _: ["models", "promote", desk.project(), MODEL],
    ),
    Slot(
        "the history of models (in_use.json)",
        lambda desk: desk.project() / "models" / "in_use.json",
        lambda desk, _: ["models", "rollback", desk.project()],
        fine=("is not there", "is a link that leads nowhere"),
    ),
    Slot(
        "settings (project.toml)",
        lambda desk: desk.project() / "project.toml",
        lambda desk, _: ["status", desk.project()],
    ),
    Slot(
        "splits of an export (splits.csv)",
        lambda desk: desk.copy(desk.sound.export, "clean") / "splits.csv",
        lambda desk, _: ["leaks", desk.folder / "clean"],
    ),
)
BINARY_SLOTS = (
    Slot(
        "weights of a model (weights.safetensors)",
        lambda desk: desk.project() / "models" / MODEL / "weights.safetensors",
        lambda desk, _: ["models", "promote", desk.project(), MODEL],
    ),
    Slot(
        "the catalog (catalog.sqlite)",
        lambda desk: desk.project() / "catalog.sqlite",
        lambda desk, _: ["list", desk.project(), "--masks"],
    ),
)


def _result(desk: Desk) -> Path:
    return desk.copy(desk.sound.result)


def _map(desk: Desk, _: Path) -> Command:
    found = _result(desk)
    return ["map", found / "classes.tif", found / "rgb.tif", desk.folder / "map.html"]


def _doubts(*more: str) -> Callable[[Desk, Path], Command]:
    def command(desk: Desk, path: Path) -> Command:
        found = _result(desk)
        given = (*more, path) if more else ()
        return ["doubts", desk.project(), found / "classes.tif", found / "scene.tif", *given]

    return command


def _of_result(name: str) -> Callable[[Desk], Path]:
    return lambda desk: _result(desk) / name


RASTER_SLOTS = (
    Slot(
        "a band (port_B04.tif)",
        lambda desk: desk.copy(desk.sound.port) / "port_B04.tif",
        lambda desk, _: [
            *("import", desk.project(), desk.folder / "port", "--bands", "B02,B03,B04,B08"),
        ],
        fine=("is not there",),
    ),
    Slot(
        "a chip (port_1.tif)",
        lambda desk: desk.copy(desk.sound.chips) / "port_1.tif",
        lambda desk, path: ["import", desk.project(), path, "--kind", "geotiff"],
    ),
    _given(
        "a mask (port_mask.tif)",
        lambda desk, path: ["import", desk.project(), desk.sound.port, "--masks", path],
    ),
    Slot("classes to map (classes.tif)", _of_result("classes.tif"), _map),
    Slot("a picture to map (rgb.tif)", _of_result("rgb.tif"), _map),
    Slot("classes with doubts (classes.tif)", _of_result("classes.tif"), _doubts()),
    Slot(
        "probabilities (probabilities.tif)",
        _of_result("probabilities.tif"),
        _doubts("--probabilities"),
    ),
    Slot("older classes (older.tif)", lambda desk: desk.folder / "older.tif", _doubts("--older")),
    Slot("clouds (clouds.tif)", lambda desk: desk.folder / "clouds.tif", _doubts("--clouds")),
    _given(
        "a scene to predict (scene.tif)",
        lambda desk, path: ["predict", desk.project(), path, desk.folder / "classes.tif"],
    ),
)


CASES = (
    *(c for s in TEXT_SLOTS for c in s.cases("texts", NO_FILE | OTHER_BYTES | TEXTS)),
    *(c for s in BINARY_SLOTS for c in s.cases("stores", NO_FILE | OTHER_BYTES | STORES)),
    *(c for s in RASTER_SLOTS for c in s.cases("rasters", NO_FILE | OTHER_BYTES | RASTERS)),
)
