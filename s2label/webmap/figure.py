"""The plot of a map: what bokeh draws. `page.js` switches it; the names of models tie the two."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bokeh.models import (
    AdaptiveTicker,
    BoxZoomTool,
    ColumnDataSource,
    CustomJSTickFormatter,
    HoverTool,
    ImageURL,
    MultiPolygons,
    PanTool,
    Range1d,
    ResetTool,
    Scatter,
    TapTool,
    WheelZoomTool,
    ZoomInTool,
    ZoomOutTool,
)
from bokeh.plotting import figure

if TYPE_CHECKING:
    from bokeh.models.renderers import DataRenderer

    from s2label.webmap.facts import MapFacts
    from s2label.webmap.ground import MapGround
    from s2label.webmap.images import PlacedImage
    from s2label.webmap.layers import Layer

MASK_OPACITY = 0.6
_MARKER_PX = 16
_INK = "#1d2b36"
_PAPER = "#dfe5ea"
# 1, 2 and 5 degrees, and their tenths, in metres of Web Mercator: along a parallel all are equal.
_DEGREES = [m * math.pi * 6378137 / 180 / 1e5 for m in (1, 2, 5)]
# Angles of Web Mercator's metres; east of 180 degrees the west begins.
_LONGITUDE = """
    const angle = (tick / 6378137 * 180 / Math.PI + 540) % 360 - 180;
    return `${Number(Math.abs(angle).toFixed(6))}° ${angle < 0 ? "W" : "E"}`;
"""
_LATITUDE = """
    const angle = Math.atan(Math.sinh(tick / 6378137)) * 180 / Math.PI;
    return `${Number(Math.abs(angle).toFixed(6))}° ${angle < 0 ? "S" : "N"}`;
"""
_TOOLTIPS = [
    ("", "@class @id"),
    ("Probability", "@probability_words"),
    ("Length", "@length_words"),
    ("Width", "@width_words"),
    ("Heading of axis", "@heading_words"),
]


def draw_map(
    ground: MapGround,
    picture: Layer,
    classes: dict[int, Layer],
    objects: dict[str, list[Any]] | None,
    facts: MapFacts,
) -> figure:
    """Return the plot: layers named ``picture-…``, ``class-<value>-…`` and ``objects-…``.

    Each name ends in ``coarse`` or ``fine``, for the view from afar or from near.
    """
    plot = _empty_plot(ground)
    _add_layer(plot, "picture", picture, opacity=1)
    for value, layer in classes.items():
        _add_layer(plot, f"class-{value}", layer, opacity=MASK_OPACITY)
    if objects is not None:
        _add_objects(plot, objects, {line.name: line.colour for line in facts.legend})
    return plot


def _empty_plot(ground: MapGround) -> figure:
    left, bottom, right, top = ground.bounds
    wheel = WheelZoomTool(zoom_on_axis=False)
    tools = [PanTool(), wheel, BoxZoomTool(match_aspect=True), ZoomInTool(), ZoomOutTool()]
    plot = figure(
        name="map",
        x_range=Range1d(start=left, end=right),
        y_range=Range1d(start=bottom, end=top),
        x_axis_type="mercator",
        y_axis_type="mercator",
        sizing_mode="stretch_both",
        tools=[*tools, ResetTool()],
        active_scroll=wheel,
        toolbar_location="right",
        background_fill_color=_PAPER,
        border_fill_color="white",
        outline_line_color=None,
        min_border=0,
    )
    plot.toolbar.logo = None
    plot.grid.grid_line_color = None
    _plain_axes(plot)
    return plot


def _plain_axes(plot: figure) -> None:
    for axis in plot.axis:
        axis.axis_line_color = None
        axis.major_tick_line_color = axis.major_label_text_color = "#5b6b78"
        axis.minor_tick_line_color = None
        axis.major_label_text_font_size = "11px"
    # Bokeh's own ticks end at 180 degrees.
    plot.xaxis.ticker = AdaptiveTicker(mantissas=_DEGREES)
    plot.xaxis.formatter = CustomJSTickFormatter(code=_LONGITUDE)
    plot.yaxis.formatter = CustomJSTickFormatter(code=_LATITUDE)
    plot.yaxis.major_label_orientation = "vertical"


def _add_layer(plot: figure, name: str, layer: Layer, opacity: float) -> None:
    for level, images in (("coarse", layer.coarse), ("fine", layer.fine)):
        if images:
            # Whole pixels overlap; that of a mask would show where its neighbours do.
            glyph = _image_glyph(opacity, dilate=name == "picture")
            plot.add_glyph(_image_source(images), glyph, name=f"{name}-{level}", level="image")


def _image_glyph(opacity: float, dilate: bool) -> ImageURL:
    # An image hangs from its upper left corner, bokeh's default.
    glyph = ImageURL(url="url", x="x", y="y", w="w", h="h")
    glyph.update(global_alpha=opacity, dilate=dilate)
    return glyph


def _image_source(images: list[PlacedImage]) -> ColumnDataSource:
    return ColumnDataSource(
        {
            "url": [image.url for image in images],
            "x": [image.left for image in images],
            "y": [image.top for image in images],
            "w": [image.width for image in images],
            "h": [image.height for image in images],
        }
    )


def _add_objects(plot: figure, objects: dict[str, list[Any]], colours: dict[str, str]) -> None:
    """Draw outlines, and rings of one size on the screen for the view from afar."""
    colour = [colours.get(name, "#ffffff") for name in objects["class"]]
    source = ColumnDataSource({**objects, "colour": colour}, name="objects")
    line: dict[str, Any] = {"line_color": "colour", "line_width": 1.5, "fill_color": None}
    chosen = {**line, "line_color": "#ffffff", "line_width": 3}
    outlines = plot.add_glyph(
        source,
        MultiPolygons(xs="xs", ys="ys", **line),
        selection_glyph=MultiPolygons(xs="xs", ys="ys", **chosen),
        name="objects-fine",
    )
    rings = plot.add_glyph(
        source,
        Scatter(x="x", y="y", size=_MARKER_PX, **line),
        selection_glyph=Scatter(x="x", y="y", size=_MARKER_PX, **chosen),
        name="objects-coarse",
    )
    for renderer in (outlines, rings):
        renderer.nonselection_glyph = None
    _add_pointing(plot, [outlines, rings])


def _add_pointing(plot: figure, renderers: list[DataRenderer]) -> None:
    hover = HoverTool(renderers=renderers, tooltips=_TOOLTIPS, point_policy="follow_mouse")
    # Rings overlap in a harbour; a click says how many there are.
    hover.limit = 1
    plot.add_tools(hover, TapTool(renderers=renderers))
