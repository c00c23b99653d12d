"""fastai's side of the networks: unet_learner with a ResNet34, as its documentation shows it.

The chips come as arrays in memory, read before the clock starts. Turns and flips are those of
``aug_transforms``; loss and optimiser have fastai's defaults, but the loss is cross entropy plus
dice, as on the other side: vessels are one pixel in a hundred.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from statistics import median
from typing import Any

import numpy as np
import torch
from fastai.vision.all import (  # type: ignore[import-not-found]
    Callback,
    CrossEntropyLossFlat,
    DataLoaders,
    DiceLoss,
    Normalize,
    TensorImage,
    TensorMask,
    aug_transforms,
    resnet34,
    set_seed,
    unet_learner,
)

from tests.benchmarks.peers.answering import answer

_BATCH, _LR = 16, 1e-3
_PREDICTED = 64
_ROUNDS = 2


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Train, predict, and write the proposed masks (n, y, x) uint8."""
    known, held_out = (np.load(request[name]) for name in ("known", "held_out"))
    images, truth, unseen = known["images"], known["truth"], held_out["images"]
    begin = time.perf_counter()
    learner, paces = _train(images, truth, request)
    training_s = time.perf_counter() - begin
    proposed, predicting_s = _propose(learner, unseen)
    np.save(request["proposed"], proposed)
    return {
        "trained_a_second": median(paces),
        "training_s": training_s,
        "predicted_a_second": len(unseen) / predicting_s,
        "threads": torch.get_num_threads(),
        "precision": "bf16" if request["is_bf16"] else "float32",
    }


def _train(images: Any, truth: Any, request: dict[str, Any]) -> tuple[Any, list[float]]:
    """Return the learner and the samples a second of each epoch after the first."""
    set_seed(request["seed"])
    items = [
        (TensorImage(torch.from_numpy(image)), TensorMask(torch.from_numpy(mask).long()))
        for image, mask in zip(images, truth, strict=True)
    ]
    mean, deviation = (getattr(images, name)((0, 2, 3)) for name in ("mean", "std"))
    normalise = Normalize.from_stats(mean.tolist(), deviation.tolist(), cuda=False)
    turns = aug_transforms(flip_vert=True, max_lighting=0, size=images.shape[-1])
    loaders = DataLoaders.from_dsets(
        items, items[:_BATCH], bs=_BATCH, num_workers=0, after_batch=[*turns, normalise]
    )
    channels = images.shape[1]
    learner = unet_learner(
        loaders, resnet34, n_in=channels, n_out=2, pretrained=False, loss_func=_loss
    )
    paces = Paces()
    learner.add_cbs([paces, *([Bf16()] if request["is_bf16"] else [])])
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(request["epochs"], _LR)
    return learner, paces.a_second()


class Bf16(Callback):  # type: ignore[misc]
    """Forward passes in bf16 on the processor; fastai's own callback knows it on a GPU only."""

    def before_fit(self) -> None:
        """Order the memory as fastai's ``to_channelslast`` does."""
        self.learn.model.to(memory_format=torch.channels_last)

    def before_batch(self) -> None:
        """Begin."""
        self.entered = ExitStack()
        self.entered.enter_context(torch.autocast("cpu", torch.bfloat16))

    def after_pred(self) -> None:
        """Give the loss what it expects."""
        self.learn.pred = self.pred.float()

    def after_loss(self) -> None:
        """End."""
        self.entered.close()


class Paces(Callback):  # type: ignore[misc]
    """Notes when each batch of an epoch was done."""

    def before_fit(self) -> None:
        """Forget what was before."""
        self.epochs: list[list[tuple[int, float]]] = []

    def before_epoch(self) -> None:
        """Begin an epoch."""
        self.epochs.append([])

    def after_batch(self) -> None:
        """Note a batch that was learnt from."""
        if self.training:
            self.epochs[-1].append((len(self.xb[0]), time.perf_counter()))

    def a_second(self) -> list[float]:
        """Return the samples a second of each epoch after the first."""
        return [
            sum(count for count, _ in marks[1:]) / (marks[-1][1] - marks[0][1])
            for marks in self.epochs[1:]
        ]


def _loss(found: Any, truth: Any) -> Any:
    """Return cross entropy plus dice, both fastai's."""
    return CrossEntropyLossFlat(axis=1)(found, truth) + DiceLoss()(found, truth)


def _propose(learner: Any, images: Any) -> tuple[Any, float]:
    """Return masks (n, y, x) uint8, and the median seconds of some rounds after a first one."""
    items = [(TensorImage(torch.from_numpy(image)),) for image in images]
    rounds = []
    for _ in range(1 + _ROUNDS):
        begin = time.perf_counter()
        loader = learner.dls.valid.new(items, bs=_PREDICTED)
        with learner.no_bar():
            found = learner.get_preds(dl=loader)[0]
        proposed = found.argmax(1).numpy().astype(np.uint8)
        rounds.append(time.perf_counter() - begin)
    return proposed, median(rounds[1:])


if __name__ == "__main__":
    answer(measure)
