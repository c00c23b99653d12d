"""What training makes small. Every pixel counts by its weight; one of weight 0 not at all.

All terms are computed in float32, also inside autocast: sums over a batch of squares lose their
small parts in 16 bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from s2label_training.recipe import LossSettings
    from s2label_training.sections import LossTerm

# Below it a sum of weights, or what is missing from certainty, is taken for nothing.
_TINY = 1e-6


def build_loss(settings: LossSettings, class_pixels: Sequence[int]) -> nn.Module:
    """Return the loss of a recipe: the weighted sum of its terms.

    Its ``forward(logits, target, weight)`` takes logits (batch, class, y, x), the target
    (batch, y, x) int64 as index of the class and the weight (batch, y, x) float32 of each pixel;
    where that is 0 the target may be anything. It returns one float32 number, and 0 for a batch
    without a labelled pixel.

    Parameters
    ----------
    settings : LossSettings
        Which terms.
    class_pixels : sequence of int
        (class,) labelled pixels of each class, for "balanced" weights.
    """
    weights = torch.ones(len(class_pixels))
    if settings.class_weights == "balanced":
        weights = balanced_weights(class_pixels)
    return WeightedTerms(settings.terms, weights, settings.focal_gamma)


def balanced_weights(class_pixels: Sequence[int]) -> Tensor:
    """Return a weight per class, (class,) float32, such that all classes weigh the same together.

    pixels / (classes * pixels of the class), as scikit-learn's ``class_weight="balanced"`` has it;
    1 for a class without pixels.
    """
    pixels = torch.tensor(class_pixels, dtype=torch.float64)
    is_there = pixels > 0
    weights = pixels.sum() / (is_there.sum().clamp_min(1) * pixels.clamp_min(1))
    return torch.where(is_there, weights, 1.0).float()


class WeightedTerms(nn.Module):
    """A sum of terms by name, see `build_loss`."""

    class_weights: Tensor

    def __init__(
        self, terms: Mapping[LossTerm, float], class_weights: Tensor, gamma: float
    ) -> None:
        super().__init__()
        self.terms, self.gamma = dict(terms), gamma
        self.register_buffer("class_weights", class_weights, persistent=False)

    def forward(self, logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """Return the loss of a batch, see `build_loss`."""
        log_probabilities = logits.float().log_softmax(dim=1)
        # What is not labelled may hold 254 or 255, which no class has as its index.
        target = torch.where(weight > 0, target, 0)
        values = [
            share * _TERMS[name](log_probabilities, target, weight.float(), self)
            for name, share in self.terms.items()
        ]
        return torch.stack(values).sum()


class _Term(Protocol):
    """A term of float32 log probabilities (batch, class, y, x)."""

    def __call__(
        self, log_probabilities: Tensor, target: Tensor, weight: Tensor, loss: WeightedTerms
    ) -> Tensor: ...


def _dice(log_probabilities: Tensor, target: Tensor, weight: Tensor, loss: WeightedTerms) -> Tensor:
    """1 - 2 sum(p g) / (sum(p^2) + sum(g^2)) per class: Milletari et al. 2016, V-Net, eq. 2."""
    found, true, both = _overlaps(log_probabilities, target, weight, exponent=2)
    return _mean_over_present(1 - 2 * both / (found + true).clamp_min(_TINY), true)


def _jaccard(
    log_probabilities: Tensor, target: Tensor, weight: Tensor, loss: WeightedTerms
) -> Tensor:
    """1 - sum(p g) / (sum(p) + sum(g) - sum(p g)) per class: Rahman and Wang 2016."""
    found, true, both = _overlaps(log_probabilities, target, weight, exponent=1)
    return _mean_over_present(1 - both / (found + true - both).clamp_min(_TINY), true)


def _overlaps(
    log_probabilities: Tensor, target: Tensor, weight: Tensor, exponent: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return sum(p^exponent), sum(g) and sum(p g) per class, over the whole batch: (class,)."""
    probabilities = log_probabilities.exp()
    truth = functional.one_hot(target, probabilities.shape[1]).movedim(-1, 1) * weight[:, None]
    found = (probabilities**exponent * weight[:, None]).sum(dim=(0, 2, 3))
    return found, truth.sum(dim=(0, 2, 3)), (probabilities * truth).sum(dim=(0, 2, 3))


def _mean_over_present(losses: Tensor, true: Tensor) -> Tensor:
    """Return the mean over classes of which the batch has a labelled pixel.

    An overlap with nothing is 0 whatever is proposed, so an absent class would add noise and no
    direction; proposing it wrongly costs the classes that are there.
    """
    is_present = true > 0
    return torch.where(is_present, losses, 0).sum() / is_present.sum().clamp_min(1)


def _cross_entropy(
    log_probabilities: Tensor, target: Tensor, weight: Tensor, loss: WeightedTerms
) -> Tensor:
    """Mean of -log p of the true class, by weight of pixel and class."""
    entropy, weight = _entropy(log_probabilities, target, weight, loss)
    return (entropy * weight).sum() / weight.sum().clamp_min(_TINY)


def _focal(
    log_probabilities: Tensor, target: Tensor, weight: Tensor, loss: WeightedTerms
) -> Tensor:
    """Mean of -(1 - p)^gamma log p of the true class: Lin et al. 2017, Focal Loss, eq. 4."""
    entropy, weight = _entropy(log_probabilities, target, weight, loss)
    # An exponent below 1 has an endless slope at 0, and endless times 0 is no number.
    doubt = (1 - (-entropy).exp()).clamp_min(_TINY)
    return (doubt**loss.gamma * entropy * weight).sum() / weight.sum().clamp_min(_TINY)


def _entropy(
    log_probabilities: Tensor, target: Tensor, weight: Tensor, loss: WeightedTerms
) -> tuple[Tensor, Tensor]:
    """Return -log p of the true class and what each pixel weighs, both (batch, y, x)."""
    entropy = -log_probabilities.gather(1, target[:, None])[:, 0]
    return entropy, weight * loss.class_weights[target]


_TERMS: dict[LossTerm, _Term] = {
    "dice": _dice,
    "jaccard": _jaccard,
    "focal": _focal,
    "cross_entropy": _cross_entropy,
}
