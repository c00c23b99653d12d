"""After each epoch: score, keep the best weights and a checkpoint, tell, and decide on stopping."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lightning.pytorch import Callback

from s2label.errors import S2LabelError
from s2label.progress import Progress
from s2label_training.previews import draw_shown
from s2label_training.validating import threshold_unseen
from s2label_training.weights import save_weights

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from pathlib import Path

    from lightning.pytorch import LightningModule, Trainer

    from s2label_training.bridge import Steering
    from s2label_training.bundle import ModelClass
    from s2label_training.hardware import Precision
    from s2label_training.module import Segmentation
    from s2label_training.previews import Shown
    from s2label_training.recipe import Recipe
    from s2label_training.runs import Run
    from s2label_training.validating import Validation, Validator


@dataclass(frozen=True)
class Best:
    """The best weights so far, and what is known of them.

    ``headline`` and ``loss`` are None where nothing validates; ``epoch`` counts from 1.
    """

    epoch: int
    file: str
    sha256: str
    threshold: float
    headline: float | None
    loss: float | None
    metrics: dict[str, Any]


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
        Held while files of the run change.
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
        self._scoring: Scoring | None = None
        self._began: float | None = None
        self._spent_s, self._lr = 0.0, 0.0
        self.best: Best | None = None
        self.history: list[dict[str, Any]] = []

    def score_with(self, scoring: Scoring) -> None:
        """Score the network after each epoch; without it the last epoch is the best."""
        self._scoring = scoring

    @property
    def epochs_done(self) -> int:
        """Epochs of the whole fit that are done."""
        return len(self.history)

    @property
    def is_done(self) -> bool:
        """Whether the fit ends here: all epochs, out of time, or no better for too long."""
        fit = self._recipe.fit
        best = self.best.epoch if self.best else 0
        since = self.epochs_done - best if self._scoring is not None else 0
        is_stuck = 0 < fit.early_stop_epochs <= since
        is_late = self._is_out_of_time and self.epochs_done > 0
        return self.epochs_done >= fit.epochs or is_late or is_stuck

    @property
    def _is_out_of_time(self) -> bool:
        return 0 < self._recipe.fit.max_minutes <= self._seconds / 60

    @property
    def _seconds(self) -> float:
        """Spent on the fit, before it was resumed as well."""
        since = time.monotonic() - self._began if self._began is not None else 0.0
        return self._spent_s + since

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed fit has to know."""
        return {
            "best": asdict(self.best) if self.best else None,
            "history": self.history,
            "spent_s": self._seconds,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take it up again."""
        best = state_dict["best"]
        self.best = Best(**best) if best else None
        self.history = list(state_dict["history"])
        self._spent_s, self._began = state_dict["spent_s"], None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock; Lightning loads the state before."""
        if self._began is None:
            self._began = time.monotonic()

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
        if self._is_out_of_time:
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Score the epoch, keep it and tell it."""
        module: Segmentation = pl_module  # type: ignore[assignment]
        loss = module.mean_loss
        if not math.isfinite(loss):
            raise S2LabelError(
                f"the training went astray in epoch {module.epoch + 1}: its loss is no number; "
                f"take a lower optimiser.lr than {self._recipe.optimiser.lr:g}"
            )
        module.note_wrong()
        scored = self._scoring.score(module, self._steering) if self._scoring else None
        line = self._line(module, loss, scored)
        with self._lock:
            self._steering.check()  # whoever stopped the fit is putting its best in place
            self._keep(trainer, module, line, scored)
        self._steering.tell(self._of_line(line))
        trainer.should_stop = self.is_done

    def told_before(self) -> list[Progress]:
        """Return what was told of the epochs that were done before a fit was resumed."""
        return [self._of_line(line) for line in self.history]

    def _of_line(self, line: dict[str, Any]) -> Progress:
        return self._progress(line["epoch"] * self._steps, line["epoch"], line)

    def _progress(self, done: int, epoch: int, data: dict[str, Any] | None = None) -> Progress:
        epochs = self._recipe.fit.epochs
        return Progress(done, epochs * self._steps, f"epoch {epoch} of {epochs}", data or {})

    def _line(self, module: Segmentation, loss: float, scored: Validation | None) -> dict[str, Any]:
        """Return what is told of an epoch, as JSON types."""
        line: dict[str, Any] = {
            "epoch": module.epoch + 1,
            "loss": loss,
            "validation_loss": None,
            "headline": None,
            "iou": {},
            "lr": self._lr,
            "preview": "",
        }
        if scored is not None and self._scoring is not None:
            line["validation_loss"] = scored.loss
            line["headline"] = _number(scored.scores.headline)
            line["iou"] = {each.name: _number(each.iou) for each in scored.scores.classes}
            path = self._run.folder / f"preview-{module.epoch + 1:05d}.png"
            line["preview"] = self._scoring.draw(path, scored)
        return line

    def _keep(
        self,
        trainer: Trainer,
        module: Segmentation,
        line: dict[str, Any],
        scored: Validation | None,
    ) -> None:
        """Keep the best weights and the checkpoint that names them, then delete older ones."""
        epoch = module.epoch + 1
        if scored is None or _is_better(scored, self.best):
            self.best = self._save_best(module, epoch, scored)
        self.history.append(line)
        trainer.save_checkpoint(self._run.checkpoint(epoch))
        self._run.change(epochs_done=epoch)
        self._run.drop_before(epoch, keep=self.best.file if self.best else "")

    def _save_best(self, module: Segmentation, epoch: int, scored: Validation | None) -> Best:
        file = f"best-{epoch:05d}.safetensors"
        sha256 = save_weights(self._run.folder / file, module.network)
        if scored is None:
            threshold = threshold_unseen(self._recipe.validation, self._values)
            return Best(epoch, file, sha256, threshold, None, None, {})
        headline = _number(scored.scores.headline)
        metrics = scored.scores.as_dict()
        return Best(epoch, file, sha256, scored.threshold, headline, scored.loss, metrics)


class Scoring:
    """Scores the network of a fit, and draws what it proposes.

    Parameters
    ----------
    validator : Validator
        With the held-out chips.
    precision : Precision
        What the network computes with.
    shown : sequence of Shown
        The chips of the preview.
    classes : sequence of ModelClass
        Their colours.
    """

    def __init__(
        self,
        validator: Validator,
        precision: Precision,
        shown: Sequence[Shown],
        classes: Sequence[ModelClass],
    ) -> None:
        self._validator, self._precision = validator, precision
        self._shown, self._classes = shown, classes

    def score(self, module: Segmentation, steering: Steering) -> Validation:
        """Return the scores of a network."""
        numbers = [each.number for each in self._shown]
        asked = (module.network, module.loss, self._precision, steering.check)
        return self._validator.validate(*asked, shown=numbers)

    def draw(self, path: Path, scored: Validation) -> str:
        """Draw the preview and return its path; "" where there is nothing to draw."""
        return draw_shown(path, self._shown, scored.proposed, self._classes)


def _is_better(scored: Validation, best: Best | None) -> bool:
    """Tell whether scores are better: by headline, of equal ones by validation loss."""
    if best is None:
        return True
    headline = scored.scores.headline
    found = -math.inf if math.isnan(headline) else headline
    before = -math.inf if best.headline is None else best.headline
    if found != before:
        return found > before
    return best.loss is None or scored.loss < best.loss


def _number(value: float) -> float | None:
    """Return a number as JSON has it: None for NaN."""
    return value if math.isfinite(value) else None
