"""The demo: two small projects made from code, so that there is something to try at once."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import ProjectError
from s2label.importers.options import ImportOptions, Kind
from s2label.importers.run import import_sources
from s2label.progress import Job, Progress
from s2label.project import create_project, open_project
from s2label.samples import write_coast_scene, write_landcover_places

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.types import ClassTable

_SOURCES = "sources"
_CHIP_PX = 64


@dataclass(frozen=True)
class Demo:
    """Where the demo's projects are."""

    vessels: Path
    landcover: Path


def make_demo(folder: Path, seed: int = 0) -> Job[Demo]:
    """Make the demo, or finish one that was stopped; a whole one stays as it is.

    Parameters
    ----------
    folder : Path
        Gets ``sources/`` (rasters and labels), ``vessels/`` and ``landcover/`` (projects).
    seed : int
        Another seed gives another port and other places.

    Raises
    ------
    ProjectError
        If the folder holds something else.
    """
    _require_ours(folder)
    sources = yield from _make_sources(folder, seed)
    demo = Demo(folder / "vessels", folder / "landcover")
    coast = sources / "coast"
    options = ImportOptions(kind=Kind.BANDS, masks=coast / "labels", chip=_CHIP_PX)
    yield from _make_project(demo.vessels, VESSELS, coast, options)
    landcover = ImportOptions(kind=Kind.LANDCOVERNET)
    yield from _make_project(demo.landcover, LANDCOVERNET, sources / "landcover", landcover)
    return demo


def _require_ours(folder: Path) -> None:
    is_ours = (folder / _SOURCES).is_dir() or (folder / f"{_SOURCES}.part").is_dir()
    if folder.exists() and not is_ours and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"{folder}: is there already and no demo; choose another folder")


def _make_sources(folder: Path, seed: int) -> Job[Path]:
    sources = folder / _SOURCES
    if sources.is_dir():
        return sources
    draft = folder / f"{_SOURCES}.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    yield Progress(0, 2, "making pictures")
    write_coast_scene(draft / "coast", seed)
    yield Progress(1, 2, "making pictures")
    write_landcover_places(draft / "landcover", seed)
    yield Progress(2, 2, "making pictures")
    draft.rename(sources)
    return sources


def _make_project(
    folder: Path, classes: ClassTable, source: Path, options: ImportOptions
) -> Job[None]:
    if not folder.exists():
        create_project(folder, classes)
    with open_project(folder, write=True) as project:
        if project.catalog.counts()["imports"] == 0:
            yield from import_sources(project, [source], options)
