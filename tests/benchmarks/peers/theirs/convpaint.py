"""convpaint's side of the strokes: train its classifier on them, segment.

``gaussian`` is convpaint's only extractor that comes without weights to download. ``vgg`` is its
usual one, but here with random weights: it takes as long as with those of ImageNet, and what it
proposes counts for nothing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from napari_convpaint.convpaint_model import ConvpaintModel  # type: ignore[import-not-found]
from torchvision import models  # type: ignore[import-untyped]

from tests.benchmarks.peers.answering import answer

if TYPE_CHECKING:
    from numpy.typing import NDArray


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Return the seconds from the last stroke to the suggestion; writes proposed masks."""
    given = np.load(request["strokes"])
    images, strokes = list(given["images"]), list(given["strokes"])
    names = [str(number) for number in range(len(images))]
    model = build(request["extractor"])
    _ = model.train(images[:-1], strokes[:-1], memory_mode=True, img_ids=names[:-1])
    begin = time.perf_counter()
    _ = model.train(images[-1:], strokes[-1:], memory_mode=True, img_ids=names[-1:])
    model.segment(images[-1])
    again_s = time.perf_counter() - begin
    fresh = build(request["extractor"])
    begin = time.perf_counter()
    _ = fresh.train(images, strokes)
    fresh.segment(images[-1])
    anew_s = time.perf_counter() - begin
    proposed = [fresh.segment(image) for image in given["unseen"]]
    # Its classes are those of the strokes: 1 background, 2 vessel.
    masks: NDArray[np.uint8] = (np.stack(proposed) == 2).astype(np.uint8)
    np.save(request["proposed"], masks)
    return {"again_s": again_s, "anew_s": anew_s, "threads": torch.get_num_threads()}


def build(extractor: str) -> Any:
    """Return a model with the defaults of its extractor, for images of several channels."""
    if extractor == "vgg":
        _leave_weights_random()
    model = ConvpaintModel(extractor)
    model.set_params(channel_mode="multi")
    return model


def _leave_weights_random() -> None:
    from napari_convpaint.feature_extractors import nnlayers  # type: ignore[import-not-found]

    torch.manual_seed(0)
    nnlayers.Hookmodel.create_model = staticmethod(lambda _: models.vgg16().eval())


if __name__ == "__main__":
    answer(measure)
