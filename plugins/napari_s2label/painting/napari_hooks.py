"""Everything of napari's own that has no public name and that the paintable layer needs.

napari offers no public way to (1) edit without keeping a history, (2) learn that a stroke of the
right button ("contour") begins and ends, (3) end one, or a polygon that is half drawn, and (4)
have a layer class of one's own pass for a labels layer in menus and writers. The tests of this
file's class name each hook, so that a napari that changes one of them is noticed.
"""

from __future__ import annotations

from typing import Any

from napari.layers import Labels


class HookedLabels(Labels):
    """A labels layer without a history, which tells of contours."""

    def _contour_began(self) -> None:
        """Learn that the right button has started a contour."""
        raise NotImplementedError

    def _contour_closed(self) -> None:
        """Learn that the contour is closed and filled."""
        raise NotImplementedError

    def _contour_dropped(self) -> None:
        """Learn that the contour is given up: its pixels have to go."""
        raise NotImplementedError

    def drop_contour(self) -> None:
        """Give up a contour that is not closed."""
        overlay: Any = self._overlays["brush_stroke"]
        if overlay.active:
            overlay.abort(self)

    def drop_polygon(self) -> None:
        """Forget the corners of a polygon that is not completed."""
        overlay: Any = self._overlays["polygon"]
        if overlay.points:
            overlay.points = []

    def complete_polygon(self) -> bool:
        """Paint a polygon that is begun, if it has three corners; tell whether one is begun."""
        overlay: Any = self._overlays["polygon"]
        is_begun = bool(overlay.points)
        if is_begun:
            overlay.add_polygon_to_labels(self)
        return is_begun

    @property
    def _type_string(self) -> str:
        return "labels"

    @classmethod
    def _basename(cls) -> str:
        return "Labels"

    def _save_history(self, value: object) -> None:
        pass

    # napari would stage the contour's edits as history here, and revert all that is staged.
    def _begin_stroke(self) -> None:
        self._contour_began()

    def _commit_stroke(self) -> None:
        self._contour_closed()

    def _abort_stroke(self) -> None:
        self._contour_dropped()
