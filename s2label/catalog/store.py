"""The door of the catalog: every call is one transaction, every driver error one clear line."""

from __future__ import annotations

import getpass
import threading
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from s2label import __version__
from s2label.catalog import labels, queues, reading, relinking, rows, schema, states, timeline
from s2label.catalog.canvas_store import CanvasStore
from s2label.catalog.changes import changed_since
from s2label.catalog.database import explained, open_catalog, verify_pages, writing
from s2label.catalog.doubts import doubtful_images, has_doubts, note_doubts, read_open_doubts
from s2label.catalog.facts import FactStore
from s2label.catalog.merging import Merge
from s2label.catalog.screening_store import ScreeningStore
from s2label.catalog.suspicion_notes import note_suspicions
from s2label.catalog.suspicions import (
    count_suspicions,
    has_suspicions,
    images_of_objects,
    last_audit,
    object_of_act,
    read_open_suspicions,
    read_suspicion,
    suspicious_masks,
    suspicious_masks_of_act,
)
from s2label.catalog.work_log import read_painted_seconds, read_work_log
from s2label.catalog.worths import has_worths, note_worths
from s2label.types import Author

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from s2label.catalog.labels import MaskLabels
    from s2label.catalog.work_log import LoggedAct
    from s2label.chip_views import ChipView, DatedImage
    from s2label.doubts import DoubtRecord
    from s2label.queue_specs import QueueSpec
    from s2label.suspicions import SuspicionRecord
    from s2label.types import (
        Act,
        ChipRecord,
        Decision,
        ImageRecord,
        ImportCounts,
        ImportRun,
        MaskRecord,
        Pair,
        PlaceRecord,
        Source,
        State,
        Subject,
    )


def this_author() -> Author:
    """Return who runs the program, with its version."""
    try:
        who = getpass.getuser()
    except (KeyError, OSError):  # a container's user that has no name
        who = "unknown"
    return Author(who, __version__)


def now() -> str:
    """Return the time as the log keeps it: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Catalog:
    """An open catalog.

    Parameters
    ----------
    url : str
        SQLAlchemy URL.
    write : bool
        Whether this program may write; the caller holds the project's lock.
    clock : callable
        Returns the time for the log.
    author : Author, optional
        Who acts; by default the user of the process.
    """

    def __init__(
        self,
        url: str,
        *,
        write: bool,
        clock: Callable[[], str] = now,
        author: Author | None = None,
    ) -> None:
        self.url = url
        self._clock = clock
        self._author = author or this_author()
        self._engine = open_catalog(url, write=write)
        self._moments = threading.local()
        self._stacks: timeline.Stacks | None = None
        self.canvases = CanvasStore(self._transaction, self._question, self._stamp, self._note)
        self.screenings = ScreeningStore(self._transaction, self._question, self._stamp)
        self.facts = FactStore(self._transaction, self._question)

    def _stamp(self) -> tuple[Author, str]:
        return self._author, self._clock()

    def now(self) -> str:
        """Return the time as the log keeps it."""
        return self._clock()

    def close(self) -> None:
        """Give the connection back; SQLite then folds its write-ahead log into the file."""
        self._engine.dispose()

    def verify_pages(self) -> None:
        """Raise `CatalogError` if the file is damaged anywhere."""
        verify_pages(self._engine, self.url)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all questions inside see one moment, whatever is written meanwhile.

        It holds for the thread that asks: what others read and write goes on.
        """
        with explained(self.url), self._engine.connect() as connection:
            self._moments.connection = connection
            try:
                yield
            finally:
                self._moments.connection = None

    @contextmanager
    def _question(self) -> Iterator[Connection]:
        moment: Connection | None = getattr(self._moments, "connection", None)
        if moment is not None:
            yield moment
            return
        with explained(self.url), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with explained(self.url), writing(self._engine).begin() as connection:
            yield connection

    # -- acts ------------------------------------------------------------------------------

    def decide(self, decisions: Sequence[Decision], seconds: float | None = None) -> Act | None:
        """Record decisions as one act; None where they change nothing."""
        with self._transaction() as connection:
            stamp = (self._author, self._clock())
            act = timeline.record_decisions(connection, decisions, *stamp, seconds)
        return self._note(act)

    def undo(self) -> Act | None:
        """Take back the last act that stands; None where there is none.

        Where it painted, `painting.acts.undo` looks after the pixels.
        """
        with self._transaction() as connection:
            stacks = self._read_stacks(connection)
            act = timeline.undo(connection, stacks, self._author, self._clock())
        return self._note(act)

    def redo(self) -> Act | None:
        """Do the act again that was taken back last; None where there is none."""
        with self._transaction() as connection:
            stacks = self._read_stacks(connection)
            act = timeline.redo(connection, stacks, self._author, self._clock())
        return self._note(act)

    def next_undo(self) -> int | None:
        """Return the act that an undo would take back."""
        with self._question() as connection:
            return next(reversed(self._read_stacks(connection).done), None)

    def next_redo(self) -> int | None:
        """Return the act that a redo would do again."""
        with self._question() as connection:
            return next(reversed(self._read_stacks(connection).undone), None)

    def _read_stacks(self, connection: Connection) -> timeline.Stacks:
        # Nobody else writes, so that after the first time there is no need to go through all acts.
        if self._stacks is None:
            self._stacks = timeline.read_stacks(connection)
        return self._stacks

    def _note(self, act: Act | None) -> Act | None:
        if act is not None and self._stacks is not None:
            self._stacks.note(act.id, act.kind)
        return act

    def history(self) -> list[dict[str, Any]]:
        """Return every decision, oldest first."""
        with self._question() as connection:
            return list(timeline.history(connection))

    def work_log(self, *, with_pixels: bool = False) -> list[LoggedAct]:
        """Return all decisions and strokes that people made, oldest first, with their time."""
        with self._question() as connection:
            return read_work_log(connection, with_pixels=with_pixels)

    def painted_since_decision(self) -> float:
        """Return the seconds of this person's strokes since their last decision with a time."""
        with self._question() as connection:
            return read_painted_seconds(connection, self._author.who)

    # -- imports ---------------------------------------------------------------------------

    def merge(
        self,
        run: ImportRun,
        chips: Iterable[ChipRecord],
        place_mask: Callable[[MaskRecord, str, int], None],
    ) -> ImportCounts:
        """Take over what an import found, all of it or nothing.

        Parameters
        ----------
        run : ImportRun
            What was asked; kept for the log.
        chips : iterable of ChipRecord
            Read once, a batch at a time.
        place_mask : callable
            Called with a mask record as examined, the final mask id and version; puts the file
            in place before the row that names it is committed.

        Returns
        -------
        ImportCounts
            What changed. Where nothing did, nothing is written, not even that somebody asked:
            an import that is run again leaves the project as it is.
        """
        at = self._clock()
        stamp = {"at": at, "who": self._author.who, "program": self._author.program}
        values = {"sources": list(run.sources), "options": run.options, "report": {}, **stamp}
        table = schema.import_run
        with explained(self.url), self._engine.connect() as connection:
            inserted = connection.execute(insert(table).values(values)).inserted_primary_key
            assert inserted is not None
            counts = Merge(connection, inserted[0], stamp, place_mask).merge(chips)
            if counts.is_nothing:
                connection.rollback()
                return counts
            report = {"report": asdict(counts)}
            connection.execute(update(table).where(table.c.id == inserted[0]).values(report))
            connection.commit()
        return counts

    def sources_in_folders(self, name: str, elsewhere: str) -> dict[str, Source]:
        """Return the sources, by path, that lie in folders of a name, but not in the one given."""
        with self._question() as connection:
            return relinking.sources_in_folders(connection, name, elsewhere)

    def relink_sources(self, moved: Mapping[str, Source]) -> None:
        """Note where source files are now: path in the catalog -> the same bytes elsewhere.

        Images, masks and decisions stay as they are: what identifies them is content, not a path.
        """
        with self._transaction() as connection:
            relinking.relink_sources(connection, moved)

    def note_worths(self, model: str, worths: Mapping[str, float]) -> int:
        """Note how much a model makes looks at images worth; returns of how many that is new.

        Ids that are of no image are left out.
        """
        with self._transaction() as connection:
            return note_worths(connection, model, worths)

    def note_doubts(self, doubts: Sequence[DoubtRecord]) -> int:
        """Note why somebody should look at images; returns how many reasons are new.

        Those of images or versions that are not there are left out.
        """
        with self._transaction() as connection:
            return note_doubts(connection, doubts, self._author, self._clock())

    def note_suspicions(
        self, records: Sequence[SuspicionRecord], looked_at: Iterable[str], audit: str
    ) -> int:
        """Note what an audit found; returns how many suspicions are new and asked about.

        Parameters
        ----------
        records : sequence of SuspicionRecord
            All of this audit. Those of masks, images or versions that are not there are left out.
        looked_at : iterable of str
            Ids of all masks that the audit looked at: what an earlier audit suspected of them
            counts no more, also of those without a record.
        audit : str
            Id of the audit. What was noted of it already stays as it is, so that a result can be
            taken over twice; the later of two audits is the one that was noted later for the
            first time.

        Notes
        -----
        What somebody called fine is not asked again (`fine.CalledFine` says what is the same). Such
        a suspicion is kept and counts only if "it is fine" is taken back.
        """
        with self._transaction() as connection:
            return note_suspicions(connection, records, looked_at, audit, *self._stamp())

    # -- questions -------------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """Return how many places, images and masks there are, by state."""
        with self._question() as connection:
            return reading.count_all(connection)

    def list_images(self) -> list[dict[str, Any]]:
        """Return one record per image, by id."""
        with self._question() as connection:
            return list(reading.list_images(connection))

    def list_masks(self) -> list[dict[str, Any]]:
        """Return one record per mask, by id."""
        with self._question() as connection:
            return list(reading.list_masks(connection))

    def places(self) -> dict[str, PlaceRecord]:
        """Return all places by id."""
        with self._question() as connection:
            return reading.read_places(connection)

    def image_ids(self) -> list[str]:
        """Return the ids of all images, in order."""
        with self._question() as connection:
            return list(connection.scalars(select(schema.image.c.id).order_by(schema.image.c.id)))

    def images(self, ids: Iterable[str]) -> dict[str, ImageRecord]:
        """Return images by id, with where their bands are."""
        found: dict[str, ImageRecord] = {}
        with self._question() as connection:
            for chunk in rows.chunked(ids):
                images = rows.read_images(connection, schema.image.c.id.in_(chunk))
                found |= {image.id: image for image in images}
        return found

    def cut_scenes(self) -> list[tuple[str, str]]:
        """Return (place id, scene) of every image that was cut from a larger scene."""
        with self._question() as connection:
            return reading.cut_scenes(connection)

    def images_of_day(
        self, scene: str, date: str | None
    ) -> list[tuple[str, str, int, PlaceRecord]]:
        """Return (scene, image id, version, place) of the images of a scene, or of its date."""
        with self._question() as connection:
            return reading.images_of_day(connection, scene, date)

    def changed_since(self, image_ids: Iterable[str], since: str) -> dict[str, str]:
        """Return image id -> when it, its mask or what is ignored in it changed last after a time.

        Decisions and strokes count, also those taken back.
        """
        with self._question() as connection:
            return changed_since(connection, image_ids, since)

    def pairs(self, *, include_open: bool = False) -> list[Pair]:
        """Return the image-mask pairs that an export takes, by image id."""
        with self._question() as connection:
            return reading.find_pairs(connection, include_open=include_open)

    def labels(self) -> list[MaskLabels]:
        """Return the masks that are not rejected, with the labels of their current versions."""
        with self._question() as connection:
            return list(labels.find_labels(connection))

    def mask_versions(self) -> list[dict[str, Any]]:
        """Return every mask version with its SHA-256."""
        with self._question() as connection:
            return list(reading.mask_versions(connection))

    def sources(self) -> list[dict[str, Any]]:
        """Return every source file with what identifies it."""
        with self._question() as connection:
            return list(reading.read_sources(connection))

    def chip_files(self, content: str) -> dict[str, Source]:
        """Return ground (grid key) -> file of the first band, of images with a fingerprint."""
        with self._question() as connection:
            return reading.chip_files(connection, content)

    def imports(self) -> list[dict[str, Any]]:
        """Return every import, oldest first."""
        with self._question() as connection:
            return list(reading.read_imports(connection))

    # -- what a review asks ----------------------------------------------------------------

    def queue(self, spec: QueueSpec, limit: int | None = None) -> list[str]:
        """Return the ids of a queue in its order, all or the first ones."""
        with self._question() as connection:
            return queues.queue_ids(connection, spec, limit)

    def has_worths(self) -> bool:
        """Tell whether a queue can be sorted by what a model proposes."""
        with self._question() as connection:
            return has_worths(connection)

    def has_doubts(self) -> bool:
        """Tell whether a queue can be sorted by doubtful places."""
        with self._question() as connection:
            return has_doubts(connection)

    def doubts(self, image_ids: Iterable[str] | None = None) -> dict[str, list[DoubtRecord]]:
        """Return the doubts that nobody has settled, of some images or all, by image id."""
        with self._question() as connection:
            ids = doubtful_images(connection) if image_ids is None else image_ids
            return read_open_doubts(connection, ids)

    def has_suspicions(self) -> bool:
        """Tell whether an audit ever found anything, so that a queue can be sorted by it."""
        with self._question() as connection:
            return has_suspicions(connection)

    def last_audit(self) -> str | None:
        """Return when the audit was noted that is the latest; None if there was none."""
        with self._question() as connection:
            return last_audit(connection)

    def suspicions(self, mask_ids: Iterable[str] | None = None) -> dict[str, list[SuspicionRecord]]:
        """Return the open suspicions of some masks or all, by mask id.

        Those of the mask as a whole come first, at most three of a kind: what is behind them comes
        when those are answered. Then come unlabelled objects, all of them; each the foremost first.
        """
        with self._question() as connection:
            ids = suspicious_masks(connection) if mask_ids is None else mask_ids
            return read_open_suspicions(connection, ids)

    def suspicion(self, suspicion_id: str) -> SuspicionRecord | None:
        """Return a suspicion, whether it still counts or not; None if there is no such one."""
        with self._question() as connection:
            return read_suspicion(connection, suspicion_id)

    def count_suspicions(self) -> tuple[int, int]:
        """Return how many masks have an open suspicion, and how many unlabelled objects are open.

        The objects are no suspicions of their masks here.
        """
        with self._question() as connection:
            return count_suspicions(connection)

    def suspicious_masks_of_act(self, act_id: int) -> dict[str, bool]:
        """Return mask id -> whether it has an open suspicion, of the masks an act is about."""
        with self._question() as connection:
            return suspicious_masks_of_act(connection, act_id)

    def object_of_act(self, act_id: int) -> str | None:
        """Return the unlabelled object (id of its suspicion) that an act decided on, if any."""
        with self._question() as connection:
            return object_of_act(connection, act_id)

    def images_of_objects(self) -> dict[str, str]:
        """Return suspicion id -> image, of the unlabelled objects that can be asked about."""
        with self._question() as connection:
            return images_of_objects(connection)

    def count_open(self, subject: Subject) -> tuple[int, int]:
        """Return how many images, masks or unlabelled objects are open, and how many there are."""
        with self._question() as connection:
            return states.count_open(connection, subject)

    def chip(self, image_id: str) -> ChipView | None:
        """Return an image with its place and mask; None if there is no such image."""
        with self._question() as connection:
            return queues.read_chip(connection, image_id)

    def chips(self, image_ids: Iterable[str]) -> dict[str, ChipView]:
        """Return images with place and mask by image id, read together."""
        with self._question() as connection:
            return queues.read_chips(connection, image_ids)

    def images_of_masks(self) -> dict[str, str]:
        """Return mask id -> the image to show it with."""
        with self._question() as connection:
            return queues.images_of_masks(connection)

    def dates_of_place(self, place_id: str) -> list[DatedImage]:
        """Return all images of a place, by date."""
        with self._question() as connection:
            return queues.dates_of_place(connection, place_id)

    def place_of_mask(self, mask_id: str) -> tuple[str, str | None] | None:
        """Return (place id, image id or None) of a mask."""
        with self._question() as connection:
            return queues.place_of_mask(connection, mask_id)

    def image_of_act(self, act_id: int) -> str | None:
        """Return an image that an act changed, or one that shows a mask it changed."""
        with self._question() as connection:
            return queues.image_of_act(connection, act_id)

    def states_of_act(self, act_id: int) -> dict[str, State]:
        """Return image or mask id -> how what an act decided on stands now."""
        with self._question() as connection:
            return queues.states_of_act(connection, act_id)

    def decision_count(self, act_id: int) -> int:
        """Return how many decisions an act consists of."""
        with self._question() as connection:
            return queues.decision_count(connection, act_id)

    # -- the state table -------------------------------------------------------------------

    def state_differences(self) -> list[str]:
        """Return what the state table says otherwise than facts and log; empty when sound."""
        with self._question() as connection:
            return states.differences(connection)

    def rebuild_states(self) -> None:
        """Make the state table anew from facts and log."""
        with self._transaction() as connection:
            states.rebuild_states(connection)
