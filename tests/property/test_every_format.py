"""Whatever damage does to a file of any format, it is told and not raised, and records add up."""

import random
from pathlib import Path

import pytest
from conftest import FIXTURES

import usagectl
from usagectl.model.exceptions import NoAnswerError
from usagectl.readers.registry import READERS

CASES = [case for module in READERS for case in sorted((FIXTURES / module).iterdir())]
TRIES = 6
PIECES = (b"{", b"}", b'"', b"\n", b"\0", b"\xff", b"[[[", b"null", b"-1", b"1e999", b"]", b"{}\n")


def damaged(dice, data):
    """The bytes with a few cuts and insertions."""
    for _ in range(dice.randint(1, 4)):
        at, end = sorted(dice.randint(0, len(data)) for _ in range(2))
        end = min(end, at + dice.choice([0, 1, 30, 3000]))
        data = data[:at] + dice.choice([b"", *PIECES]) + data[end:]
    return data


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_records_add_up(case, tmp_path):
    for number in range(TRIES):
        dice = random.Random(f"{case.parent.name}/{case.name} {number}")
        folder = tmp_path / str(number)
        for path in sorted((case / "run").rglob("*")):
            if path.is_file():
                place = folder / path.relative_to(case / "run")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(damaged(dice, path.read_bytes()))
        try:
            usage = usagectl.load(str(folder), timezone="UTC", evidence=False)
        except NoAnswerError:
            continue
        calls = dict(usage.calls.group_by("source").len().collect().iter_rows())
        for file in usage.files.iter_rows(named=True):
            others = file["merged"] + file["ignored"] + file["rejected"]
            assert file["records"] == calls.get(file["path"], 0) + others, Path(file["path"]).name
            assert min(file["merged"], file["ignored"], file["rejected"]) >= 0
