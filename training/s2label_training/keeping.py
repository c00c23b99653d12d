"""After each epoch: score, keep the best weights and a checkpoint, tell, and decide on stopping."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lightning.pytorch import Callback

from s2label.errors import S2LabelError
from s2label.progress import Progress
from s2label_training.course import Best, Course
from s2label_training.thresholds import threshold_unseen
from s2label_training.weights import save_weights

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from lightning.pytorch import LightningModule, Trainer

    from s2label_training.bridge import Steering
    from s2label_training.epoch_scoring import EpochScoring
    from s2label_training.module import Segmentation
    from s2label_training.recipe import Recipe
    from s2label_training.runs import Run
    from s2label_training.validating import Validation


class Keeper(Callback):
    """Does what is done after each epoch.

    Parameters
    ----------
    run : Run
        Where it is kept.
    recipe : Recipe
        When to stop.
    steps : int
        Of an epoch.
    values : sequence of int
        Stored value of each output of the network.
    steering : Steering
        Is told.
    lock : threading.Lock
        Held while the run's newest state takes the place of the one before.
    """

    def __init__(
        self,
        run: Run,
        recipe: Recipe,
        steps: int,
        values: Sequence[int],
        steering: Steering,
        lock: threading.Lock,
    ) -> None:
        self._run, self._recipe, self._steps, self._values = run, recipe, steps, values
        self._steering, self._lock = steering, lock
        self._scoring: EpochScoring | None = None
        self._lr = 0.0
        self.course = Course(recipe.fit)
        self.kept: Best | None = None

    def score_with(self, scoring: EpochScoring) -> None:
        """Score the network after each epoch; without it the last epoch is the best."""
        self._scoring = scoring

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed fit has to know."""
        return self.course.as_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take it up again."""
        self.course.load(state_dict)
        self.kept = self.course.best

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock; Lightning has loaded the state before."""
        self.course.start_clock()

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, *_: object, **__: object
    ) -> None:
        """Note the learning rate of the last layers before the schedule goes on."""
        self._lr = float(trainer.optimizers[0].param_groups[-1]["lr"])

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *_: object, **__: object
    ) -> None:
        """Tell a step; an epoch that is out of time ends here and is scored."""
        module: Segmentation = pl_module  # type: ignore[assignment]
        done = module.epoch * self._steps + trainer.fit_loop.batch_idx + 1
        self._steering.tell(self._progress(done, module.epoch + 1))
        if self.course.is_out_of_time:
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Score the epoch, keep it and tell it."""
        module: Segmentation = pl_module  # type: ignore[assignment]
        if not module.is_finite:
            raise S2LabelError(
                f"the training went astray in epoch {module.epoch + 1}: its loss or its weights "
                f"are no numbers; take a lower optimiser.lr than {self._recipe.optimiser.lr:g}"
            )
        module.note_wrong()
        scored = self._scoring.score(module, self._steering.check) if self._scoring else None
        line = self._line(module, scored)
        self._save(trainer, module, line, scored)
        self._publish()
        self._steering.tell(self._of_line(line))
        trainer.should_stop = self.course.is_done

    def told_before(self) -> list[Progress]:
        """Return what was told of the epochs that were done before a fit was resumed."""
        return [self._of_line(line) for line in self.course.lines]

    def _of_line(self, line: dict[str, Any]) -> Progress:
        return self._progress(line["epoch"] * self._steps, line["epoch"], line)

    def _progress(self, done: int, epoch: int, data: dict[str, Any] | None = None) -> Progress:
        epochs = self._recipe.fit.epochs
        total = epochs * self._steps
        # Minutes may end it first: then they say how far it is, and how long it will still take.
        done = max(done, round(total * self.course.share_of_minutes))
        return Progress(done, total, f"epoch {epoch} of {epochs}", data or {})

    def _line(self, module: Segmentation, scored: Validation | None) -> dict[str, Any]:
        """Return what is told of an epoch, as JSON types."""
        line: dict[str, Any] = {"epoch": module.epoch + 1, "loss": module.mean_loss}
        line |= {"validation_loss": None, "headline": None, "iou": {}}
        line |= {"lr": self._lr, "preview": ""}
        if scored is not None and self._scoring is not None:
            line["validation_loss"] = _number(scored.loss)
            line["headline"] = _number(scored.scores.headline)
            line["iou"] = {each.name: _number(each.iou) for each in scored.scores.classes}
            path = self._run.folder / f"preview-{module.epoch + 1:05d}.png"
            line["preview"] = self._scoring.draw(path, scored)
        return line

    def _save(
        self,
        trainer: Trainer,
        module: Segmentation,
        line: dict[str, Any],
        scored: Validation | None,
    ) -> None:
        """Write the weights, if they are the best, and then the checkpoint that names them."""
        is_best = scored is None or self.course.is_better(scored.scores.headline, scored.loss)
        if is_best:
            self.course.best = self._save_best(module, line["epoch"], scored)
        self.course.lines.append(line)
        trainer.save_checkpoint(self._run.checkpoint(line["epoch"]))

    def _save_best(self, module: Segmentation, epoch: int, scored: Validation | None) -> Best:
        file = f"best-{epoch:05d}.safetensors"
        sha256 = save_weights(self._run.folder / file, module.network)
        if scored is None:
            threshold = threshold_unseen(self._recipe.validation, self._values)
            return Best(epoch, file, sha256, threshold, None, None, {})
        headline = _number(scored.scores.headline)
        metrics = scored.scores.as_dict()
        return Best(epoch, file, sha256, scored.threshold, headline, scored.loss, metrics)

    def _publish(self) -> None:
        """Let the new state count, and delete the one before."""
        with self._lock:
            self._steering.check()  # whoever stopped the fit is making a model of what was kept
            self.kept = self.course.best
            self._run.change(epochs_done=self.course.epochs_done)
            self._run.drop_before(self.course.epochs_done, keep=self.kept.file if self.kept else "")


def _number(value: float) -> float | None:
    """Return a number as JSON has it: None for NaN."""
    return value if math.isfinite(value) else None
