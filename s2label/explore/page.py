"""The page that shows all figures: plain HTML, without scripts, opened from the disk."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.explore.exploration import Exploration
    from s2label.explore.gallery import Exhibit
    from s2label.explore.next_hour import NextHour

PAGE = "index.html"

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; max-width: 1000px; margin: 2em auto; padding: 0 1em; }}
img {{ max-width: 100%; height: auto; }}
td, th {{ padding: 0.15em 0.8em; text-align: right; }}
td:first-child, th:first-child {{ text-align: left; }}
</style>
</head>
<body>
"""


def index_page(found: Exploration, exhibits: Sequence[Exhibit], notes: Sequence[str]) -> bytes:
    """Return the page: what was asked, the counts as a table, every figure with its files."""
    title = f"What is in {found.project}"
    parts = [_HEAD.format(title=escape(title)), f"<h1>{escape(title)}</h1>\n"]
    parts += [f"<p>{escape(words)}</p>\n" for words in (found.query_words, *_sample(found))]
    if notes:
        items = "".join(f"<li>{escape(note)}</li>\n" for note in notes)
        parts.append(f"<ul>\n{items}</ul>\n")
    parts += [
        _counts(found),
        _next_hour(found.next_hour),
        *(_figure(exhibit) for exhibit in exhibits),
        "</body>\n</html>\n",
    ]
    return "".join(parts).encode()


def _sample(found: Exploration) -> list[str]:
    return [f"Statistics of pixels: {found.sample_words}."] if found.sample.size else []


def _counts(found: Exploration) -> str:
    rows = "".join(
        f"<tr><td>{escape(count.label_class.name)}</td>"
        f"<td>{'' if count.is_exact else '≤ '}{count.pixels:,}</td>"
        f"<td>{len(count.chips):,}</td><td>{count.places:,}</td></tr>\n"
        for count in found.counts
    )
    header = "<tr><th>class</th><th>pixels</th><th>chips</th><th>places</th></tr>\n"
    return f"<table>\n{header}{rows}</table>\n"


def _next_hour(ahead: NextHour) -> str:
    items = "".join(f"<li>{escape(line)}</li>\n" for line in ahead.lines)
    return f'<h2 id="next-hour">The next hour</h2>\n<ul>\n{items}</ul>\n'


def _figure(exhibit: Exhibit) -> str:
    name, title = exhibit.name, escape(exhibit.title)
    return (
        f'<h2 id="{name}">{title}</h2>\n'
        f'<p><a href="{name}.svg"><img src="{name}.png" alt="{title}"></a></p>\n'
        f'<p><a href="{name}.png">PNG</a> <a href="{name}.svg">SVG</a> '
        f'<a href="{name}.csv">numbers (CSV)</a></p>\n'
    )
