"""What Lightning drives: a network with its loss, its tiles and its optimiser."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from lightning.pytorch import LightningModule

from s2label_training.augment import vary
from s2label_training.optimisers import build_optimiser, freeze
from s2label_training.schedules import build_schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from s2label_training.bridge import Steering
    from s2label_training.optimisers import Stage
    from s2label_training.recipe import Recipe
    from s2label_training.sampling import Sampler
    from s2label_training.tile_loader import TensorBatch, TileLoader

# Distinct streams of random numbers of one seed and epoch.
_STREAM = 2**20
# torch takes no larger ones.
_SEEDS = 2**63


class Segmentation(LightningModule):
    """A network in training.

    Parameters
    ----------
    network, loss : nn.Module
        See `networks.build_network` and `losses.build_loss`.
    recipe : Recipe
        How it is trained.
    stage : Stage
        Which part of the fit.
    lr : float
        The learning rate of its last layers.
    loader : TileLoader
        What it sees.
    sampler : Sampler
        Is told where it was wrong.
    steering : Steering
        Says when to stop.
    share_of_minutes : callable
        Returns the share of the stage's minutes that is spent, 0..1.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: nn.Module,
        recipe: Recipe,
        stage: Stage,
        lr: float,
        loader: TileLoader,
        sampler: Sampler,
        steering: Steering,
        share_of_minutes: Callable[[], float],
    ) -> None:
        super().__init__()
        self.network, self.loss = network, loss
        self._recipe, self._stage, self._lr = recipe, stage, lr
        self._loader, self._sampler, self._steering = loader, sampler, steering
        self._share_of_minutes = share_of_minutes
        self._generator = torch.Generator()
        self._losses: list[Tensor] = []
        self._wrong: list[tuple[Tensor, Tensor]] = []

    @property
    def epoch(self) -> int:
        """The epoch of the whole fit, counted from 0."""
        return self._stage.first + self.current_epoch

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (tile, class, y, x) of images (tile, channel, y, x)."""
        logits: Tensor = self.network(images)
        return logits

    def train_dataloader(self) -> TileLoader:
        """Return the batches of an epoch."""
        return self._loader

    def on_train_epoch_start(self) -> None:
        """Begin an epoch: what is random in it follows from the seed and its number alone."""
        seed = (self._recipe.fit.seed * _STREAM + self.epoch) % _SEEDS
        torch.manual_seed(seed)
        self._generator.manual_seed(seed)
        self._loader.epoch = self.epoch
        self._losses, self._wrong = [], []
        self.network.train()
        freeze(self.network, self._stage.is_frozen)

    def training_step(self, batch: TensorBatch, batch_idx: int) -> Tensor:
        """Return the loss of a batch, which is noted."""
        loss = self.loss_of(batch)
        self._losses.append(loss.detach())
        return loss

    def loss_of(self, batch: TensorBatch) -> Tensor:
        """Return the loss of a batch after its tiles were varied.

        Raises
        ------
        StopRequested
            If somebody wants the fit to stop.
        """
        self._steering.check()
        tiles = (batch.images, batch.targets, batch.weights)
        images, targets, weights = vary(*tiles, self._recipe.augment, self._generator)
        if self._recipe.fit.channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        logits = self(images)
        loss: Tensor = self.loss(logits, targets, weights)
        if self._recipe.sampling.hard_share:
            self._wrong.append((batch.slots, wrongness(logits.detach(), targets, weights)))
        return loss

    def note_wrong(self) -> None:
        """Tell the sampler where the network was wrong in this epoch."""
        if self._wrong:
            slots, wrong = (
                torch.cat(parts).cpu().numpy() for parts in zip(*self._wrong, strict=True)
            )
            self._sampler.note(slots, wrong)

    @property
    def mean_loss(self) -> float:
        """Mean loss of the steps of this epoch."""
        return float(torch.stack(self._losses).mean())

    @property
    def is_finite(self) -> bool:
        """Whether the losses of this epoch and the weights that it led to are numbers."""
        tensors = self.network.state_dict().values()
        return math.isfinite(self.mean_loss) and all(bool(t.isfinite().all()) for t in tensors)

    def configure_optimizers(self) -> Any:
        """Return the optimiser of the stage and its schedule, step by step."""
        fit, settings = self._recipe.fit, self._recipe.optimiser
        optimiser = build_optimiser(self.network, settings, self._lr, fit.lr_decay)
        steps = self._stage.epochs * len(self._loader)
        schedule = build_schedule(optimiser, settings, steps, self._share_of_minutes)
        return [optimiser], [{"scheduler": schedule, "interval": "step"}]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what is neither weight nor optimiser."""
        checkpoint["wrongness"] = torch.from_numpy(self._sampler.wrongness)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take it up again."""
        self._sampler.wrongness = np.asarray(checkpoint["wrongness"])


@torch.no_grad()
def wrongness(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Return how wrong a network is on each tile, (tile,) float32.

    Mean over all pixels of weight x (1 - probability of the true class), so that one tile with
    many wrong pixels counts more than one of which little is labelled.
    """
    probabilities = logits.float().softmax(dim=1)
    true = probabilities.gather(1, torch.where(weights > 0, targets, 0)[:, None])[:, 0]
    return (weights * (1 - true)).mean(dim=(1, 2))
