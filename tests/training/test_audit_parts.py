"""Parts of an audit: which dates are looked at, what they say together, where models go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.audit.looks import MOST_DATES, find_looks
from s2label_training.audit.predicting import mean_of_images
from s2label_training.audit.request import AuditRequest, audit_recipe
from s2label_training.runs import Runs
from s2label_training.shelf import Shelf

from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import ProjectError
from s2label.labelled.chips import find_labelled
from s2label.project import open_project
from s2label.screening_records import ScreeningRecord
from s2label.types import Verdict
from tests.factories import audit_runs
from tests.factories.projects import apart, decide, make_project
from tests.factories.shelf import write_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.project import Project

pytestmark = pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.*")

DATES = tuple(f"2018-0{month}-05" for month in range(1, 7))


def screen(project: Project, **clouds: float) -> None:
    """Note the cloud of images of some months: ``m2=0.5``."""
    records = [
        ScreeningRecord(id_, 1, "made up", cloud, valid_cloud=cloud)
        for id_, image in project.catalog.images(project.catalog.image_ids()).items()
        for month, cloud in clouds.items()
        if image.date == f"2018-0{month[1]}-05"
    ]
    project.catalog.screenings.note(records, [])


def months_looked_at(project: Project) -> list[str]:
    chips = find_labelled(project)
    (look,) = find_looks(project, chips, {chip.place.id: "audit-fold-1" for chip in chips})
    return [(chip.image.date or "")[6] for chip in look.chips]


# -- dates -----------------------------------------------------------------------------------------


def test_a_mask_of_a_place_is_looked_at_by_its_clearest_dates(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1, dates=DATES))
    with open_project(folder, write=True) as project:
        screen(project, m1=0.9, m2=0.2, m3=0.0, m5=0.4, m6=0.1)
        assert months_looked_at(project) == ["3", "6", "2", "5"]
        assert len(months_looked_at(project)) == MOST_DATES


def test_a_rejected_date_has_no_say(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1, dates=DATES[:3]))
    with open_project(folder, write=True) as project:
        screen(project, m1=0.0, m2=0.2, m3=0.1)
        images = project.catalog.images(project.catalog.image_ids())
        decide(project, Verdict.REJECT, next(i for i, r in images.items() if r.date == DATES[0]))
        assert months_looked_at(project) == ["3", "2"]


def test_a_mask_of_one_image_is_looked_at_by_that(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(2, mask_values=(0, 1)), VESSELS)
    with open_project(folder) as project:
        chips = find_labelled(project)
        looks = find_looks(project, chips, {chips[0].place.id: "audit-fold-1"})
    assert [look.chips for look in looks] == [(chip,) for chip in chips[:2]]


def proposal(vessel: float) -> NDArray[np.float32]:
    """Return what is proposed for two pixels, both alike."""
    return np.array([[[1 - vessel] * 2], [[vessel] * 2]], np.float32)


def test_dates_are_averaged_where_they_show_something() -> None:
    with_nodata = proposal(0.8)
    with_nodata[:, :, 0] = 0
    mean = mean_of_images([proposal(0.2), with_nodata], [None, None])
    np.testing.assert_allclose(mean[1, 0], [0.2, 0.5])
    np.testing.assert_allclose(mean.sum(axis=0), 1)


def test_what_is_ignored_in_a_date_has_no_say() -> None:
    hidden = np.array([[True, False]])
    mean = mean_of_images([proposal(0.2), proposal(0.8)], [hidden, None])
    np.testing.assert_allclose(mean[1, 0], [0.8, 0.5])
    assert not mean_of_images([proposal(0.2)], [hidden])[:, 0, 0].any()


def test_land_cover_of_several_dates_is_audited_mask_by_mask(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(4, dates=DATES[:2], mask_values=(1, 2, 5)))
    with open_project(folder, write=True) as project:
        screen(project, m1=0.5, m2=0.1)
    recipe = audit_recipe(LANDCOVERNET, audit_runs.RECIPE, audit_runs.QUICK)
    report = audit_runs.audit(folder, AuditRequest(recipe, folds=2))
    assert report.masks == 4
    clearer = {path.split("/")[1].split("-")[2] for path in audit_runs.proposals_of(folder)}
    assert clearer == {"20180205"}


# -- recipes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("classes", "named", "changes", "name", "epochs"),
    [
        (VESSELS, "", (), "vessels_resnet34", 8),
        (LANDCOVERNET, "", (), "landcover_bands", 8),
        (VESSELS, "vessels_unet", ("fit.epochs=12",), "vessels_unet", 12),
    ],
    ids=["moving", "static", "asked for"],
)
def test_an_audit_learns_for_fewer_epochs_unless_asked_to(
    classes: object, named: str, changes: tuple[str, ...], name: str, epochs: int
) -> None:
    recipe = audit_recipe(classes, named, changes)  # type: ignore[arg-type]
    assert (recipe.name, recipe.fit.epochs) == (name, epochs)


# -- where models go -------------------------------------------------------------------------------


def test_a_discarded_model_is_gone_and_its_number_stays_known(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    write_bundle(shelf.models, "audit-fold-1")
    number = shelf.allot_number("audit-fold-1")
    shelf.discard("audit-fold-1")
    assert shelf.records() == []
    assert shelf.numbers() == {"audit-fold-1": number}
    assert sorted(path.name for path in shelf.models.iterdir()) == [".lock", "in_use.json"]
    shelf.discard("audit-fold-1")


def test_the_model_in_use_is_not_discarded(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    write_bundle(shelf.models, "vessels-1")
    shelf.promote("vessels-1", "for the test")
    with pytest.raises(ProjectError, match="is in use and stays"):
        shelf.discard("vessels-1")
    assert [record.id for record in shelf.records()] == ["vessels-1"]


def test_trainings_of_an_audit_are_none_that_train_goes_on_with(
    accepted_fleet: Path, tmp_path: Path
) -> None:
    runs = Runs(accepted_fleet, tmp_path)
    run = runs.begin(audit_runs.request().recipe, (), "audit-fold-1")
    run.release()
    assert run.folder.parent == tmp_path
    assert run.record.fold == "audit-fold-1"
    assert not Runs(accepted_fleet).folder.exists()
