"""Losses agree with slow second versions, and unlabelled pixels pull at nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from s2label_training.losses import balanced_weights, build_loss
from s2label_training.recipe import LossSettings
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor, nn

TERMS = ("dice", "jaccard", "focal", "cross_entropy")
CLASS_PIXELS = (900, 90, 10)
UNLABELLED = 255


def loss_of(term: str, class_weights: str = "none", gamma: float = 2.0) -> nn.Module:
    settings = LossSettings.model_validate(
        {"terms": {term: 1.0}, "class_weights": class_weights, "focal_gamma": gamma}
    )
    return build_loss(settings, CLASS_PIXELS)


def batch(seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Return logits, target and weight of two tiles, with unlabelled pixels of every kind."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 3, 8, 8, generator=generator)
    target = torch.randint(0, 3, (2, 8, 8), generator=generator)
    weight = torch.rand(2, 8, 8, generator=generator)
    weight[weight < 0.3] = 0
    return logits, torch.where(weight > 0, target, UNLABELLED), weight


# -- against slow second versions -----------------------------------------------------------------


def slow_loss(
    term: str, logits: Tensor, target: Tensor, weight: Tensor, class_weights: NDArray[np.float64]
) -> float:
    """Return a term pixel by pixel, in float64."""
    exponentials = np.exp(logits.double().numpy())
    shares = exponentials / exponentials.sum(axis=1, keepdims=True)
    classes = range(logits.shape[1])
    both, found, found_squared, true = (dict.fromkeys(classes, 0.0) for _ in range(4))
    entropy = focal = total = 0.0
    for at in np.ndindex(*target.shape):
        w, truth = float(weight[at]), int(target[at])
        if not w:
            continue
        p = shares[at[0], :, at[1], at[2]]
        entropy += w * class_weights[truth] * -np.log(p[truth])
        focal += w * class_weights[truth] * (1 - p[truth]) ** 2 * -np.log(p[truth])
        total += w * class_weights[truth]
        true[truth] += w
        both[truth] += w * p[truth]
        for k in classes:
            found[k] += w * p[k]
            found_squared[k] += w * p[k] ** 2
    by_class = {
        "dice": [1 - 2 * both[k] / (found_squared[k] + true[k]) for k in classes if true[k]],
        "jaccard": [1 - both[k] / (found[k] + true[k] - both[k]) for k in classes if true[k]],
    }
    per_pixel = {"cross_entropy": entropy / total, "focal": focal / total}
    return float(per_pixel[term] if term in per_pixel else np.mean(by_class[term]))


@pytest.mark.parametrize("class_weights", ["none", "balanced"])
@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("is_class_absent", [False, True], ids=["all classes", "one absent"])
def test_each_term_agrees_with_a_slow_version(
    term: str, class_weights: str, is_class_absent: bool
) -> None:
    logits, target, weight = batch()
    if is_class_absent:
        target = torch.where(target == 2, 0, target)
    by_class = {"none": np.ones(3), "balanced": 1000 / (3 * np.array(CLASS_PIXELS, float))}
    expected = slow_loss(term, logits, target, weight, by_class[class_weights])
    found = float(loss_of(term, class_weights)(logits, target, weight))
    assert found == pytest.approx(expected, rel=1e-5)


# -- against libraries ----------------------------------------------------------------------------


def smp_jaccard(logits: Tensor, target: Tensor) -> Tensor:
    from segmentation_models_pytorch.losses import JaccardLoss

    answer: Tensor = JaccardLoss("multiclass", ignore_index=UNLABELLED)(logits, target)
    return answer


def smp_focal(logits: Tensor, target: Tensor) -> Tensor:
    from segmentation_models_pytorch.losses._functional import softmax_focal_loss_with_logits

    is_labelled = target != UNLABELLED
    pixels = logits.movedim(1, -1)[is_labelled]
    answer: Tensor = softmax_focal_loss_with_logits(pixels, target[is_labelled], gamma=2.0)
    return answer


def torch_entropy(logits: Tensor, target: Tensor) -> Tensor:
    return functional.cross_entropy(logits, target, ignore_index=UNLABELLED)


@pytest.mark.parametrize(
    ("term", "theirs"),
    [("jaccard", smp_jaccard), ("focal", smp_focal), ("cross_entropy", torch_entropy)],
    ids=["jaccard", "focal", "cross_entropy"],
)
def test_with_whole_weights_terms_are_those_of_libraries(
    term: str, theirs: Callable[[Tensor, Tensor], Tensor]
) -> None:
    logits, target, weight = batch()
    mine = loss_of(term)(logits, target, (weight > 0).float())
    assert float(mine) == pytest.approx(float(theirs(logits, target)), rel=1e-5)


def test_dice_of_certain_answers_is_that_of_the_library() -> None:
    from segmentation_models_pytorch.losses import DiceLoss

    logits, target, weight = batch()
    # With answers of 0 and 1 a square changes nothing.
    certain = functional.one_hot(logits.argmax(dim=1), 3).movedim(-1, 1) * 100.0
    theirs = DiceLoss("multiclass", ignore_index=UNLABELLED)(certain, target)
    mine = loss_of("dice")(certain, target, (weight > 0).float())
    assert float(mine) == pytest.approx(float(theirs), rel=1e-5)


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.repeat([0, 1, 2], CLASS_PIXELS)
    theirs = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    assert balanced_weights(CLASS_PIXELS).tolist() == pytest.approx(theirs.tolist())
    assert balanced_weights((30, 10, 0)).tolist() == pytest.approx([2 / 3, 2, 1])


# -- what is not labelled -------------------------------------------------------------------------


@pytest.mark.parametrize("term", TERMS)
def test_unlabelled_pixels_get_exactly_no_gradient(term: str) -> None:
    logits, target, weight = batch()
    logits.requires_grad_()
    loss_of(term, "balanced")(logits, target, weight).backward()
    assert logits.grad is not None
    pulled = logits.grad.abs().amax(dim=1)
    assert (pulled[weight == 0] == 0).all()
    assert (pulled[weight > 0] > 0).all()


@pytest.mark.parametrize("term", TERMS)
def test_what_stands_in_unlabelled_pixels_does_not_matter(term: str) -> None:
    logits, target, weight = batch()
    other = torch.where(weight[:, None] > 0, logits, 7.0)
    changed = torch.where(weight > 0, target, 1)
    loss = loss_of(term)
    assert torch.equal(loss(logits, target, weight), loss(other, changed, weight))


@pytest.mark.parametrize("term", TERMS)
def test_a_batch_without_labels_is_worth_0_and_pulls_at_nothing(term: str) -> None:
    logits, target, weight = batch()
    logits.requires_grad_()
    loss = loss_of(term)(logits, target, torch.zeros_like(weight))
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert (logits.grad == 0).all()


@pytest.mark.parametrize("term", TERMS)
def test_a_pixel_of_weight_2_counts_like_two_pixels(term: str) -> None:
    logits, target, weight = batch()
    whole = (weight > 0).float()
    heavier = whole.clone()
    heavier[0] *= 2
    twice = [torch.cat([part, part[:1]]) for part in (logits, target, whole)]
    loss = loss_of(term)
    assert float(loss(logits, target, heavier)) == pytest.approx(float(loss(*twice)), rel=1e-5)


# -- as a whole -----------------------------------------------------------------------------------


def test_terms_are_added_by_their_weights() -> None:
    settings = LossSettings(terms={"dice": 1.0, "cross_entropy": 0.5})
    parts = [float(loss_of(term)(*batch())) for term in ("dice", "cross_entropy")]
    together = float(build_loss(settings, CLASS_PIXELS)(*batch()))
    assert together == pytest.approx(parts[0] + 0.5 * parts[1], rel=1e-6)


@pytest.mark.parametrize("term", TERMS)
def test_a_right_answer_costs_nothing_and_a_wrong_one_much(term: str) -> None:
    _, target, weight = batch()
    truth = functional.one_hot(torch.where(weight > 0, target, 0), 3).movedim(-1, 1) * 30.0
    loss = loss_of(term)
    assert float(loss(truth, target, weight)) < 1e-4
    assert float(loss(truth.roll(1, dims=1), target, weight)) > 0.99


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 5.0])
def test_the_focal_term_has_a_slope_where_the_network_is_certain(gamma: float) -> None:
    logits = torch.tensor([100.0, -100.0, 0.0]).reshape(1, 3, 1, 1).requires_grad_()
    ones = torch.ones(1, 1, 1)
    loss_of("focal", gamma=gamma)(logits, ones.long() * 0, ones).backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("term", TERMS)
def test_sums_are_taken_in_32_bits_inside_autocast(term: str) -> None:
    logits, target, weight = (part.repeat(1, *[8] * (part.ndim - 1)) for part in batch())
    logits = logits[:, :3].bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        inside = loss_of(term)(logits, target, weight)
    assert inside.dtype == torch.float32
    assert torch.equal(inside, loss_of(term)(logits.float(), target, weight))


def test_a_loss_keeps_nothing_in_a_checkpoint() -> None:
    assert not loss_of("focal", "balanced").state_dict()
