"""STAC: a catalog with a collection of images and one of masks, an item beside each GeoTIFF.

All links are relative, so that the folder can be moved and served as it is.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pystac

from s2label import __version__
from s2label.exports.mask_files import read_exported
from s2label.exports.stac_items import (
    CLASSIFICATION,
    EO,
    LABEL,
    RASTER,
    Span,
    band_rows,
    catalog_id,
    ground_item,
    span_of,
)
from s2label.exports.stac_labels import class_rows, label_fields
from s2label.exports.survey import in_chunks
from s2label.progress import Job, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from s2label.exports.contents import Contents
    from s2label.exports.draft import Draft
    from s2label.exports.mask_files import MaskFile
    from s2label.masks import Mask
    from s2label.project import Project
    from s2label.types import ImageRecord, Pair

_GEOTIFF = "image/tiff; application=geotiff"
# Of the collection's schema: what is no such word is "other".
_LICENCE = re.compile(r"[\w\-.+]+")
_WORDS = {
    "images": "Images: the sources' numbers, with scale and offset to reflectance.",
    "masks": "Masks: the class of each pixel, and who set it.",
}


def write_catalog(project: Project, contents: Contents, draft: Draft) -> Job[list[str]]:
    """Write items, collections and ``catalog.json``; returns their names."""
    catalog = _Catalog(contents)
    plan, names = contents.plan, list[str]()
    total = len(plan.pairs)
    for pairs in in_chunks(plan.pairs):
        yield Progress(total, total, "describing images")
        records = project.catalog.images([pair.image_id for pair in pairs])
        items = {plan.image_file(p.image_id): catalog.image(p, records[p.image_id]) for p in pairs}
        names += _put_items(draft, items)
    for masks in in_chunks(plan.masks.all.values()):
        yield Progress(total, total, "describing masks")
        items = {
            catalog.file_of(file): catalog.mask(file, read_exported(project, file))
            for file in masks
        }
        names += _put_items(draft, items)
    for name, document in catalog.documents().items():
        draft.put_bytes(name, _bytes(document))
        names.append(name)
    return names


def _put_items(draft: Draft, items: dict[str, pystac.Item]) -> list[str]:
    names = []
    for file, item in items.items():
        names.append(_json_of(file))
        document = item.to_dict(include_self_link=False, transform_hrefs=False)
        draft.put_bytes(names[-1], _bytes(document))
    return names


def _json_of(file: str) -> str:
    return f"{file.removesuffix('.tif')}.json"


def _bytes(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


class _Catalog:
    """Makes the items of an export, and remembers what its collections have to say of them."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._plan = contents.plan
        self._name = catalog_id(contents.settings.name)
        self._pairs_of: dict[str, list[Pair]] = defaultdict(list)
        for pair in self._plan.pairs:
            self._pairs_of[self._plan.masks.of_image[pair.image_id].name].append(pair)
        self._boxes: dict[str, list[list[float]]] = {"images": [], "masks": []}
        self._spans: dict[str, list[Span]] = {"images": [], "masks": []}
        self._items: dict[str, list[str]] = {"images": [], "masks": []}

    def file_of(self, mask: MaskFile) -> str:
        """Return the file of a mask."""
        return self._plan.layout.lone_mask_file(mask.name)

    def image(self, pair: Pair, image: ImageRecord) -> pystac.Item:
        """Return the item of an image."""
        fields = {**self._fields(pair.place_id), "s2label:scene": image.scene}
        fields["s2label:radiometry"] = image.radiometry
        item = self._item("images", image.id, pair.place_id, span_of([image.date]), fields)
        item.stac_extensions += [RASTER, EO]
        extra = {"bands": band_rows(image.bands)}
        item.add_asset("image", _asset(f"{image.id}.tif", "data", extra))
        return item

    def mask(self, file: MaskFile, mask: Mask) -> pystac.Item:
        """Return the item of a mask, with links to the images that it is of."""
        pairs, legend = self._pairs_of[file.name], self._contents.legend
        fields = {**self._fields(file.place_id), **label_fields(legend, mask)}
        fields["s2label:version"] = file.version
        span = span_of([pair.date for pair in pairs])
        item = self._item("masks", file.name, file.place_id, span, fields)
        item.stac_extensions += [LABEL, CLASSIFICATION]
        classes = {"name": "class", "classification:classes": class_rows(legend)}
        extra = {"bands": [classes, {"name": "provenance"}]}
        item.add_asset("mask", _asset(f"{file.name}.tif", "labels", extra))
        for pair in pairs:
            href = f"../{_json_of(self._plan.image_file(pair.image_id))}"
            more = {"label:assets": ["image"]}
            item.add_link(pystac.Link("source", href, "application/geo+json", extra_fields=more))
        return item

    def _fields(self, place_id: str) -> dict[str, Any]:
        plan = self._plan
        return {
            "s2label:place": place_id,
            "s2label:group": plan.groups[place_id],
            "s2label:split": plan.split_of(place_id),
        }

    def _item(
        self, kind: str, name: str, place_id: str, span: Span, fields: dict[str, Any]
    ) -> pystac.Item:
        grid = self._plan.places[place_id].grid
        item = ground_item(name, grid, span, f"{self._name}-{kind}", fields)
        self._items[kind].append(name)
        self._spans[kind].append(span)
        self._boxes[kind].append(list(item.bbox or ()))
        return item

    def documents(self) -> dict[str, dict[str, Any]]:
        """Return name -> document of the catalog and its collections, when all items are made."""
        words = f"{self._contents.settings.name}, written by s2label {__version__}."
        catalog = pystac.Catalog(self._name, words)
        catalog.clear_links()
        _link(catalog, "root", ["./catalog.json"])
        _link(catalog, "child", [f"./{kind}/collection.json" for kind in _WORDS])
        collections = {f"{kind}/collection.json": self._collection(kind) for kind in _WORDS}
        made: dict[str, pystac.Catalog] = {**collections, "catalog.json": catalog}
        return {
            name: one.to_dict(include_self_link=False, transform_hrefs=False)
            for name, one in made.items()
        }

    def _collection(self, kind: str) -> pystac.Collection:
        licence = self._contents.options.licence
        is_word = _LICENCE.fullmatch(licence) is not None
        words = _WORDS[kind] if is_word or not licence else f"{_WORDS[kind]} Licence: {licence}"
        collection = pystac.Collection(
            id=f"{self._name}-{kind}",
            description=f"{words} Contains modified Copernicus Sentinel data.",
            extent=_extent(self._boxes[kind], self._spans[kind]),
            license=licence if is_word else "other",
        )
        collection.clear_links()
        _link(collection, "root", ["../catalog.json"])
        _link(collection, "parent", ["../catalog.json"])
        _link(collection, "item", [f"./{name}.json" for name in self._items[kind]])
        return collection


def _asset(file: str, role: str, extra: dict[str, Any]) -> pystac.Asset:
    return pystac.Asset(f"./{file}", media_type=_GEOTIFF, roles=[role], extra_fields=extra)


def _link(owner: pystac.Catalog, rel: str, hrefs: Iterable[str]) -> None:
    media = "application/geo+json" if rel == "item" else "application/json"
    for href in hrefs:
        owner.add_link(pystac.Link(rel, href, media))


def _extent(boxes: Sequence[Sequence[float]], spans: Sequence[Span]) -> pystac.Extent:
    wests, souths, easts, norths = zip(*boxes, strict=True)
    box = [min(wests), min(souths), max(easts), max(norths)]
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    return pystac.Extent(pystac.SpatialExtent([box]), pystac.TemporalExtent([[start, end]]))
