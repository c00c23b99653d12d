"""Names of classes as other programs write them, found in a class table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from s2label.types import ClassTable


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def value_of_name(name: str, table: ClassTable) -> int | None:
    """Return the stored value of a class name; ``background`` is 0, None for an unknown name.

    Upper and lower case, and the plural with s, make no difference.
    """
    wanted = _plain(name)
    exact = [c.value for c in table.classes if _plain(c.name) == wanted]
    if exact:
        return exact[0]
    if wanted == "background":
        return BACKGROUND
    singular = [c.value for c in table.classes if _without_s(_plain(c.name)) == _without_s(wanted)]
    return singular[0] if len(singular) == 1 else None


def _without_s(name: str) -> str:
    return name[:-1] if name.endswith("s") else name


def table_words(table: ClassTable) -> str:
    """Return the classes of a table in words: ``0 background, 1 vessel``."""
    rows = [f"{c.value} {c.name}" for c in table.classes]
    if BACKGROUND not in table.source_void:
        rows.insert(0, "0 background")
    rows += [f"{value} no data" for value in table.source_void]
    return ", ".join(rows)
