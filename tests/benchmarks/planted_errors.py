"""Masks of the real ports are made wrong on purpose: how many stand in front of the queue.

    python -m tests.benchmarks.planted_errors --models PROJECT --seeds 20
    python -m tests.benchmarks.planted_errors --write PROJECT --truth TRUTH.json --seed 0
    python -m tests.benchmarks.planted_errors --project PROJECT --truth TRUTH.json

The first way takes models that were trained on masks as they are, each with one port left out
(`tests.benchmarks.ports --project`), so that many draws of damage can be measured. The whole truth,
with models that learnt from the damage too, takes `s2label audit` between the second and the third.
Where the queue of suspicious masks ends, the others follow by self-confidence; what the queue
itself holds is printed, too.
"""

from __future__ import annotations

import json
import tempfile
from argparse import ArgumentParser
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from s2label.audit.audited import LEAST, AuditedMask
from s2label.audit.confidence import self_confidence
from s2label.audit.find import find_suspicions
from s2label.classes import VESSELS
from s2label.progress import finish
from s2label.suspicions import SuspicionKind
from tests.benchmarks.planted_chips import audited_project, predicted_ports, write_damaged
from tests.benchmarks.planted_damage import WAYS, damage
from tests.benchmarks.wand import PORTS

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Mapping, Sequence

    from s2label.audit.chips import AuditedChip
    from s2label.suspicions import SuspicionRecord

    # Masks in the order in which one looks at them.
    Orders = dict[str, list[int]]

SHARES = (0.05, 0.1)


def main() -> None:
    """Write a damaged project, or print which share of the damage each order finds."""
    given = _arguments()
    if given.write:
        truth = write_damaged(given.write, given.data, given.seed)
        given.truth.write_text(json.dumps(truth, indent=1) + "\n", "utf-8")
    elif given.project:
        chips, records = audited_project(given.project)
        ways = json.loads(given.truth.read_text("utf-8"))
        planted = {n: ways[chip.name] for n, chip in enumerate(chips) if chip.name in ways}
        print_table([(orders_of(chips, records), planted)], len(chips))
    else:
        measure_draws(given.models, given.data, given.seeds)


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.benchmarks.planted_errors", description=__doc__)
    parser.add_argument("--data", type=Path, default=PORTS, help="folder of the ports")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--models", type=Path, help="project with a model for each port left out")
    how.add_argument("--write", type=Path, help="folder of the damaged project to make")
    how.add_argument("--project", type=Path, help="damaged project that was audited")
    parser.add_argument("--truth", type=Path, help="JSON file: place -> way of damage")
    parser.add_argument("--seed", type=int, default=0, help="of the damaged project")
    parser.add_argument("--seeds", type=int, default=20, help="how many draws, from given models")
    given = parser.parse_args()
    if not given.models and not given.truth:
        parser.error("--truth is needed")
    return given


def measure_draws(models: Path, data: Path, seeds: int) -> None:
    """Print what is found on average over draws of damage."""
    with tempfile.TemporaryDirectory(prefix="s2label-planted-") as scratch:
        chips, is_water = predicted_ports(Path(scratch) / "project", models, data)
    masks = np.stack([chip.classes for chip in chips])
    rows = []
    for seed in range(seeds):
        wrong, truth = damage(masks, is_water, seed)
        seen = [_with_mask(chip, mask) for chip, mask in zip(chips, wrong, strict=True)]
        records = finish(find_suspicions(seen, VESSELS, "planted")).suspicions
        rows.append((orders_of(seen, records, seed), truth))
    print_table(rows, len(chips))


def _with_mask(chip: AuditedChip, mask: np.ndarray) -> AuditedChip:
    return replace(chip, classes=mask)


def orders_of(
    chips: Sequence[AuditedChip], records: Iterable[SuspicionRecord], seed: int = 0
) -> Orders:
    """Return the audit's queue and what it is compared with."""
    numbers = {chip.mask_id: number for number, chip in enumerate(chips)}
    masks = [AuditedMask(chip) for chip in chips]
    loss = np.array([_loss(mask) for mask in masks])
    confidence = np.array([self_confidence(mask) for mask in masks])
    is_empty = np.array([mask.is_empty for mask in masks])
    random = np.random.default_rng(seed).permutation(len(chips))
    orders = {
        "random": random,
        "masks with vessels first, at random": random[np.argsort(is_empty[random], kind="stable")],
        "model loss": np.argsort(-loss),
        "masks with vessels first, by loss": np.lexsort((-loss, is_empty)),
        "softmin self-confidence": np.argsort(confidence),
    }
    found = {name: [int(n) for n in order] for name, order in orders.items()}
    its = [record for record in records if record.kind is not SuspicionKind.UNLABELLED]
    its.sort(key=lambda record: -record.rank)
    kinds = sorted({record.kind for record in its})
    by_kind = {f"only: {kind}": [r for r in its if r.kind is kind] for kind in kinds}
    for name, some in ({"audit's queue": its} | by_kind).items():
        found[name] = list(dict.fromkeys(numbers[record.mask_id] for record in some))
    rest = found["softmin self-confidence"]
    found["queue, then self-confidence"] = list(dict.fromkeys([*found["audit's queue"], *rest]))
    return found


def _loss(mask: AuditedMask) -> float:
    """Return the mean cross-entropy of the labels that are known."""
    return float(-np.log(np.maximum(mask.own[mask.is_known], LEAST)).mean())


def print_table(rows: Sequence[tuple[Orders, Mapping[int, str]]], masks: int) -> None:
    """Print the shares found by each order, all draws together, and the spread of the queue's."""
    for share in SHARES:
        most = int(share * masks)
        print(f"\nfirst {share:.0%}: {most} of {masks} masks")
        for name in sorted({name for orders, _ in rows for name in orders}):
            hits = defaultdict(list)
            for orders, truth in rows:
                front = set(orders.get(name, ())[:most])
                for number, way in truth.items():
                    hits[way].append(number in front)
            parts = [f"{way} {np.mean(hits[way]):.2f}" for way in WAYS if hits[way]]
            every = np.concatenate(list(hits.values()))
            print(f"{name:36} {'  '.join(parts)}  all {every.mean():.3f}")
        name = "queue, then self-confidence"
        found = [_share_found(orders[name][:most], truth) for orders, truth in rows]
        print(f"the queue's worst draw {min(found):.3f}, best {max(found):.3f}")
    lengths = [len(orders["audit's queue"]) for orders, _ in rows]
    print(
        f"\nin the queue: {min(lengths)} to {max(lengths)} masks, {np.mean(lengths):.0f} on average"
    )
    whole = [_share_found(orders["audit's queue"], truth) for orders, truth in rows]
    print(f"holds of what is wrong: {np.mean(whole):.3f} ({min(whole):.3f} to {max(whole):.3f})")


def _share_found(front: Iterable[int], truth: Mapping[int, str]) -> float:
    return len(set(front) & set(truth)) / len(truth)


if __name__ == "__main__":
    main()
