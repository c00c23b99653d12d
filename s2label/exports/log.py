"""``LOG.jsonl``: all that an export was made of, for `s2label rebuild` to make it again.

A JSON object per line, each with its kind as ``row``; docs/rebuilding.md lists them.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from s2label import __version__
from s2label.classes import class_table_document
from s2label.exports.card_origin import without_folders
from s2label.exports.log_names import member_name
from s2label.exports.survey import in_chunks
from s2label.source_files import file_of
from s2label.types import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from s2label.exports.contents import Contents
    from s2label.project import Project
    from s2label.types import BandRaster, ImageRecord, Source

LOG = "LOG.jsonl"
FORMAT = 1


def write_log(
    path: Path,
    project: Project,
    contents: Contents,
    name_of: Callable[[str], str],
    sums: Mapping[str, str] | None = None,
) -> None:
    """Write the log of an export.

    Parameters
    ----------
    path : Path
        File to write.
    project : Project
        Open project, in the moment of which the contents were gathered.
    contents : Contents
        What the export is made of.
    name_of : callable
        Returns what the file on disk of a source path is called in the log.
    sums : mapping, optional
        File of the export -> its SHA-256. Makes it the log for one's own machine, which has the
        whole paths as well; without it no folder of this machine is in the log.
    """
    digest, counts = hashlib.sha256(), Counter[str]()
    with path.open("wb") as file:
        for row in _Rows(project, contents, name_of, sums).all():
            data = _line(row)
            counts[row["row"]] += 1
            digest.update(data)
            file.write(data)
        file.write(_line({"row": "end", "rows": dict(counts), "sha256": digest.hexdigest()}))


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n"


class _Rows:
    """The rows of a log, in the order in which they are read again."""

    def __init__(
        self,
        project: Project,
        contents: Contents,
        name_of: Callable[[str], str],
        sums: Mapping[str, str] | None,
    ) -> None:
        self._project, self._contents = project, contents
        self._name_of, self._sums = name_of, sums
        self._sources: dict[str, int] = {}

    def all(self) -> Iterator[dict[str, Any]]:
        """Yield all rows but the end."""
        yield self._head()
        for place, split in sorted((self._contents.options.given_splits or {}).items()):
            yield {"row": "split", "place": place, "split": split}
        for name, sha256 in (self._sums or {}).items():
            yield {"row": "file", "name": name, "sha256": sha256}
        for run in self._contents.imports:
            asked = {key: without_folders(run[key]) for key in ("sources", "options")}
            yield {"row": "import", **run, **asked}
        yield from self._places()
        yield from self._images()
        yield from self._masks()
        for raster in self._project.catalog.facts.ignore_rasters():
            yield {"row": "ignore", **raster}
        for suspicion in self._project.catalog.facts.decided_suspicions():
            yield {"row": "suspicion", **suspicion}
        for act in self._project.catalog.facts.acts():
            yield {"row": "act", **act}

    def _head(self) -> dict[str, Any]:
        settings, options = self._contents.settings, self._contents.options
        shares = {name: float(share) for name, share in options.shares.items()}
        given = {"given_splits": options.given_splits is not None}
        asked = options.as_dict() | {"shares": shares} | given
        head = {
            "row": "log",
            "format": FORMAT,
            "program": __version__,
            "name": settings.name,
            "options": asked,
            "classes": class_table_document(settings.classes),
            "stretch": asdict(settings.stretch),
            "group_distance_m": settings.group_distance_m,
        }
        whole = {} if self._sums is None else {"masks": str(self._project.folder)}
        return head | whole

    def _places(self) -> Iterator[dict[str, Any]]:
        for place in self._project.catalog.places().values():
            ground = asdict(place.grid)
            yield {"row": "place", "id": place.id, "name": place.name, **ground}

    def _images(self) -> Iterator[dict[str, Any]]:
        said = _said(self._contents.images)
        runs = self._project.catalog.facts.imports_of_images()
        for ids in in_chunks(said):
            images = self._project.catalog.images(ids)
            for id_ in ids:
                rasters = [*images[id_].bands, *images[id_].rasters]
                yield from self._new_sources([raster.source for raster in rasters])
                yield self._image(images[id_]) | {"import": runs[id_]} | said[id_]

    def _new_sources(self, sources: list[Source]) -> Iterator[dict[str, Any]]:
        """Yield the sources that no image before has used; they are numbered in that order."""
        for source in sources:
            if source.path in self._sources:
                continue
            number = self._sources[source.path] = len(self._sources) + 1
            row = {"row": "source", "number": number, "path": self._name_of(source.path)}
            row |= {"member": member_name(source.path)}
            row |= {"size_bytes": source.size_bytes, "digest": source.digest}
            whole = {} if self._sums is None else {"whole": str(file_of(source.path))}
            yield row | whole

    def _image(self, image: ImageRecord) -> dict[str, Any]:
        return {
            "row": "image",
            "id": image.id,
            "place": image.place_id,
            "scene": image.scene,
            "date": image.date,
            "radiometry": image.radiometry,
            "cut": image.cut,
            "nodata_share": image.nodata_share,
            "fingerprint": image.fingerprint,
            "version": image.version,
            "bands": [self._raster(raster) for raster in image.bands],
            "rasters": [self._raster(raster) for raster in image.rasters],
        }

    def _raster(self, raster: BandRaster) -> dict[str, Any]:
        return {
            "name": raster.name,
            "source": self._sources[raster.source.path],
            "index": raster.index,
            "quantification": raster.quantification,
            "offset": raster.offset_dn,
            "nodata": _number(raster.nodata),
        }

    def _masks(self) -> Iterator[dict[str, Any]]:
        said = _said(self._contents.masks)
        for mask in self._project.catalog.facts.masks():
            yield {"row": "mask", **mask, **said[mask["id"]]}


def _said(rows: Any) -> dict[str, dict[str, str]]:
    """Return image or mask id -> how it stands, by id."""
    return {row["id"]: {"state": str(State(row["state"])), "reason": row["reason"]} for row in rows}


def _number(value: float | None) -> float | str | None:
    """Return a number as JSON has it, which knows no NaN: that is written as a text."""
    return value if value is None or math.isfinite(value) else str(value)
