"""What changed in a project since a result was made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.scene_chips import chips_on
from s2label_training.scene.accepted import find_accepted

if TYPE_CHECKING:
    from s2label.project import Project
    from s2label.scene_chips import SceneChip
    from s2label.scenes import FoundScene
    from s2label_training.scene.accepted import AcceptedLabels
    from s2label_training.scene.result_before import ResultBefore


@dataclass(frozen=True)
class Changes:
    """Chips that were worked on since a result was made, and what was accepted on its ground.

    Parameters
    ----------
    chips : tuple of SceneChip
        Those that changed.
    until : str
        When the last of them did, as the log keeps it.
    digest : str
        What identifies chips and times.
    accepted : AcceptedLabels or None
        Where they are wanted.
    """

    chips: tuple[SceneChip, ...]
    until: str
    digest: str
    accepted: AcceptedLabels | None

    @property
    def labels(self) -> str:
        """What identifies the accepted masks; empty without any."""
        return self.accepted.digest if self.accepted else ""


def find_changes(
    project: Project, found: FoundScene, before: ResultBefore, *, labels: bool
) -> Changes:
    """Return what changed in a project since a result was made of a scene.

    Raises
    ------
    S2LabelError
        If accepted masks are wanted, and the project has other classes.
    """
    chips = chips_on(project, found)
    at = project.catalog.changed_since((chip.image_id for chip in chips), before.since)
    changed = tuple(chip for chip in chips if chip.image_id in at)
    told = sorted(f"{chip.image_id} {at[chip.image_id]}" for chip in changed)
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]
    accepted = find_accepted(project, chips, before.record) if labels else None
    return Changes(changed, max(at.values(), default=before.since), digest, accepted)
