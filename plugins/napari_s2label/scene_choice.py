"""Scenes of the project in view: which are wanted, how far each is, and what a start would do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_s2label.scene_facts import Looked
from napari_s2label.scene_rows import SceneRow, SceneState, rows_of
from napari_s2label.scene_wish import (
    SceneWish,
    default_folder,
    read_wish,
    wish_path,
    write_wish,
)
from s2label.catalog.store import this_author

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from s2label_training.bundle import ModelRecord

    from napari_s2label.scene_facts import SceneEntry
    from napari_s2label.scene_reader import SceneReader
    from napari_s2label.scene_run import SceneRun


class SceneChoice:
    """What is chosen, remembered for each project and person.

    Parameters
    ----------
    reader : SceneReader
        Looks at the scenes.

    Attributes
    ----------
    project : Path or None
        Folder of the project in view.
    wish : SceneWish
        What is chosen.
    rows : list of SceneRow
        The scenes as one reads them.

    Signals
    -------
    changed : no arguments
        Other rows.
    """

    changed = Signal()

    def __init__(self, reader: SceneReader) -> None:
        self._reader = reader
        self.project: Path | None = None
        self.wish = SceneWish()
        self.rows: list[SceneRow] = []
        self._model: ModelRecord | None = None
        self._looked = Looked()
        self._run: SceneRun | None = None
        self._asked: tuple[Path, ...] = ()
        self._known: tuple[Path, ...] = ()
        self._numbers: dict[object, str] = {}
        reader.looked.connect(self._on_reader_looked)
        reader.numbers_read.connect(self._on_reader_numbers_read)

    def begin(self, project: Path | None) -> None:
        """Choose for another project, or none, what was chosen there last."""
        self.project = project
        self._reader.forget()
        self._looked, self._known, self._model = Looked(), (), None
        self.wish = SceneWish()
        if project is not None:
            self.wish = read_wish(wish_path(project, this_author().who))
            self._reader.ask_models(project)
        self.rebuild()

    @property
    def folder(self) -> Path | None:
        """Folder of the results."""
        if self.project is None:
            return None
        return self.wish.folder or default_folder(self.project)

    @property
    def is_looking(self) -> bool:
        """Whether sources were added that nobody has looked at yet."""
        return any(source not in self._known for source in self.wish.sources)

    def take(self, wish: SceneWish, model: ModelRecord | None) -> None:
        """Take what is chosen now, and keep it."""
        self._model = model
        if wish != self.wish:
            self.wish = wish
            if self.project is not None:
                write_wish(wish_path(self.project, this_author().who), wish)
        self.rebuild()

    def look(self) -> None:
        """Look anew at what there is; `changed` tells."""
        if self.folder is not None:
            self._asked = self.wish.sources
            self._reader.ask_look(self.wish, self._model, self.folder)

    def _on_reader_looked(self, looked: Looked) -> None:
        self._looked, self._known = looked, self._asked
        self._refuse_by_numbers()
        self.rebuild()
        self._ask_numbers()

    def _ask_numbers(self) -> None:
        """Ask for one scene after the other whether its numbers can be reflectance."""
        if self._model is None or (self._run is not None and self._run.is_running):
            return
        for entry in self._looked.entries:
            if not entry.refusal and self._key(entry) not in self._numbers:
                self._reader.ask_numbers(entry, self.wish, self._model)
                return

    def _key(self, entry: SceneEntry) -> object:
        fingerprint = entry.found.image.fingerprint if entry.found is not None else ""
        model = self._model.id if self._model is not None else ""
        return (fingerprint, model, self.wish.options)

    def _on_reader_numbers_read(self, entry: SceneEntry, refusal: str) -> None:
        self._numbers[self._key(entry)] = refusal
        self._refuse_by_numbers()
        self.rebuild()
        self._ask_numbers()

    def _refuse_by_numbers(self) -> None:
        entries = tuple(
            replace(entry, refusal=entry.refusal or self._numbers.get(self._key(entry), ""))
            for entry in self._looked.entries
        )
        self._looked = replace(self._looked, entries=entries)

    def follow(self, run: SceneRun | None) -> None:
        """Show a run, if it is one of this project."""
        self._run = run if run is not None and run.project == self.project else None
        self.rebuild()

    def rebuild(self) -> None:
        """Make the rows anew: a run is further."""
        run = self._run if self._run is not None and self._run.folder == self.folder else None
        rows = rows_of(self._looked, run, self._model.id if self._model is not None else "")
        wanted = set(self.wish.sources)
        if self._known != self.wish.sources:  # those that were taken out go at once
            rows = [row for row in rows if self._is_wanted(row, wanted)]
        new = [source for source in self.wish.sources if source not in self._known]
        rows += [
            SceneRow(source.name, SceneState.WAITING, "looking ...", "", source) for source in new
        ]
        if rows != self.rows:
            self.rows = rows
            self.changed.emit()

    @staticmethod
    def _is_wanted(row: SceneRow, wanted: set[Path]) -> bool:
        source = row.source
        return source is None or bool(wanted & {source, *source.parents})

    def row(self, name: str) -> SceneRow | None:
        """Return the row of a scene; None if there is none."""
        return next((row for row in self.rows if row.name == name), None)

    def with_sources(self, paths: Iterable[Path]) -> tuple[Path, ...]:
        """Return the sources with more of them, each once."""
        return tuple(dict.fromkeys((*self.wish.sources, *paths)))

    def without_scenes(self, names: Sequence[str]) -> tuple[Path, ...]:
        """Return the sources without those of some scenes; none names all."""
        if not names:
            return ()
        gone = {row.source for row in self.rows if row.name in names}
        # Of a folder of scenes the others stay, each for itself.
        kept = (row.source for row in self.rows if row.source is not None)
        return tuple(dict.fromkeys(source for source in kept if source not in gone))

    def sources_to_predict(self) -> list[Path]:
        """Return what holds the scenes that the model can take."""
        fit = (row for row in self.rows if row.state is not SceneState.REFUSED)
        return list(dict.fromkeys(row.source for row in fit if row.source is not None))

    @property
    def begun(self) -> SceneRow | None:
        """The first scene with which a start goes on; None where it begins at the top."""
        return next((row for row in self.rows if row.state is SceneState.BEGUN and row.share), None)
