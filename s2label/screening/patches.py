"""Which images are screened together: those of one scene that lie near each other."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from s2label.grid import aligned_window
from s2label.screening.ground import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from s2label.grid import Grid
    from s2label.screening.ground import Target

# As much as a cloud and its edge need; and about a block of JPEG2000.
MARGIN_PX = 96
_PATCH_PX = 1024
# Patches with more empty ground than this are read image by image.
_LEAST_COVER = 0.25

_Box = tuple[int, int, int, int]


def find_patches(targets: Iterable[Target], wanted: frozenset[str]) -> Iterator[Patch]:
    """Yield the patches of images; an image that is not a piece of a scene is one of its own.

    Parameters
    ----------
    targets : iterable of Target
        All images, also those that are only neighbours.
    wanted : frozenset of str
        Ids of the images that are to be screened.
    """
    scenes: dict[tuple[object, ...], list[Target]] = defaultdict(list)
    for target in targets:
        if target.image.cut:
            scenes[_scene_key(target)].append(target)
        elif target.image.id in wanted:
            yield Patch((target,), target.grid)
    for members in scenes.values():
        for aligned in _on_common_pixels(members):
            yield from _patches_of_scene(aligned, wanted)


def _scene_key(target: Target) -> tuple[object, ...]:
    """Return what images have in common that can be read as one."""
    image = target.image
    bands = [(r.name, r.index, r.quantification, r.offset_dn, r.nodata) for r in image.bands]
    others = [(r.name, r.source.path) for r in image.rasters]
    return (image.scene, image.date, tuple(bands), tuple(others))


def _on_common_pixels(members: Iterable[Target]) -> list[list[Target]]:
    """Put images together whose pixels are those of one raster."""
    found: list[list[Target]] = []
    for member in members:
        fitting = (a for a in found if aligned_window(a[0].grid, member.grid) is not None)
        alike = next(fitting, None)
        if alike is None:
            found.append([member])
        else:
            alike.append(member)
    return found


def _patches_of_scene(members: Sequence[Target], wanted: frozenset[str]) -> Iterator[Patch]:
    origin = members[0].grid
    boxes = [(member, _box(origin, member.grid)) for member in members]
    blocks: dict[tuple[int, int], list[tuple[Target, _Box]]] = defaultdict(list)
    for member, box in boxes:
        if member.image.id in wanted:
            blocks[box[1] // _PATCH_PX, box[0] // _PATCH_PX].append((member, box))
    near = _ByBlock(boxes)
    for _, block in sorted(blocks.items()):
        for group in [block] if _is_covered(block) else [[one] for one in block]:
            yield _patch(origin, group, near)


def _patch(origin: Grid, group: Sequence[tuple[Target, _Box]], near: _ByBlock) -> Patch:
    box = _grown(_union([box for _, box in group]), MARGIN_PX)
    ids = {member.image.id for member, _ in group}
    neighbours = tuple(n for n in near.reaching(box) if n.image.id not in ids)
    left, top, right, bottom = box
    grid = origin.window(left, top, right - left, bottom - top)
    return Patch(tuple(member for member, _ in group), grid, neighbours)


def _box(origin: Grid, grid: Grid) -> _Box:
    """Return left, top, right, bottom in pixels from the corner of another grid."""
    window = aligned_window(origin, grid)
    assert window is not None
    left, top = window.col_off, window.row_off
    return left, top, left + grid.width, top + grid.height


def _union(boxes: Sequence[_Box]) -> _Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _grown(box: _Box, by: int) -> _Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def _area(box: _Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _is_covered(block: Sequence[tuple[Target, _Box]]) -> bool:
    boxes = [box for _, box in block]
    return sum(map(_area, boxes)) >= _LEAST_COVER * _area(_union(boxes))


class _ByBlock:
    """Finds the images that reach into a box without asking all of them."""

    def __init__(self, boxes: Sequence[tuple[Target, _Box]]) -> None:
        self._blocks: dict[tuple[int, int], list[tuple[Target, _Box]]] = defaultdict(list)
        for member, box in boxes:
            for block in _blocks_of(box):
                self._blocks[block].append((member, box))

    def reaching(self, box: _Box) -> list[Target]:
        """Return the images that share pixels with a box, each once."""
        found = {
            member.image.id: member
            for block in _blocks_of(box)
            for member, other in self._blocks.get(block, ())
            if other[0] < box[2] and other[2] > box[0] and other[1] < box[3] and other[3] > box[1]
        }
        return list(found.values())


def _blocks_of(box: _Box) -> Iterator[tuple[int, int]]:
    left, top, right, bottom = (v // _PATCH_PX for v in (box[0], box[1], box[2] - 1, box[3] - 1))
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            yield row, column
