"""COCO: the objects of each split in one JSON, beside PNG images and whole PNG masks.

COCO has no word for a pixel that nobody judged. It stays in the mask of the image, which the
``mask_file`` of the image's entry names; in the JSON it belongs to no object.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s2label import __version__
from s2label.exports.coco_objects import objects_of
from s2label.exports.mask_files import read_exported
from s2label.exports.survey import in_chunks
from s2label.progress import Job, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from s2label.exports.contents import Contents
    from s2label.exports.draft import Draft
    from s2label.exports.plan import Plan
    from s2label.project import Project
    from s2label.types import Pair


def write_annotations(project: Project, contents: Contents, draft: Draft) -> Job[list[str]]:
    """Write ``annotations/<split>.json`` of each split; returns their names."""
    plan, names = contents.plan, []
    first = 1
    for split in contents.options.split_names:
        pairs = [pair for pair in plan.pairs if plan.split_of(pair.place_id) == split]
        annotations = _Annotations(project, plan, pairs, first)
        name = f"annotations/{split}.json"
        yield Progress(len(plan.pairs), len(plan.pairs), f"objects of {split}")
        draft.put(name, _DocumentWriting(contents, annotations).write)
        first = annotations.next
        names.append(name)
    return names


class _Annotations:
    """The annotations of some pairs, numbered on from `first`; `next` is the number after them."""

    def __init__(self, project: Project, plan: Plan, pairs: Sequence[Pair], first: int) -> None:
        self._project, self._plan, self._first = project, plan, first
        self._numbers = {id_: n for n, id_ in enumerate(plan.image_ids, start=1)}
        self.pairs = pairs
        self.next = first

    def images(self) -> Iterator[dict[str, Any]]:
        """Yield the entry of each image."""
        for pair in self.pairs:
            grid = self._plan.places[pair.place_id].grid
            yield {
                "id": self._numbers[pair.image_id],
                "file_name": self._plan.image_file(pair.image_id).partition("/")[2],
                "height": grid.height,
                "width": grid.width,
                "date_captured": pair.date or "",
                "mask_file": self._plan.mask_file(pair.image_id),
                "place": pair.place_id,
            }

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the annotation of each object."""
        name, objects = "", list[dict[str, Any]]()
        self.next = self._first
        for pair in self.pairs:
            mask = self._plan.masks.of_image[pair.image_id]
            # The dates of a place follow each other, and share their mask.
            if mask.name != name:
                name, objects = mask.name, list(self._objects(mask))
            for row in objects:
                yield {"id": self.next, "image_id": self._numbers[pair.image_id], **row}
                self.next += 1

    def _objects(self, mask: Any) -> Iterator[dict[str, Any]]:
        return objects_of(read_exported(self._project, mask).classes)


class _DocumentWriting:
    """Writes a COCO document piece by piece: a hundred thousand chips need not be in memory."""

    def __init__(self, contents: Contents, annotations: _Annotations) -> None:
        self._contents, self._annotations = contents, annotations

    def write(self, path: Path) -> None:
        """Write the document."""
        classes = self._contents.settings.classes.classes
        licence = self._contents.options.licence
        head = {
            "info": {
                "description": self._contents.settings.name,
                "contributor": f"s2label {__version__}",
            },
            "licenses": [{"id": 1, "name": licence, "url": ""}] if licence else [],
            "categories": [{"id": c.value, "name": c.name, "supercategory": ""} for c in classes],
        }
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write("{")
            for key, value in head.items():
                file.write(f"{_text(key)}: {_text(value)},\n")
            file.write('"images": [')
            file.writelines(_lines(self._annotations.images()))
            file.write('],\n"annotations": [')
            file.writelines(_lines(self._annotations.rows()))
            file.write("]}\n")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield a line per row, with commas between them."""
    comma = "\n"
    for chunk in in_chunks(rows):
        yield comma + ",\n".join(map(_text, chunk))
        comma = ",\n"
