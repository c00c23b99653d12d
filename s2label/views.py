"""Views: named ways to look at an image, three bands as colours or one index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.bands import in_order
from s2label.expressions import Expression, parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Limits = Mapping[str, tuple[float, float]]

TRUE_COLOUR = "true colour"


@dataclass(frozen=True)
class View:
    """A way to look at an image, under a name that people use.

    Parameters
    ----------
    name : str
        Views of one name are variants: an image shows the first that it has the bands for.
    expressions : tuple of Expression
        Three are shown as red, green and blue; one, an index, in grey or in colours.
    value_range : tuple of float, optional
        What an index, or a colour that is computed, shows as darkest and as brightest; without
        it that is measured on each chip. A band as it is goes by the stretch of the project.
    colours : str
        Name of a matplotlib colour map for an index; empty: grey.
    """

    name: str
    expressions: tuple[Expression, ...]
    value_range: tuple[float, float] | None = None
    colours: str = ""

    @property
    def is_index(self) -> bool:
        """Whether it shows one number per pixel."""
        return len(self.expressions) == 1

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands it needs, in the order of the instrument."""
        return tuple(in_order({name for each in self.expressions for name in each.bands}))


def _composite(name: str, *texts: str) -> View:
    return View(name, tuple(parse_expression(text) for text in texts))


def _index(name: str, text: str, colours: str, low: float = -1.0, high: float = 1.0) -> View:
    return View(name, (parse_expression(text),), (low, high), colours)


BUILT_IN = (
    _composite(TRUE_COLOUR, "B04", "B03", "B02"),
    _composite("false colour", "B08", "B04", "B03"),
    _composite("short-wave infrared", "B12", "B8A", "B04"),
    _composite("short-wave infrared", "B11", "B08", "B04"),
    _index("NDVI", "(B08 - B04) / (B08 + B04)", "RdYlGn"),
    _index("NDWI", "(B03 - B08) / (B03 + B08)", "RdBu"),
    _index("MNDWI", "(B03 - B11) / (B03 + B11)", "RdBu"),
    _index("brightness", "(B02 + B03 + B04) / 3", "", 0.0, 0.3),
)
"""Views that every project has.

Sources: NDVI, Rouse et al. 1974 (NASA SP-351), green where plants are; NDWI, McFeeters 1996
(International Journal of Remote Sensing 17:1425), blue where water is; MNDWI, Xu 2006
(International Journal of Remote Sensing 27:3025), the same with fewer false alarms from built-up
land; brightness is the mean of the visible bands, as in Fmask, Zhu and Woodcock 2012 (Remote
Sensing of Environment 118:83), white where clouds are.
"""


def with_built_in(own: Iterable[View]) -> tuple[View, ...]:
    """Return the built-in views, then a project's own; own ones replace those of the same name."""
    own = tuple(own)
    own_names = {view.name for view in own}
    ordered: list[View] = []
    for name in dict.fromkeys(view.name for view in (*BUILT_IN, *own)):
        source = own if name in own_names else BUILT_IN
        ordered += [view for view in source if view.name == name]
    return tuple(ordered)


def views_for(names: Sequence[str], views: Iterable[View] = BUILT_IN) -> list[View]:
    """Return the views that an image with these bands can show, each name once.

    An image that can show no colours begins with its first band in grey.
    """
    found: dict[str, View] = {}
    for view in views:
        if set(view.bands) <= set(names):
            found.setdefault(view.name, view)
    if names and all(view.is_index for view in found.values()):
        grey = View(names[0], (parse_expression(names[0]),))
        return [grey, *(view for view in found.values() if view.name != grey.name)]
    return list(found.values())


def missing_bands(name: str, names: Sequence[str], views: Iterable[View]) -> list[str]:
    """Return the bands that an image lacks for a view of that name, for its last variant."""
    needed = [view.bands for view in views if view.name == name]
    return [band for band in needed[-1] if band not in names] if needed else []


def legend(view: View, limits: Limits, fixed: Limits) -> str:
    """Return what a view shows, in one line.

    Parameters
    ----------
    view : View
        What is shown.
    limits : mapping
        Text of an expression -> the values shown as darkest and as brightest.
    fixed : mapping
        The same where they are one for all chips; others were measured on this chip.
    """
    texts = [expression.text for expression in view.expressions]
    measured = ", limits of this chip" if any(text not in fixed for text in texts) else ""
    if not view.is_index:
        return f"{view.name}: {', '.join(texts)}{measured}"
    if texts[0] not in limits:
        return f"{view.name}: {texts[0]}, no data in this chip"
    low, high = limits[texts[0]]
    shown = f"{low:.3g} to {high:.3g}"
    return f"{view.name}: {texts[0]}, {shown} in {view.colours or 'grey'}{measured}"
