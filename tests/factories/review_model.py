"""What a review has to do, as plainly as it can be said: lists and dicts, no catalog, no window."""

from __future__ import annotations

from dataclasses import dataclass, field

State = tuple[str, str]
OPEN: State = ("open", "")
ACCEPTED: State = ("accepted", "")


@dataclass
class ReviewModel:
    """One person with one queue of images.

    ``mask_of`` tells which mask an image has; ``queue`` is in the order in which chips come.
    """

    queue: list[str]
    mask_of: dict[str, str]
    images: dict[str, State] = field(default_factory=dict)
    masks: dict[str, State] = field(default_factory=dict)
    done: list[list[tuple[str, str, State, State]]] = field(default_factory=list)
    undone: list[list[tuple[str, str, State, State]]] = field(default_factory=list)
    at: int = 0
    visited: str | None = None

    def reopen(self) -> None:
        """Begin anew with what is open, at the image that was in view."""
        image = self.image
        self.read_queue()
        self.look_at(image)

    def read_queue(self) -> None:
        """Take what is open, in order, and begin at its start."""
        self.queue = [i for i in sorted(self.mask_of) if self.images.get(i, OPEN) == OPEN]
        self.at = 0

    def look_at(self, image: str) -> None:
        """Go to an image; one outside the queue is visited without losing one's place."""
        self.visited = None if image in self.queue else image
        if image in self.queue:
            self.at = self.queue.index(image)

    @property
    def image(self) -> str:
        """The image in view."""
        return self.visited or self.queue[self.at]

    def accept(self) -> None:
        changes = [("image", self.image, ACCEPTED)]
        if self.masks.get(self.mask_of[self.image], OPEN) == OPEN:
            changes.append(("mask", self.mask_of[self.image], ACCEPTED))
        self.act(changes)

    def reject_image(self, reason: str) -> None:
        self.act([("image", self.image, ("rejected", reason))])

    def reject_mask(self, reason: str) -> None:
        self.act([("mask", self.mask_of[self.image], ("rejected", reason))])

    def reject_images(self, images: list[str], reason: str) -> None:
        """Reject several in one act; the view stays."""
        self.note([("image", image, ("rejected", reason)) for image in images])

    def act(self, changes: list[tuple[str, str, State]]) -> None:
        self.note(changes)
        self.forward()

    def note(self, changes: list[tuple[str, str, State]]) -> None:
        act = []
        for subject, id_, after in changes:
            states = self.images if subject == "image" else self.masks
            before = states.get(id_, OPEN)
            if before != after:
                states[id_] = after
                act.append((subject, id_, before, after))
        if act:
            self.done.append(act)
            self.undone.clear()

    def forward(self) -> None:
        """Go to the next image that is still open."""
        first = self.at + (0 if self.visited else 1)
        ahead = range(first, len(self.queue))
        wanted = (at for at in ahead if self.images.get(self.queue[at], OPEN) == OPEN)
        self.at, self.visited = next(((at, None) for at in wanted), (self.at, self.visited))

    def back(self) -> None:
        """Go to the image before, decided or not."""
        if self.at:
            self.at, self.visited = self.at - 1, None

    def undo(self) -> None:
        if self.done:
            self.undone.append(self.done.pop())
            self._set(self.undone[-1], after=False)

    def redo(self) -> None:
        if self.undone:
            self.done.append(self.undone.pop())
            self._set(self.done[-1], after=True)

    def _set(self, act: list[tuple[str, str, State, State]], *, after: bool) -> None:
        for subject, id_, before, then in act:
            states = self.images if subject == "image" else self.masks
            states[id_] = then if after else before
        shown = [id_ for subject, id_, *_ in act if subject == "image"]
        masks = [id_ for subject, id_, *_ in act if subject == "mask"]
        of_mask = (image for image in sorted(self.mask_of) if self.mask_of[image] == masks[0])
        image = shown[0] if shown else next(of_mask)
        if image not in self.queue:  # it may be open again, and part of the queue
            self.read_queue()
        self.look_at(image)
