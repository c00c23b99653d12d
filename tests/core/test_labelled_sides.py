"""What is held out is kept in one file of the project, whole, and told in words."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from s2label.classes import VESSELS
from s2label.errors import InputError, ProjectBusyError, ProjectError
from s2label.labelled import sides as sides_module
from s2label.labelled.chips import find_labelled
from s2label.labelled.frozen import FrozenSides, read_frozen, write_frozen
from s2label.labelled.sides import Side, Sides, choose_sides
from s2label.project import open_project
from s2label.types import Verdict
from tests.factories.projects import Ground, apart, decide, import_grounds, make_project
from tests.factories.snapshots import tree_snapshot

if TYPE_CHECKING:
    from pathlib import Path

ONE_SCENE = "all chips come from one scene"


def cut(count: int, start: int = 0, scene: str = "S1", north_m: float = 5_000_000) -> list[Ground]:
    """Return chips that lie side by side in one scene."""
    return [
        Ground(f"{scene} {n}", 300_000 + n * 320, north_m, dates=("2018-01-05",), scene=scene)
        for n in range(start, start + count)
    ]


def sides_of(project: Path, **wishes: object) -> Sides:
    with open_project(project) as opened:
        return choose_sides(opened, find_labelled(opened), **wishes)  # type: ignore[arg-type]


def kept(project: Path) -> Path:
    return project / "models" / "validation.json"


def add(project: Path, grounds: list[Ground]) -> None:
    with open_project(project, write=True) as opened:
        import_grounds(opened, project.parent / "sources", grounds)


def counts(sides: Sides) -> Counter[Side]:
    return Counter(sides.of_place.values())


def test_a_fifth_of_the_groups_is_held_out_and_kept(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(10))
    sides = sides_of(project)

    assert counts(sides) == {Side.TRAINING: 8, Side.VALIDATION: 2}
    assert (sides.warnings, sides.is_by_group) == ((), True)
    document = json.loads(kept(project).read_text())
    assert document["format"] == 1
    assert document["is_by_group"] is True
    assert document["places"] == {id_: str(side) for id_, side in sides.of_place.items()}


def test_asked_again_the_answer_and_the_file_are_the_same(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(10))
    first, before = sides_of(project), kept(project).stat().st_mtime_ns

    assert sides_of(project) == first
    assert kept(project).stat().st_mtime_ns == before


def test_the_same_project_elsewhere_has_the_same_sides(tmp_path: Path) -> None:
    one, two = (make_project(tmp_path / name, apart(7)) for name in ("one", "two"))

    assert sides_of(one) == sides_of(two)
    assert kept(one).read_bytes() == kept(two).read_bytes()


def test_a_project_that_is_being_written_to_is_not_waited_for(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(5))
    with open_project(project, write=True):
        before = tree_snapshot(project)
        sides_of(project)
        after = tree_snapshot(project)

    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {name for name in changed if not name.startswith("models/")} == set()


def test_what_came_later_is_added_and_what_was_there_stays(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(4))
    first = sides_of(project)
    add(project, apart(12)[4:])
    later = sides_of(project)

    assert first.of_place.items() <= later.of_place.items()
    assert counts(later)[Side.VALIDATION] in (2, 3)
    assert sides_of(project) == later


def test_places_without_labels_have_no_side_and_keep_the_one_they_had(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(10))
    first = sides_of(project)
    held = next(id_ for id_, side in first.of_place.items() if side is Side.VALIDATION)
    with open_project(project, write=True) as opened:
        decide(opened, Verdict.REJECT, f"{held}-mask")
    assert held not in sides_of(project).of_place
    with open_project(project, write=True) as opened:
        opened.catalog.undo()

    assert sides_of(project) == first


def test_held_out_ground_keeps_new_neighbours_while_its_own_labels_are_rejected(
    tmp_path: Path,
) -> None:
    project = make_project(tmp_path, apart(10))
    first = sides_of(project)
    held = next(id_ for id_, side in first.of_place.items() if side is Side.VALIDATION)
    west_m = 300_000 + 50_000 * int(held.split("-")[0][1:])
    with open_project(project, write=True) as opened:
        decide(opened, Verdict.REJECT, f"{held}-mask")
        # So many that they would be learnt from if they were ground of their own.
        many = [Ground(f"beside {n}", west_m + 400 * n) for n in range(1, 6)]
        import_grounds(opened, tmp_path / "sources", many)
    of_place = sides_of(project).of_place

    assert {s for id_, s in of_place.items() if "beside" in id_} == {Side.VALIDATION}


def test_accepted_labels_are_on_both_sides(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(20))
    usual = sides_of(project).of_place
    kept(project).unlink()
    two = [f"{id_}-mask" for id_, side in usual.items() if side is Side.TRAINING][:2]
    with open_project(project, write=True) as opened:
        decide(opened, Verdict.ACCEPT, *two)
    of_place = sides_of(project).of_place

    assert {of_place[id_.removesuffix("-mask")] for id_ in two} == {
        Side.TRAINING,
        Side.VALIDATION,
    }


def test_one_scene_is_divided_and_that_is_said(tmp_path: Path) -> None:
    project = make_project(tmp_path, cut(10))
    sides = sides_of(project)

    assert counts(sides) == {Side.TRAINING: 8, Side.VALIDATION: 2}
    assert not sides.is_by_group
    assert [told for told in sides.warnings if told.startswith(ONE_SCENE)]
    assert json.loads(kept(project).read_text())["is_by_group"] is False


def test_a_second_scene_is_told_from_the_divided_first(tmp_path: Path) -> None:
    project = make_project(tmp_path, cut(10))
    first = sides_of(project)
    add(project, [g for n in range(2, 6) for g in cut(10, scene=f"S{n}", north_m=6e6 + n * 1e5)])
    later = sides_of(project)

    assert first.of_place.items() <= later.of_place.items()
    assert not later.is_by_group
    assert any("2 of 12 held-out chips are neighbours" in told for told in later.warnings)


def test_a_single_place_is_learnt_from_and_a_second_one_is_held_out(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(1))
    sides = sides_of(project)

    assert counts(sides) == {Side.TRAINING: 1}
    assert "only one place has labels" in sides.warnings[0]
    assert not kept(project).exists()
    add(project, apart(2)[1:])
    assert counts(sides_of(project)) == {Side.TRAINING: 1, Side.VALIDATION: 1}


def test_a_project_without_labels_has_no_sides(tmp_path: Path) -> None:
    sides = sides_of(make_project(tmp_path, []))

    assert sides.of_place == {}
    assert "no place has labels" in sides.warnings[0]


def test_places_set_aside_are_told(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(2, 6000))
    assert counts(sides_of(project)) == {Side.TRAINING: 1, Side.VALIDATION: 1}
    add(project, [Ground("bridge", 300_000 + 2000), Ground("bridge 2", 300_000 + 4000)])
    sides = sides_of(project)

    assert counts(sides) == {Side.VALIDATION: 3, Side.SET_ASIDE: 1}
    assert any("2 chips are set aside" in told for told in sides.warnings)


def test_a_class_that_is_only_on_one_side_is_told(tmp_path: Path) -> None:
    grounds = [*apart(9, mask_values=(1, 2)), Ground("rare", 900_000, mask_values=(1, 2, 5))]
    sides = sides_of(make_project(tmp_path, grounds))

    told = "no held-out chip shows Woody Vegetation: how well it is found cannot be told"
    assert told in sides.warnings


def test_a_share_far_from_the_wanted_one_is_told(tmp_path: Path) -> None:
    sides = sides_of(make_project(tmp_path, apart(2)))

    assert any(told.startswith("50% of the chips are held out") for told in sides.warnings)


def test_another_share_holds_out_more(tmp_path: Path) -> None:
    assert counts(sides_of(make_project(tmp_path, apart(10)), share=0.5))[Side.VALIDATION] == 5


@pytest.mark.parametrize("share", [0.0, 1.0, -0.2])
def test_a_share_of_all_or_nothing_is_refused(tmp_path: Path, share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        sides_of(make_project(tmp_path, []), share=share)


# -- groups that are named -----------------------------------------------------------------------


def test_named_groups_are_held_out_and_nothing_is_kept(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(12))
    usual = sides_of(project)
    before = kept(project).read_bytes()
    sides = sides_of(project, hold_out=("p3", "p7"))

    held = {id_.split("-")[0] for id_, s in sides.of_place.items() if s is Side.VALIDATION}
    assert held == {"p3", "p7"}
    assert counts(sides) == {Side.TRAINING: 10, Side.VALIDATION: 2}
    assert sides.is_by_group
    assert kept(project).read_bytes() == before
    assert sides_of(project) == usual


def test_a_whole_name_comes_before_a_part_of_others(tmp_path: Path) -> None:
    sides = sides_of(make_project(tmp_path, apart(12)), hold_out=("p1",))

    held = {id_.split("-")[0] for id_, s in sides.of_place.items() if s is Side.VALIDATION}
    assert held == {"p1"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(("q",), "q: no group with labels has that in its name", id="unknown"),
        pytest.param(("p",), "p: 3 groups with labels have that", id="several"),
        pytest.param(("p0", "p1", "p2"), "none is left to learn from", id="all"),
    ],
)
def test_names_that_make_no_sense_are_refused(
    tmp_path: Path, names: tuple[str, ...], expected: str
) -> None:
    with pytest.raises(InputError, match=expected):
        sides_of(make_project(tmp_path, apart(3)), hold_out=names)


# -- the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "damaged", id="empty"),
        pytest.param('{"format": 1, "places": {"a": "trai', "damaged", id="cut short"),
        pytest.param("[]", "damaged", id="a list"),
        pytest.param('{"format": 1, "is_by_group": true}', "damaged", id="no places"),
        pytest.param(
            '{"format": 1, "is_by_group": true, "places": {"a": "test"}}', "damaged", id="side"
        ),
        pytest.param(
            '{"format": 2, "is_by_group": true, "places": {}}', "another version", id="newer"
        ),
        pytest.param("\udcff", "cannot be read", id="no text"),
    ],
)
def test_a_damaged_file_is_refused_and_never_drawn_anew(
    tmp_path: Path, text: str, said: str
) -> None:
    project = make_project(tmp_path, apart(4))
    damaged = text.encode("utf-8", "surrogateescape")
    kept(project).write_bytes(damaged)

    with pytest.raises(ProjectError, match=said) as caught:
        sides_of(project)

    assert str(kept(project)) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert kept(project).read_bytes() == damaged


_WRITER = """
import sys
from pathlib import Path
from s2label.labelled.frozen import FrozenSides, Side, write_frozen
path = Path(sys.argv[1])
both = [FrozenSides({f"{side}{n}": side for n in range(3000)}) for side in list(Side)[:2]]
while True:
    for frozen in both:
        write_frozen(path, frozen)
    print("written", flush=True)
"""


def test_the_file_is_whole_at_any_moment_and_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "validation.json"
    command = [sys.executable, "-c", _WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        seen = [read_frozen(path) for _ in range(200)]
        process.send_signal(signal.SIGKILL)

    for frozen in (*seen, read_frozen(path)):
        assert len(frozen.places) == 3000
        assert len(set(frozen.places.values())) == 1


def test_what_a_killed_program_left_half_written_harms_nothing(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(5))
    first = sides_of(project)
    kept(project).with_name(".validation.part.json").write_text('{"format": 1, "pla')
    add(project, apart(6)[5:])

    assert first.of_place.items() <= sides_of(project).of_place.items()


def test_another_program_that_is_choosing_is_waited_for_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path, apart(3))
    monkeypatch.setattr(sides_module, "_PATIENCE_S", 0.1)
    with (
        FileLock(project / "models" / ".lock"),
        pytest.raises(ProjectBusyError, match="another program is busy with the models"),
    ):
        sides_of(project)

    assert not kept(project).exists()


def test_a_models_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(3))
    shutil.rmtree(project / "models")
    (project / "models").write_text("a file in the way")

    with pytest.raises(ProjectError, match="models: cannot be written"):
        sides_of(project)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    frozen = FrozenSides(
        {"a": Side.TRAINING, "b": Side.VALIDATION, "c": Side.SET_ASIDE}, frozenset("abc")
    )
    write_frozen(tmp_path / "validation.json", frozen)

    assert read_frozen(tmp_path / "validation.json") == frozen
    assert read_frozen(tmp_path / "nothing.json") == FrozenSides()


def test_vessels_of_each_date_go_with_their_place(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(5, mask_values=(0, 1)), VESSELS)
    with open_project(project) as opened:
        chips = find_labelled(opened)
        sides = choose_sides(opened, chips)

    assert len(chips) == 10
    assert counts(sides) == {Side.TRAINING: 4, Side.VALIDATION: 1}
