"""Which images, masks or suspicions come, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from s2label.types import Subject


class QueueOrder(StrEnum):
    """What a queue is sorted by."""

    DATE = "date"
    NAME = "name"
    NODATA = "nodata"
    CONSENSUS = "consensus"
    CLASS_SHARE = "class share"
    RANDOM = "random"
    WORTH = "worth"
    CLOUD = "cloud"
    FINDING = "finding"
    REJECTION = "rejection"
    DOUBT = "doubt"
    SUSPICION = "suspicion"


@dataclass(frozen=True)
class QueueSpec:
    """Which images, masks or unlabelled objects come, and in which order.

    ``class_value`` is the class of a ``class share`` order; ``seed`` shuffles a random one. By
    ``worth``, descending begins with the chips of which the model has most to say; by ``finding``,
    ascending begins with the images that have one; by ``doubt``, descending begins with the
    foremost doubtful place of each scene. ``only_doubtful`` leaves out all images without one. By
    ``suspicion``, descending begins with the foremost suspicion of the audit.

    ``only_suspicious`` leaves out all masks without an open suspicion; those with one come whatever
    their state is: an accepted mask may be wrong, too. The entries of a queue of suspicions are
    the ids of unlabelled objects, which are asked about one at a time.

    With ``among`` only these ids come, in that order; ``title`` says in words what they are. A
    bookmark keeps neither.
    """

    subject: Subject = Subject.IMAGE
    order: QueueOrder = QueueOrder.NAME
    only_open: bool = True
    descending: bool = False
    class_value: int = 1
    seed: int = 0
    among: tuple[str, ...] = field(default=(), repr=False)
    title: str = ""
    only_doubtful: bool = False
    only_suspicious: bool = False
