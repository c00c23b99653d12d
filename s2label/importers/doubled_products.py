"""Products that several sources of an import hold: people keep the zip beside its folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from s2label.importers.baselines import baseline_in_name
from s2label.importers.scene_row import SceneRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label.importers.contract import Unit

# Product, date, ground.
_Scene = tuple[str, str | None, str]


@dataclass
class Products:
    """Which product came from which source first; what other sources have of it is left out."""

    _sources: dict[_Scene, tuple[Path, str]] = field(default_factory=dict)
    _notes: dict[str, None] = field(default_factory=dict)

    def takes(self, unit: Unit, source: Path) -> bool:
        """Tell whether to import a unit of a source: not of a product in other files before.

        Only names of products say what they name; whatever else is called alike may differ.
        """
        if not isinstance(unit, SceneRow) or baseline_in_name(unit.scene.scene) is None:
            return True
        scene = unit.scene
        key = scene.scene, scene.date, scene.grid.key
        first, content = self._sources.setdefault(key, (source, scene.content))
        if source == first or scene.content == content:
            return True
        self._notes[f"{source}: {scene.scene} left out, the same product as in {first}"] = None
        return False

    def with_notes(self, units: Sequence[Unit]) -> list[Unit]:
        """Return units of which one of a product says what was left out."""
        noted = list(units)
        for index, unit in enumerate(noted if self._notes else ()):
            if isinstance(unit, SceneRow):
                noted[index] = replace(unit, notes=(*unit.notes, *self._notes))
                break
        return noted
