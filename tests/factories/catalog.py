"""Catalogs without any file beside them: records made up in memory, merged as an import does."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from s2label import ids
from s2label.catalog.database import create_catalog
from s2label.catalog.store import Catalog
from s2label.grid import Grid
from s2label.types import (
    Author,
    BandRaster,
    ChipRecord,
    Decision,
    ImageRecord,
    ImportRun,
    MaskRecord,
    PlaceRecord,
    Source,
    Subject,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from s2label.types import ImportCounts

PIXELS = 64
_WRITER = """
import sys
from pathlib import Path
from s2label.project import open_project
with open_project(Path(sys.argv[1]), write=True):
    print("open", flush=True)
    sys.stdin.read()
"""
AUTHOR = Author("Zoë", "0.0.test")
TIME = "2026-01-01T00:00:00.000Z"


def place_record(name: str = "port", column: int = 0) -> PlaceRecord:
    """Return a place; another column is other ground."""
    grid = Grid("EPSG:32631", (10.0, 0.0, 500_000.0 + 640 * column, 0.0, -10.0, 4.8e6), 64, 64)
    return PlaceRecord(ids.place_id(name, grid), name, grid)


def source_record(path: str, content: str = "first") -> Source:
    """Return a source whose bytes are told by a word."""
    return Source(path, len(content), 0, _digest(content))


def image_record(
    place: PlaceRecord,
    scene: str = "scene",
    date: str | None = "2020-06-01",
    content: str = "first",
    path: str | None = None,
) -> ImageRecord:
    """Return an image of one band whose source holds ``content``."""
    source = source_record(path or f"/data/{place.name}/{scene}.tif", content)
    bands = (BandRaster("B02", source, 1, 10_000.0, 0.0, 0.0),)
    return ImageRecord(
        id=ids.image_id(place.id, scene, date),
        place_id=place.id,
        scene=scene,
        date=date,
        bands=bands,
        fingerprint=ids.fingerprint(bands),
    )


def mask_record(
    place: PlaceRecord, image: ImageRecord | None = None, content: str = "first"
) -> MaskRecord:
    """Return the mask of a place or of one image, half of it labelled."""
    counts = {1: PIXELS // 2, 254: PIXELS // 2}
    id_, image_id = ids.mask_id(image.id if image else place.id), image.id if image else None
    return MaskRecord(id_, place.id, image_id, 1, _digest(content), _digest(content), counts)


def chip_record(
    column: int = 0,
    *,
    images: str | Sequence[str] = ("first",),
    mask: str | None = "first",
    name: str = "port",
) -> ChipRecord:
    """Return a place with an image per content, a day apart, and the mask of the place."""
    place = place_record(f"{name} {column}", column)
    made = (
        image_record(place, f"scene {n}", f"2020-06-{n:02d}", content)
        for n, content in enumerate(images, start=1)
    )
    return ChipRecord(place, tuple(made), (mask_record(place, None, mask),) if mask else ())


def new_catalog(folder: Path, chips: Iterable[ChipRecord] = ()) -> Catalog:
    """Make a catalog in a folder and open it for writing; whoever asks closes it."""
    create_catalog(catalog_url(folder))
    catalog = open_again(folder)
    if records := list(chips):
        merge(catalog, records)
    return catalog


def open_again(folder: Path, *, write: bool = True) -> Catalog:
    """Open the catalog of a folder."""
    return Catalog(catalog_url(folder), write=write, clock=lambda: TIME, author=AUTHOR)


def catalog_url(folder: Path) -> str:
    """Return the URL of the catalog of a folder."""
    return f"sqlite:///{folder / 'catalog.sqlite'}"


def merge(catalog: Catalog, chips: Iterable[ChipRecord]) -> ImportCounts:
    """Merge chips whose mask files nobody needs."""
    run = ImportRun(sources=("/data",))
    return catalog.merge(run, chips, lambda mask, id_, version: None)


def image(id_: str, verdict: Verdict | str = Verdict.ACCEPT, reason: str = "") -> Decision:
    """Return a decision about an image."""
    return Decision(Subject.IMAGE, id_, Verdict(verdict), reason)


def mask(id_: str, verdict: Verdict | str = Verdict.ACCEPT, reason: str = "") -> Decision:
    """Return a decision about a mask."""
    return Decision(Subject.MASK, id_, Verdict(verdict), reason)


def states(catalog: Catalog) -> dict[str, tuple[str, str]]:
    """Return (state, reason) of every image and mask by id."""
    records = [*catalog.list_images(), *catalog.list_masks()]
    return {record["id"]: (record["state"], record["reason"]) for record in records}


@contextmanager
def writing_elsewhere(project: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold a project open for writing."""
    command = [sys.executable, "-c", _WRITER, str(project)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
