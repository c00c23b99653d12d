"""The prediction that runs: which scene, what is done with it, how long it takes, and a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_s2label.parts.run_bar import RunBar
from napari_s2label.parts.scene_words import left_words, step_words
from napari_s2label.parts.words import percent

if TYPE_CHECKING:
    from napari_s2label.scene_run import SceneRun

_STOP_TIP = "Stop within two seconds; started again it goes on after the rows that are finished"


class SceneBar(RunBar):
    """Shows a prediction while it runs."""

    def __init__(self) -> None:
        super().__init__(_STOP_TIP)

    def show_run(self, run: SceneRun, seconds_left: float | None = None) -> None:
        """Show how far a run is, and for how long the scene at work; hidden when it has ended."""
        self.setVisible(run.is_running)
        self.step.setText(step_words(run))
        # A bar from 0 to 0 moves to and fro: nobody knows how much there is to do.
        is_known = run.share is not None
        self.bar.setRange(0, run.step.total if is_known else 0)
        self.bar.setValue(run.step.done if is_known else 0)
        # Rounded as in the list: Qt's own would cut it off.
        self.bar.setFormat(percent(run.share) if run.share is not None else "")
        shown = seconds_left if is_known and not run.is_stopping else None
        self.left.setText(left_words(shown, run))
        self.stop.setEnabled(not run.is_stopping)
