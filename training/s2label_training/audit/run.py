"""The audit of a project: folds, a model for each, what they propose, and what is suspected.

Knows no torch before a fold is trained, so that a refusal need not wait for it.
"""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from s2label.audit.find import find_suspicions
from s2label.progress import Progress
from s2label.suspicion_files import leave_suspicions
from s2label_training.audit.beginning import begin_audit
from s2label_training.audit.folding import FoldRun
from s2label_training.audit.looks import find_looks
from s2label_training.audit.pace import Pace, search_share, told_as
from s2label_training.audit.reading import KeptChips
from s2label_training.audit.request import AuditReport
from s2label_training.audit.work import AuditWork
from s2label_training.bridge import Steering, StopRequested, watched
from s2label_training.recipe import with_changes

if TYPE_CHECKING:
    from s2label.progress import Job
    from s2label.project import Project
    from s2label.suspicions import SuspicionRecord
    from s2label_training.audit.beginning import Beginning
    from s2label_training.audit.request import AuditRequest
    from s2label_training.recipe import Recipe

_FOREMOST = 10
_REASONS_TOLD = 3


def audit_project(
    project: Project, request: AuditRequest, wish: threading.Event | None = None
) -> Job[AuditReport]:
    """Look at all labelled masks with models that never saw their ground.

    Only ``models/`` and suggestion files are written; what is suspected is left for whoever writes
    the catalog (`suspicion_files`). Stopped or killed at any moment, the same request goes on, and
    ends as if it had never been interrupted.

    Parameters
    ----------
    project : Project
        Open for reading.
    request : AuditRequest
        What is wanted.
    wish : threading.Event, optional
        Set to stop it; so do Ctrl-C, and closing the generator.

    Raises
    ------
    S2LabelError
        If there is nothing to audit, something does not fit, or another audit is under way.
    """
    work = AuditWork(project.folder)
    with work.locked():
        yield Progress(0, 0, "reading the labels")
        beginning = begin_audit(project, request, work)
        audit = _Audit(project, work, beginning, request, wish or threading.Event())
        try:
            yield from audit.go()
        except (StopRequested, KeyboardInterrupt):
            return audit.report(stopped=True)
        work.clear()
        return audit.report(stopped=False)


class _Audit:
    """An audit that is going on."""

    def __init__(
        self,
        project: Project,
        work: AuditWork,
        beginning: Beginning,
        request: AuditRequest,
        wish: threading.Event,
    ) -> None:
        self._project, self._work, self._recipe = project, work, request.recipe
        self._record, self._notes = beginning.record, list(beginning.notes)
        self._wish = wish
        self._looks = find_looks(project, beginning.chips, self._record.fold_of_places())
        done = len(self._record.predicted)
        folds = len(self._record.folds)
        is_searched = done > 0 or self._record.rate is not None
        searching = 0.0 if is_searched else search_share(self._recipe, beginning.chips, folds)
        self._pace = Pace(folds, done, searching)
        self._refused: Counter[str] = Counter()
        self._looked_at: dict[str, int] = {}
        self._found: list[SuspicionRecord] = []

    def go(self) -> Job[None]:
        """Do what is left to do of all folds, then look for suspicions and leave them."""
        for number, name in enumerate(self._record.names, start=1):
            folder = self._work.folder(self._record) / name
            run = FoldRun(self._project, self._record.fold(name), folder, self._wish)
            if name not in self._record.predicted:
                yield from self._look(run, number, name)
            # Also where it was killed in between.
            run.put_away()
        self._notes += _words_of(self._refused)
        yield from self._find()

    def _look(self, run: FoldRun, number: int, name: str) -> Job[None]:
        """Train the model of a fold, and keep what it proposes for the masks of that."""
        tell = partial(self._tell_training, number, name)
        self._notes += yield from run.train(self._recipe_of(name), tell)
        looks = [look for look in self._looks if look.fold == name]
        if name not in self._record.predicting:
            run.clear_proposals(looks)
            self._note(predicting=self._record.predicting | {name})
        self._refused += yield from run.predict(looks, partial(self._pace.predicting, number))
        self._note(predicted=self._record.predicted | {name})

    def _recipe_of(self, name: str) -> Recipe:
        """Return how a fold is trained: the first searches the learning rate, if any does."""
        rate = self._record.rate
        if rate is None or name == self._record.names[0]:
            return self._recipe
        return with_changes(self._recipe, ["fit.lr_search=false", f"optimiser.lr={rate!r}"])

    def _tell_training(self, number: int, name: str, step: Progress) -> Progress:
        if "found_lr" in step.data and name == self._record.names[0]:
            # Noted at once: a training that was killed later goes on without a search.
            self._note(rate=step.data["found_lr"] or self._recipe.optimiser.lr)
        return self._pace.training(number, step)

    def _note(self, **fields: Any) -> None:
        self._record = self._record.model_copy(update=fields)
        self._work.write(self._record)

    def _find(self) -> Job[None]:
        chips = KeptChips(self._project, self._looks, self._consensus())
        finding = find_suspicions(chips, self._project.classes, self._record.id)
        watching = watched(finding, Steering(self._wish))
        findings = yield from told_as(watching, self._pace.finding)
        self._found, self._notes = findings.suspicions, [*self._notes, *findings.notes]
        self._looked_at = chips.looked_at
        leave_suspicions(self._project.folder, self._record.id, self._looked_at, self._found)

    def _consensus(self) -> dict[str, float]:
        rows = self._project.catalog.list_masks()
        found = ((row["id"], row["scores"]["consensus"]) for row in rows)
        return {id_: score for id_, score in found if score is not None}

    def report(self, *, stopped: bool) -> AuditReport:
        """Return what came of it."""
        kinds = Counter(str(record.kind) for record in self._found)
        return AuditReport(
            audit=self._record.id,
            folds=len(self._record.folds),
            folds_done=len(self._record.predicted),
            masks=len(self._looked_at),
            suspicions=dict(kinds.most_common()),
            foremost=[_told(record) for record in self._found[:_FOREMOST]],
            notes=list(dict.fromkeys(self._notes)),
            stopped=stopped,
        )


def _told(record: SuspicionRecord) -> dict[str, Any]:
    """Return what is told of a suspicion, as JSON types."""
    return {
        "mask": record.mask_id,
        "image": record.image_id,
        "kind": str(record.kind),
        "words": record.words,
        "rank": record.rank,
    }


def _words_of(refused: Counter[str]) -> list[str]:
    """Return why masks were not looked at, the commonest reasons first."""
    return [
        f"{count} mask{'' if count == 1 else 's'} not looked at: {reason}"
        for reason, count in refused.most_common(_REASONS_TOLD)
    ]
