"""The exploring job: choose chips, draw pixels, draw figures, put the whole in place."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from s2label import __version__
from s2label.conditions import STANDING, parse_conditions
from s2label.explore.chip_counts import bin_clouds, bin_dates, locate_places
from s2label.explore.chips import find_chips
from s2label.explore.choosing import choose_chips
from s2label.explore.counts import count_classes
from s2label.explore.exploration import Exploration
from s2label.explore.folder import ExploreFolder
from s2label.explore.measures import (
    measure_of_band,
    parse_measures,
    parse_pair,
    require_bands,
    usual_pair,
)
from s2label.explore.next_hour import look_ahead
from s2label.explore.notes import notes_of
from s2label.explore.options import CLICKS, IMAGES
from s2label.explore.pixels import ChipReader
from s2label.explore.report import ExploreReport
from s2label.explore.sampling import draw_sample
from s2label.explore.spectra import mean_spectra
from s2label.explore.time_ledger import read_ledger
from s2label.progress import Progress
from s2label.views import with_built_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label.explore.figures.drawing import Drawing
    from s2label.explore.gallery import Exhibit
    from s2label.explore.measures import Measure
    from s2label.explore.options import ExploreOptions
    from s2label.explore.rounds import TrainingRound
    from s2label.progress import Job
    from s2label.project import Project

    FoundRounds = tuple[Sequence[TrainingRound], Sequence[str]]
    Shown = tuple[tuple[Measure, ...], tuple[Measure, Measure] | None]


def explore_project(
    project: Project, out: Path, options: ExploreOptions, models: FoundRounds = ((), ())
) -> Job[ExploreReport]:
    """Draw what is in a data set into a folder; afterwards it is whole, or as it was.

    Parameters
    ----------
    project : Project
        The project; only read.
    out : Path
        The folder; new, empty, or of an earlier exploration, which is replaced.
    options : ExploreOptions
        Which chips, which measures, how many pixels.
    models : tuple
        Rounds of training, and what is wrong with models that are not among them.

    Raises
    ------
    InputError
        If no chip fits, or a measure cannot be.
    ExportError
        If the folder cannot be written, or holds something else.
    """
    folder = ExploreFolder(out, project.folder)
    found = yield from explore(project, options, models)
    notes = notes_of(found)
    with folder.writing(_record(found, notes)) as draft:
        exhibits = yield from _write(found, draft, notes)
    return ExploreReport(
        out=str(folder.out),
        chips=len(found.chips),
        labelled_chips=found.labelled_chips,
        chips_read=len(found.sample.counted),
        pixels=found.pixels,
        is_exact=found.is_exact,
        sampled=found.sample.size,
        seed=options.seed,
        words=found.sample_words,
        figures=tuple({"name": each.name, "title": each.title} for each in exhibits),
        notes=notes,
        next_hour=found.next_hour.lines,
        in_short=found.next_hour.in_short,
    )


def explore(
    project: Project, options: ExploreOptions, models: FoundRounds = ((), ())
) -> Job[Exploration]:
    """Find out what is in a data set; parameters are those of `explore_project`.

    Raises
    ------
    InputError
        If no chip fits, or a measure cannot be.
    """
    chips = find_chips(project, parse_conditions(options.where, STANDING), options.image_ids)
    chosen = choose_chips(chips, options.most_chips, options.seed)
    reader = ChipReader(project, [chips[number] for number in chosen], options.trust)
    measures, pair = _shown(project, reader.bands, options)
    sample = yield from draw_sample(reader, chips, chosen, options)
    ignored = project.catalog.canvases.ignored_pixels([chip.image_id for chip in chips])
    yield Progress(0, 1, "reading the log")
    ahead = look_ahead(read_ledger(project), *models)
    clouds, unscreened = bin_clouds(chips)
    dates, undated = bin_dates(chips)
    return Exploration(
        project=project.settings.name,
        options=options,
        chips=chips,
        counts=count_classes(chips, sample.counted, ignored, project.classes, options.trust),
        sample=sample,
        measures=measures,
        scatter=pair,
        spectra=mean_spectra(sample),
        clouds=clouds,
        unscreened=unscreened,
        dates=dates,
        undated=undated,
        places=locate_places(chips, project.catalog.places()),
        next_hour=ahead,
    )


def _shown(project: Project, bands: Sequence[str], options: ExploreOptions) -> Shown:
    """Return the measures that are asked for, or the usual ones of images with these bands."""
    views = with_built_in(project.settings.views)
    measures = tuple(measure_of_band(band) for band in bands)
    pair = usual_pair(bands)
    if options.bands.strip():
        measures = parse_measures(options.bands, views, "--bands")
        require_bands(measures, bands, "--bands")
    if options.scatter.strip():
        pair = parse_pair(options.scatter, views, "--scatter")
        require_bands(pair, bands, "--scatter")
    return measures, pair


def _record(found: Exploration, notes: Sequence[str]) -> dict[str, Any]:
    options = asdict(found.options)
    del options["image_ids"]  # there may be thousands, and clicks/images.txt lists them
    return {
        "program": __version__,
        "project": found.project,
        "options": options,
        "chips": found.query_words,
        "sample": found.sample_words,
        "notes": list(notes),
        "next_hour": list(found.next_hour.lines),
    }


def _write(found: Exploration, folder: Path, notes: Sequence[str]) -> Job[list[Exhibit]]:
    # Imported here: it brings matplotlib, and whoever only counts need not wait for that.
    from s2label.explore.gallery import LEARNING, exhibits_of
    from s2label.explore.next_hour_tables import learning_table
    from s2label.explore.page import PAGE, index_page

    exhibits = exhibits_of(found)
    (folder / CLICKS).mkdir()
    for done, exhibit in enumerate(exhibits):
        yield Progress(done, len(exhibits), "drawing figures")
        (folder / f"{exhibit.name}.csv").write_bytes(exhibit.table(found))
        _draw(exhibit, found, folder)
    # Lines, not JSON: to parse that of 100,000 chips would hold up the window.
    (folder / IMAGES).write_text("\n".join(chip.image_id for chip in found.chips), "utf-8")
    if found.next_hour.compared.left_out:
        (folder / f"{LEARNING}.csv").write_bytes(learning_table(found))
    (folder / PAGE).write_bytes(index_page(found, exhibits, notes))
    yield Progress(len(exhibits), len(exhibits), "drawing figures")
    return exhibits


def _draw(exhibit: Exhibit, found: Exploration, folder: Path) -> None:
    from matplotlib import rc_context

    # Dollars in the name of a class are no formula. An SVG made again has the same bytes.
    with rc_context({"text.parse_math": False, "svg.hashsalt": "s2label"}):
        _save(exhibit.draw(found), exhibit.name, folder)


def _save(drawing: Drawing, name: str, folder: Path) -> None:
    """Write a figure as PNG and SVG, and what a click on it means."""
    regions: list[dict[str, Any]] = [asdict(region) for region in drawing.regions()]
    (folder / CLICKS / f"{name}.json").write_text(json.dumps(regions), "utf-8")
    for suffix, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
        buffer = io.BytesIO()
        drawing.figure.savefig(buffer, format=suffix, metadata=metadata)
        (folder / f"{name}.{suffix}").write_bytes(buffer.getvalue())
