"""What somebody does to chips on a long day, drawn by chance: one thing after the other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from napari_s2label.model_choice import IN_USE

from s2label.queue_specs import QueueOrder, QueueSpec

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from napari_s2label.desk import Desk
    from napari_s2label.suggesting import Suggesting

    from tests.faults.day_hands import Hands, Pixel

SIDE_PX = 64
# Chips are looked at so long, now and then: drawing and suggesting ahead begin in between.
_LOOK_S = 0.12
_SUGGESTED_S = 60.0
# Key -> how often of a hundred it is the one that brings the next chip.
_GOING_ON = {"A": 42, "D": 38, "Shift+D": 6, "Q": 4, "W": 3, "T": 2, "G": 2, "J": 3}
_LOOKING = ("N", "Shift+N", "F1", "F2", "F4", "K", "I", "Y", "C", "Shift+C", "B", "[", "]", "=")
# These ask the worker, which takes seconds to begin.
_ASKING = {"suggestion"}


class Day:
    """Somebody at work.

    Parameters
    ----------
    hands : Hands
        Do it.
    desk : Desk
        Says what there is.
    chance : random.Random
        Chooses.
    busy : float
        Share of chips on which anything is done but to decide, 0..1.

    Attributes
    ----------
    hands : Hands
        Do it.
    done : Counter
        What was done, and how often.
    """

    def __init__(self, hands: Hands, desk: Desk, chance: random.Random, busy: float = 1.0) -> None:
        self.hands = hands
        self._desk = desk
        self._chance = chance
        self._busy = busy
        self.done: Counter[str] = Counter()
        # How often of a thousand chips it is done.
        self._acts: dict[str, tuple[int, Callable[[], object]]] = {
            "stroke": (420, self._stroke),
            "eraser": (50, lambda: self._stroke("E")),
            "ignore brush": (40, lambda: self._stroke("X")),
            "fill": (50, self._fill),
            "polygon": (30, self._polygon),
            "wand": (80, self._wand),
            "suggestion": (80, self._suggestion),
            "looking": (150, self._look),
            "undo": (120, lambda: self._press_and_see("Ctrl+Z")),
            "redo": (60, lambda: self._press_and_see("Ctrl+Shift+Z")),
            "rest is background": (15, lambda: self.hands.press("Shift+F")),
            "clear": (8, lambda: self.hands.press("Shift+X")),
            "held stretch": (15, lambda: self._held("U")),
            "held import": (15, lambda: self._held("M")),
            "page of keys": (5, self._keys_page),
            "another queue": (4, self._other_queue),
        }

    def chip(self) -> None:
        """Do what is to be done on the chip in view, and bring the next."""
        if self._chance.random() < self._busy:
            self._work()
        self.go_on()

    def _work(self) -> None:
        for name, (often, act) in self._acts.items():
            if self._chance.random() * 1000 < often:
                act()
                self.done[name] += 1

    def everything(self) -> None:
        """Do once all that needs no worker; whatever is switched on is switched off again."""
        for name in [name for name in self._acts if name not in _ASKING]:
            self._acts[name][1]()
            self.done[name] += 1
            self._bring("D")
        for key in _LOOKING * 2:
            self._press_and_see(key)
        for key in _GOING_ON:
            self._bring(key)

    def go_on(self) -> None:
        """Bring another chip; from the end of the queue back to its start."""
        (key,) = self._chance.choices(list(_GOING_ON), list(_GOING_ON.values()))
        self._bring(key)
        if self._chance.random() < 0.2:
            self.hands.pause(_LOOK_S)

    def _bring(self, key: str) -> None:
        if not self.hands.go(key):
            self.begin_queue(QueueOrder.NAME)
        self.done[key] += 1

    def begin_queue(self, order: QueueOrder) -> None:
        """Go through all images, decided or not, from the first."""
        session = self._desk.session
        assert session is not None
        session.set_queue(QueueSpec(order=order, only_open=False, seed=self._chance.randrange(99)))
        self.hands.wait_until(lambda: not session.is_reading, "the queue")
        self.hands.see()

    def open_again(self) -> None:
        """Close the project and open it again."""
        assert self._desk.project is not None
        self._desk.open(self._desk.project.folder)
        self.hands.see()
        self.begin_queue(QueueOrder.NAME)
        self.done["opening the project again"] += 1

    def learn_from_strokes(self) -> None:
        """Have the worker learn from all strokes so far."""
        self.hands.press("Shift+L")
        self._wait_for_suggestion()
        self.done["learning from strokes"] += 1

    def train(self, project: Path, recipe: Path) -> None:
        """Begin to train, as the Train dock does; one goes on meanwhile."""
        self._desk.training.train(project, ["--recipe", str(recipe), "--trust", "imported"])

    def take_model(self) -> bool:
        """Have the model suggest that was trained; tell whether it is there already."""
        training = self._desk.training
        if training.job is not None or training.run is None:
            return False
        self.done[f"training of {training.run.epochs_done} epochs"] = 1
        self._suggesting.models.wish(IN_USE)
        return True

    # -- painting ------------------------------------------------------------------------------

    def _stroke(self, tool: str = "P") -> None:
        self.hands.press(tool)
        if tool == "P":
            self.hands.press(self._chance.choice("01"))
        start, end = self._pixel(), self._pixel()
        middle = ((start[0] + end[0]) / 2 + 4, (start[1] + end[1]) / 2)
        self.hands.drag([start, middle, end])

    def _fill(self) -> None:
        self.hands.press("F")
        self.hands.press(self._chance.choice("01"))
        self.hands.click(self._pixel())

    def _polygon(self) -> None:
        self.hands.press("O")
        (y, x), side = self._pixel(), self._chance.randint(4, 12)
        for corner in ((y, x), (y, x + side), (y + side, x + side)):
            self.hands.click(corner)
        self.hands.double_click((y + side, x))

    def _wand(self) -> None:
        assert self._desk.easel is not None
        wand = self._desk.easel.wand
        self.hands.press("L")
        self.hands.press("1")
        self.hands.click(self._pixel())
        self.hands.pause(_LOOK_S)
        if wand.has_preview:
            self.hands.press("L")

    # -- suggestions ---------------------------------------------------------------------------

    @property
    def _suggesting(self) -> Suggesting:
        assert self._desk.suggestions is not None
        return self._desk.suggestions.suggesting

    def _suggestion(self) -> None:
        if self._suggesting.shown is not None:
            self.hands.press("S")
        self.hands.press("S")
        if not self._suggesting.models.model or self._chance.random() < 0.3:
            return  # somebody goes on before it is there
        self._wait_for_suggestion()
        if self._chance.random() < 0.5:
            self.hands.press("Shift+S")
        else:
            self._accept_by_brush()

    def _accept_by_brush(self) -> None:
        self.hands.press(",")
        self.hands.point(self._pixel())
        self.hands.press("V")
        self.hands.press("Shift+V")
        self.hands.drag([self._pixel(), self._pixel()])
        self.done["brush that accepts"] += 1

    def _wait_for_suggestion(self) -> None:
        try:
            self.hands.wait_until(
                lambda: self._suggesting.shown is not None, "the suggestion", _SUGGESTED_S
            )
        except TimeoutError:  # on a busy machine somebody goes on without it
            self.done[f"no suggestion: {self._suggesting.status}"] += 1
        else:
            self.done["suggestion shown"] += 1

    # -- looking -------------------------------------------------------------------------------

    def _press_and_see(self, key: str) -> None:
        self.hands.press(key)
        self.hands.see()

    def _look(self) -> None:
        self.hands.press(self._chance.choice(_LOOKING))

    def _held(self, key: str) -> None:
        self.hands.hold(key)
        self.hands.pause(_LOOK_S)
        self.hands.let_go(key)

    def _keys_page(self) -> None:
        from napari_s2label.cheat_sheet import CheatSheet
        from qtpy.QtWidgets import QApplication

        self._desk.show_keys()
        self.hands.pause(_LOOK_S)
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, CheatSheet):
                widget.close()

    def _other_queue(self) -> None:
        self.begin_queue(self._chance.choice([QueueOrder.RANDOM, QueueOrder.DATE]))

    def _pixel(self) -> Pixel:
        return self._chance.randint(3, SIDE_PX - 4), self._chance.randint(3, SIDE_PX - 4)
