"""``predict``: let a model predict whole scenes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from s2label.cli.arguments import AnyValues, Bands, Offset, Quantification, SceneDate, SceneKind
from s2label.cli.importing import import_options
from s2label.cli.reporting import JsonLines, follow, print_json
from s2label.errors import MissingExtraError
from s2label.importers.options import Kind
from s2label.project import open_project
from s2label_training.cli.scene_outcomes import print_scene, print_scenes
from s2label_training.freed_memory import keep_freed_memory

if TYPE_CHECKING:
    from s2label_training.scene.request import SceneRequest
    from s2label_training.scene.scenes_request import ScenesRequest

_RASTERS = {".tif", ".tiff"}


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("predict")(predict)


def _named(text: str) -> Path:
    """Return a path; an empty text would be the folder that one is in."""
    if not text.strip():
        raise typer.BadParameter("is empty")
    return Path(text)


_PATH: dict[str, Any] = {"parser": _named, "metavar": "PATH"}


def predict(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="Folder of a model, or of a project.")
    ],
    scene: Annotated[
        Path,
        typer.Argument(
            metavar="SCENE", help="What imports: a product, its zip, bands, a GeoTIFF; or several."
        ),
    ],
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="GeoTIFF of classes; a folder for many scenes.", parser=_named
        ),
    ],
    map_: Annotated[
        Path | None,
        typer.Option("--map", help="Make a map, an HTML file, too.", **_PATH),
    ] = None,
    objects: Annotated[
        Path | None,
        typer.Option(help="Write the objects found as GeoJSON, too.", **_PATH),
    ] = None,
    rgb: Annotated[
        Path | None,
        typer.Option(help="Write a picture, a GeoTIFF, too.", **_PATH),
    ] = None,
    probabilities: Annotated[
        Path | None,
        typer.Option(help="Write the probabilities, a GeoTIFF, too.", **_PATH),
    ] = None,
    skip_land: Annotated[
        bool, typer.Option("--skip-land", help="Leave out tiles of land far from any water.")
    ] = False,
    threshold: Annotated[
        float | None,
        typer.Option(help="Probability from which a class is taken; by default the model's."),
    ] = None,
    changed_in: Annotated[
        Path | None,
        typer.Option(
            metavar="PROJECT",
            help="OUT is there: only tiles around chips that changed in a project since.",
        ),
    ] = None,
    labels: Annotated[
        bool,
        typer.Option("--labels", help="Accepted masks of that project stand above the model."),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Begin anew, whatever an earlier run left.")
    ] = False,
    kind: SceneKind = Kind.AUTO,
    bands: Bands = "",
    quantification: Quantification = None,
    offset: Offset = None,
    date: SceneDate = None,
    any_values: AnyValues = False,
    json_lines: JsonLines = False,
) -> None:
    """Predict whole scenes: a cloud-optimised GeoTIFF of classes, objects, a picture, a map.

    A stopped run goes on when the same command is run again. With a folder for OUT, SCENE may be a
    folder of scenes or a text file with a path per line; the other files are then folders, too.

    Example: s2label predict harbour product.zip vessels.tif --objects vessels.geojson
    """
    keep_freed_memory()
    _require_threshold(threshold)
    _require_one(out, changed_in, labels=labels, skip_land=skip_land)
    options = import_options(
        kind=kind,
        bands=bands,
        quantification=quantification,
        offset=offset,
        date=date,
        any_values=any_values,
    )
    # Imported here, as below: heavy imports that `--help` can do without.
    from s2label_training.scene.request import ResultFiles, SceneRequest

    files = ResultFiles(out, probabilities, rgb, objects, map_)
    wishes: dict[str, Any] = {"skip_land": skip_land, "threshold": threshold, "again": again}
    _require_map_extra(map_)
    if out.suffix.casefold() in _RASTERS:
        files.check()  # before a project is opened, or a scene
        request = SceneRequest(scene, files, options, **wishes)
        changed = None if changed_in is None else _Changed(changed_in, labels)
        _predict_one(model, request, changed, json_lines=json_lines)
    else:
        from s2label_training.scene.scenes_request import ScenesRequest

        _predict_many(model, ScenesRequest(scene, files, options, **wishes), json_lines=json_lines)


@dataclass(frozen=True)
class _Changed:
    """A project whose changed chips are meant, and whether its accepted masks count."""

    project: Path
    labels: bool


def _predict_one(
    model: Path, request: SceneRequest, changed: _Changed | None, *, json_lines: bool
) -> None:
    from s2label.scenes import require_one_scene
    from s2label_training.bundle import read_record
    from s2label_training.scene.request import find_bundle
    from s2label_training.scene.settling import check_fit

    bundle = find_bundle(model)
    found = require_one_scene(request.source, request.options)
    # Before torch, which takes seconds, is loaded.
    request.check(found, bundle)
    check_fit(request, read_record(bundle), found)
    try:
        from s2label_training.predict import Predictor
        from s2label_training.scene.renewing import renew_scene
        from s2label_training.scene.run import predict_scene
    except ImportError as error:
        raise MissingExtraError("predicting", "training") from error
    predictor = Predictor(bundle)
    if changed is None:
        report = follow(predict_scene(request, found, predictor), json_lines=json_lines)
    else:
        with open_project(changed.project) as opened:
            job = renew_scene(request, found, predictor, opened, labels=changed.labels)
            report = follow(job, json_lines=json_lines)
    if json_lines:
        print_json({"result": report.as_dict()})
    else:
        print_scene(report)


def _predict_many(model: Path, request: ScenesRequest, *, json_lines: bool) -> None:
    from s2label_training.scene.many import predict_scenes
    from s2label_training.scene.request import find_bundle

    bundle = find_bundle(model)
    request.check(bundle)
    report = follow(predict_scenes(request, bundle), json_lines=json_lines)
    if json_lines:
        print_json({"result": report.as_dict()})
    else:
        print_scenes(report)
    if report.errors:
        raise typer.Exit(1)


def _require_one(out: Path, changed_in: Path | None, *, labels: bool, skip_land: bool) -> None:
    if changed_in is None:
        if labels:
            raise typer.BadParameter("needs a project: --changed-in", param_hint="--labels")
        return
    if out.suffix.casefold() not in _RASTERS:
        raise typer.BadParameter("is for one result, OUT.tif", param_hint="--changed-in")
    if skip_land:
        raise typer.BadParameter("means nothing beside --changed-in", param_hint="--skip-land")


def _require_map_extra(map_: Path | None) -> None:
    if map_ is not None:
        from s2label.webmap.page import require_map_extra

        require_map_extra()


def _require_threshold(threshold: float | None) -> None:
    # NaN fails the comparison, too.
    if threshold is not None and not 0 < threshold <= 1:
        raise typer.BadParameter("has to lie above 0 and up to 1", param_hint="--threshold")
