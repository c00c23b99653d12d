"""Which chips have labels, and what the survey counts of them."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from s2label.canvases import CanvasKind
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.groups import group_places
from s2label.labelled.chips import find_groups, find_labelled, labelled_pixels
from s2label.labelled.survey import survey_labels
from s2label.project import open_project
from s2label.types import Provenance, Verdict
from tests.factories.painting import RealPainting
from tests.factories.projects import Ground, apart, decide, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.project import Project
    from s2label.types import ClassTable

ALL = range(32 * 32)


@pytest.fixture(params=[LANDCOVERNET, VESSELS], ids=["static", "moving"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """Three places with two images each, 32 px, labelled with 1, 2 and 5 on three quarters."""
    classes = replace(LANDCOVERNET, lifetime=request.param.lifetime)
    with open_project(make_project(tmp_path, apart(3), classes), write=True) as opened:
        yield opened


def mask_of(project: Project, image: str) -> str:
    chip = project.catalog.chip(image)
    assert chip is not None
    assert chip.mask is not None
    return chip.mask.id


def test_every_image_with_its_mask_is_a_chip(project: Project) -> None:
    chips = find_labelled(project)

    assert [chip.image.id for chip in chips] == project.catalog.image_ids()
    for chip in chips:
        assert chip.image == project.catalog.images([chip.image.id])[chip.image.id]
        assert chip.place.id == chip.image.place_id
        assert chip.mask_id == mask_of(project, chip.image.id)
        assert chip.mask_version == 1
        assert chip.class_counts == {1: 256, 2: 256, 5: 256, 254: 256}
        assert (chip.ignore_id, chip.ignore_version) == ("", 0)
        assert not chip.is_accepted


def test_groups_are_those_of_an_export(project: Project) -> None:
    catalog = project.catalog
    expected = group_places(
        catalog.places(), catalog.cut_scenes(), project.settings.group_distance_m
    )

    assert find_groups(project) == expected
    assert {chip.place.id: chip.group for chip in find_labelled(project)} == expected
    assert len(set(expected.values())) == 3


def test_a_rejected_image_is_no_chip_and_its_sisters_are(project: Project) -> None:
    first, *others = project.catalog.image_ids()
    decide(project, Verdict.REJECT, first)

    assert [chip.image.id for chip in find_labelled(project)] == others


def test_a_rejected_mask_takes_its_images_with_it(project: Project) -> None:
    mask = mask_of(project, project.catalog.image_ids()[0])
    decide(project, Verdict.REJECT, mask)

    chips = find_labelled(project)

    assert chips
    assert mask not in {chip.mask_id for chip in chips}


def test_an_accepted_mask_is_told(project: Project) -> None:
    mask = mask_of(project, project.catalog.image_ids()[0])
    decide(project, Verdict.ACCEPT, mask)

    assert {chip.mask_id for chip in find_labelled(project) if chip.is_accepted} == {mask}


def test_a_mask_without_any_label_is_left_out(tmp_path: Path) -> None:
    far_m = 9e5
    grounds = [Ground("void", far_m, mask_values=(254, 255)), *apart(2, mask_values=(0, 254))]
    with open_project(make_project(tmp_path, grounds)) as project:
        assert {chip.place.name for chip in find_labelled(project)} == {"p0", "p1"}
        assert survey_labels(project).chips == 4


def test_a_chip_on_which_nothing_is_painted_any_more_is_left_out(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1, mask_values=()), VESSELS)
    with open_project(folder, write=True) as project:
        hand = RealPainting(project)
        hand.look(0)
        hand.paint(CanvasKind.MASK, {5, 6}, 1, Provenance.HUMAN, drawn=False)
        hand.leave()
        (chip,) = find_labelled(project)
        assert labelled_pixels(chip.class_counts) == {1: 2}
        assert chip.is_accepted

        hand.undo(show=True)
        hand.leave()
        assert find_labelled(project) == []
        assert survey_labels(project).chips == 0


def test_what_is_ignored_in_an_image_is_named(project: Project) -> None:
    hand = RealPainting(project)
    hand.look(1)
    hand.paint(CanvasKind.IGNORE, {7}, 255, Provenance.HUMAN, drawn=False)
    hand.leave()

    chips = find_labelled(project)

    assert [bool(chip.ignore_id) for chip in chips] == [False, True, *[False] * 4]
    assert chips[1].ignore_version >= 1


def test_a_painted_version_is_the_one_that_counts(project: Project) -> None:
    hand = RealPainting(project)
    hand.look(0)
    hand.paint(CanvasKind.MASK, ALL, 5, Provenance.HUMAN, drawn=False)
    hand.leave()

    chip = find_labelled(project)[0]

    assert (chip.mask_version, chip.class_counts) == (2, {5: 1024})
    assert chip.is_accepted


def slow_counts(project: Project) -> tuple[dict[str, int], float]:
    """Count pixels by name, and the checked share, over all chips one by one."""
    names = {c.value: c.name for c in project.classes.classes} | {0: "background"}
    pixels: Counter[str] = Counter()
    checked = 0
    for chip in find_labelled(project):
        for value, number in labelled_pixels(chip.class_counts).items():
            pixels[names[value]] += number
            checked += number * chip.is_accepted
    return dict(pixels), checked / max(pixels.total(), 1)


@pytest.mark.parametrize("seed", range(6))
def test_the_survey_counts_what_the_chips_hold(project: Project, seed: int) -> None:
    random = np.random.default_rng(seed)
    masks = [row["id"] for row in project.catalog.list_masks()]
    for id_ in (*project.catalog.image_ids(), *masks):
        verdict = random.choice([Verdict.ACCEPT, Verdict.REJECT, Verdict.OPEN])
        decide(project, Verdict(verdict), id_)

    chips, survey = find_labelled(project), survey_labels(project)

    pixels, checked_share = slow_counts(project)
    assert survey.chips == len(chips)
    assert survey.groups == len({chip.group for chip in chips})
    assert {name: n for name, n in survey.pixels.items() if n} == pixels
    assert survey.checked_share == pytest.approx(checked_share)
    by_state = Counter({chip.mask_id: chip.is_accepted for chip in chips}.values())
    assert (survey.masks_accepted, survey.masks_open) == (by_state[True], by_state[False])


def names_counted(folder: Path, classes: ClassTable, **settings: Any) -> list[str]:
    with open_project(make_project(folder, apart(1, **settings), classes)) as project:
        return list(survey_labels(project).pixels)


def test_background_is_counted_where_it_means_something(tmp_path: Path) -> None:
    names = [c.name for c in LANDCOVERNET.classes]

    assert names_counted(tmp_path / "a", VESSELS, mask_values=()) == ["background", "vessel"]
    assert names_counted(tmp_path / "b", LANDCOVERNET) == names
    zeros = (0, 1)
    assert names_counted(tmp_path / "c", LANDCOVERNET, mask_values=zeros) == ["background", *names]


def test_groups_that_were_kept_give_the_same_survey(project: Project) -> None:
    assert survey_labels(project, find_groups(project)) == survey_labels(project)


def test_an_empty_project_has_nothing_to_train_on(tmp_path: Path) -> None:
    with open_project(make_project(tmp_path, [])) as project:
        assert find_labelled(project) == []
        survey = survey_labels(project)
        assert (survey.chips, survey.groups, survey.checked_share) == (0, 0, 0.0)


def test_a_moment_that_one_thread_sees_is_not_that_of_others(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(2, mask_values=(0, 1)), VESSELS)
    with open_project(folder, write=True) as project, ThreadPoolExecutor(1) as other:
        catalog = project.catalog
        first, *_ = catalog.image_ids()
        with catalog.snapshot():
            assert catalog.history() == []
            other.submit(decide, project, Verdict.ACCEPT, first).result()
            assert catalog.history() == []  # still the moment that this thread began with
            seen = other.submit(catalog.history).result()
        assert len(seen) == 1
        assert catalog.history() == seen
