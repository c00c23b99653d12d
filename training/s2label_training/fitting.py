"""The network's side of a fit: Lightning trains it, stage by stage, from where it was left."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from lightning.pytorch import Trainer

from s2label.errors import S2LabelError
from s2label.progress import Progress
from s2label_training.assembly import build_loader, build_sampler, build_scoring, build_start
from s2label_training.checkpoints import SafetensorsIO
from s2label_training.hardware import choose_device, choose_precision
from s2label_training.keeping import Keeper
from s2label_training.losses import build_loss
from s2label_training.module import Segmentation
from s2label_training.optimisers import stages_of
from s2label_training.search import search_rate

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.project import Project
    from s2label_training.bridge import Steering
    from s2label_training.learning import Learning
    from s2label_training.optimisers import Stage
    from s2label_training.recipe import Recipe
    from s2label_training.runs import Run

_LOUD = ("lightning.pytorch", "lightning.fabric", "lightning", "pytorch_lightning")


class Fitting:
    """A network, what it learns from, and how far it is.

    Parameters
    ----------
    project : Project
        Open for reading.
    run : Run
        Where checkpoints are kept; if there is one, the fit goes on from it.
    recipe : Recipe
        How it is trained.
    learning : Learning
        What it learns from.
    start : Path, optional
        Weights to start from, of the same network.
    steering : Steering
        Is told the steps, says when to stop.
    lock : threading.Lock
        Held while files of the run change.
    """

    def __init__(
        self,
        project: Project,
        run: Run,
        recipe: Recipe,
        learning: Learning,
        start: Path | None,
        steering: Steering,
        lock: threading.Lock,
    ) -> None:
        self._run, self._recipe, self.learning = run, recipe, learning
        self._steering = steering
        self._device = choose_device()
        self._precision = choose_precision(recipe.fit.precision, self._device)
        self._sampler = build_sampler(recipe, learning)
        is_gpu = self._device.type == "cuda"
        self._loader = build_loader(recipe, learning, self._sampler, is_pinned=is_gpu)
        is_resumed = run.last_checkpoint is not None
        self._network = build_start(recipe, learning, start, is_resumed=is_resumed)
        self._loss = build_loss(recipe.loss, learning.class_pixels)
        self.keeper = Keeper(
            run, recipe, len(self._loader), learning.chosen.data.values, steering, lock
        )
        if learning.can_validate:
            self.keeper.score_with(build_scoring(project, recipe, learning, self._precision))
        self._go_on()

    @property
    def device(self) -> str:
        """What it runs on, in words."""
        return f"{self._device.type}, {self._precision}"

    def fit(self) -> None:
        """Train until all epochs are done, or the keeper says that it is enough.

        Raises
        ------
        S2LabelError
            If the device's memory is too small.
        """
        course = self.keeper.course
        try:
            with quiet():
                for stage in stages_of(self._recipe.fit):
                    if course.epochs_done < stage.end and not course.is_done:
                        self._fit_stage(stage)
        except torch.OutOfMemoryError as error:
            size, side = self._recipe.fit.batch_size, self._recipe.input.tile_px
            raise S2LabelError(
                f"the memory of the GPU is too small for {size} tiles of {side} px at once; "
                "take a smaller fit.batch_size or input.tile_px"
            ) from error

    def _fit_stage(self, stage: Stage) -> None:
        course = self.keeper.course
        begun = course.epochs_done > stage.first
        module = self._module(stage, self._recipe.optimiser.lr)
        if not begun:
            if stage.is_searched:
                module = self._module(stage, self._search(module))
            course.begin_stage()
        self._network.train()
        trainer = self._trainer(stage)
        checkpoint = self._run.last_checkpoint if begun else None
        trainer.fit(module, ckpt_path=checkpoint)

    def _module(self, stage: Stage, lr: float) -> Segmentation:
        parts = (self._network, self._loss, self._recipe, stage, lr)
        course = self.keeper.course
        return Segmentation(
            *parts,
            self._loader,
            self._sampler,
            self._steering,
            lambda: course.share_of_stage_minutes,
        )

    def _search(self, module: Segmentation) -> float:
        """Return the learning rate that was found, or the recipe's, and tell which."""
        module.to(self._device)
        asked = (self._recipe, self._device, self._precision, self._steering)
        found = search_rate(module, *asked)
        lr = found or self._recipe.optimiser.lr
        words = "learning rate" if found else "no better learning rate found than"
        self._steering.tell(Progress(0, 0, f"{words} {lr:.2g}", {"found_lr": found}))
        return lr

    def _trainer(self, stage: Stage) -> Trainer:
        return Trainer(
            accelerator="gpu" if self._device.type == "cuda" else "cpu",
            devices=1,
            precision=self._precision.of_trainer,  # type: ignore[arg-type]
            max_epochs=stage.epochs,
            callbacks=[self.keeper],
            plugins=[SafetensorsIO()],
            default_root_dir=self._run.folder,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
            benchmark=self._device.type == "cuda",
        )

    def _go_on(self) -> None:
        """Take up what the last checkpoint holds, if there is one."""
        path = self._run.last_checkpoint
        if path is None:
            return
        kept = SafetensorsIO().load_checkpoint(path)
        self._module(stages_of(self._recipe.fit)[-1], 0.0).load_state_dict(kept["state_dict"])
        self._sampler.wrongness = kept["wrongness"].numpy()
        self.keeper.load_state_dict(kept["callbacks"][self.keeper.state_key])


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Lightning from printing what it found and what it advises."""
    loggers = [logging.getLogger(name) for name in _LOUD]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
