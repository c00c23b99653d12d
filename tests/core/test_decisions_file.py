"""Decisions as people write them: a CSV file, told by line where something is wrong."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2label.decisions_file import read_decisions
from s2label.errors import InputError
from s2label.types import Decision, Subject, Verdict

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "subject,id,decision,reason\n"
ACCEPTED = Decision(Subject.IMAGE, "port-1", Verdict.ACCEPT)


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "decisions.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(HEADER, [], id="nothing"),
        pytest.param(HEADER + "image,port-1,accept,\n", [ACCEPTED], id="one row"),
        pytest.param("subject,id,decision\nimage,port-1,accept\n", [ACCEPTED], id="no reasons"),
        pytest.param(HEADER + "image,port-1,accept", [ACCEPTED], id="row cut before the reason"),
        pytest.param(HEADER + " image , port-1 ,accept, \n", [ACCEPTED], id="spaces"),
        pytest.param(HEADER + "\nimage,port-1,accept,\n\n", [ACCEPTED], id="empty lines"),
        pytest.param(HEADER + "image,port-1,accept,,x,y\n", [ACCEPTED], id="more columns"),
        pytest.param(
            "reason,who,decision,id,subject\n,Zoë,accept,port-1,image\n",
            [ACCEPTED],
            id="columns in another order, and one of the user's own",
        ),
        pytest.param("\ufeff" + HEADER + "image,port-1,accept,\n", [ACCEPTED], id="Excel's mark"),
        pytest.param(
            HEADER.replace("\n", "\r\n") + "image,port-1,accept,\r\n", [ACCEPTED], id="CR LF"
        ),
        pytest.param(
            HEADER + 'mask,m,reject,"shifted, and\nsmall ""boats"" 港"\nimage,m,open,\n',
            [
                Decision(Subject.MASK, "m", Verdict.REJECT, 'shifted, and\nsmall "boats" 港'),
                Decision(Subject.IMAGE, "m", Verdict.OPEN),
            ],
            id="quoted reason, image and mask of one name",
        ),
    ],
)
def test_decisions_are_read(tmp_path: Path, text: str, expected: list[Decision]) -> None:
    assert read_decisions(written(tmp_path, text)) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "no column subject, id, decision", id="empty file"),
        pytest.param("subject;id;decision\n", "no column subject, id", id="semicolons"),
        pytest.param("subject,id\n", "no column decision; expected columns", id="no decision"),
        pytest.param(HEADER + "image,,accept,\n", "line 2: no id", id="no id"),
        pytest.param(HEADER + "chip,a,accept,\n", "line 2: subject 'chip'", id="unknown subject"),
        pytest.param(
            HEADER + "image,a,accept,\nimage,b,ok,\n",
            "line 3: decision 'ok'; expected one of accept, reject, open",
            id="unknown decision",
        ),
        pytest.param(HEADER + "image,a\n", "line 2: decision ''", id="short row"),
        pytest.param(HEADER + "image,a,Accept,\n", "line 2: decision 'Accept'", id="capitals"),
        pytest.param(
            HEADER + "image,a,accept,\nmask,a,open,\nimage,a,reject,\n",
            "line 4: image a is decided twice",
            id="decided twice",
        ),
        pytest.param(HEADER.encode("utf-16"), "not a CSV file", id="UTF-16"),
        pytest.param(HEADER.encode() + b"image,\xff,accept,\n", "not a CSV file", id="not UTF-8"),
        pytest.param(HEADER + f"image,{'x' * 200_000},accept,\n", "not a CSV file", id="huge cell"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = written(tmp_path, text)

    with pytest.raises(InputError, match=words) as refusal:
        read_decisions(path)

    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "make",
    [pytest.param(lambda p: None, id="missing"), pytest.param(lambda p: p.mkdir(), id="dir")],
)
def test_without_a_file_there_is_one_line(tmp_path: Path, make: object) -> None:
    path = tmp_path / "gone.csv"
    make(path)  # type: ignore[operator]

    with pytest.raises(InputError, match=r"gone\.csv: no such file"):
        read_decisions(path)


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(str.strip)
decisions = st.builds(
    Decision, st.sampled_from(Subject), words.filter(bool), st.sampled_from(Verdict), words
)


@given(st.lists(decisions, max_size=8, unique_by=lambda d: (d.subject, d.id)))
def test_what_a_program_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Decision]
) -> None:
    path = tmp_path_factory.getbasetemp() / "round_trip.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["subject", "id", "decision", "reason"])
        writer.writerows([d.subject, d.id, d.verdict, d.reason] for d in rows)

    assert read_decisions(path) == rows
