"""What must hold of damaged input, whatever the damage: held by running the commands on it.

Inputs are read many at a time, as many runs of one command, since most of what a command costs is
the same for one run and for many; where something is wrong, each half of them is read by itself.
"""

import contextlib
import io
import json
import os
import random
import shutil
import tempfile
import time
import traceback
from pathlib import Path
from typing import NamedTuple

import fuzz_damage as damage
from conftest import FIXTURES

AT_ONCE = 64
COMMANDS_EACH = 8
"""`doctor` reads all inputs and tells what is lost; of so many batches the other commands read one."""
HANG_SECONDS = 5
"""Of this process, since other work of the machine is no fault of an input."""
COMMANDS = ("summary", "errors", "export")
_LINES = (".jsonl", ".log", ".ndjson")
_CODES = {0, 2, 3}


class Input(NamedTuple):
    """A damaged copy of a fixture: where it lies, and which lines of it are whole.

    `good` has, for each damaged file that is made of lines, the numbers of those that no damage
    touched; `touched` are all the others.
    """

    seed: str
    folder: str
    case: str
    good: dict[str, set[int]]
    touched: dict[str, int]


class Fault(NamedTuple):
    """Something that must not happen, and the seed that makes it happen again."""

    kind: str
    seed: str
    case: str
    detail: str


def cases():
    """The fixtures by name."""
    return {str(p.parent.relative_to(FIXTURES)): p for p in sorted(FIXTURES.glob("*/*/run"))}


def made(seed, root):
    """The input of a seed, below a folder."""
    rng = random.Random(seed)
    found = cases()
    case = rng.choice(list(found))
    folder = os.path.join(root, seed)
    shutil.copytree(found[case], folder)
    files = sorted(p for p in Path(folder).rglob("*") if p.is_file())
    good, touched = {}, {}
    for path in rng.sample(files, min(len(files), rng.choice([1, 1, 1, 2]))):
        data = path.read_bytes()
        if rng.random() < 0.12:
            path.write_bytes(damage.of_bytes(rng, data))
            continue
        lines = damage.lines_of(data)
        before = len(lines)
        for _ in range(rng.choice([1, 1, 2, 3])):
            rng.choice(damage.DAMAGE)(rng, lines, _foreign(rng))
        path.write_bytes(damage.joined(lines))
        if path.suffix in _LINES:
            good[str(path)] = {i for i, line in enumerate(lines, 1) if line.good and line.data}
            touched[str(path)] = max(len(lines), before) - len(good[str(path)])
    return Input(seed, folder, case, good, touched)


def _foreign(rng):
    path = rng.choice(sorted(FIXTURES.rglob("*.jsonl")))
    return [line for line in path.read_bytes().split(b"\n") if line] or [b"{}"]


def run(*arguments):
    """The exit code of a command in this process, and the traceback where it has one."""
    from usagectl.cli import app
    from usagectl.model.exceptions import UsagectlError

    quiet = io.StringIO()
    with contextlib.redirect_stderr(quiet), contextlib.redirect_stdout(quiet):
        try:
            code = app(list(arguments), standalone_mode=False)
        except UsagectlError as error:
            return error.exit_code, ""
        except SystemExit as ending:
            code = ending.code
        except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
            return None, traceback.format_exc()
    return code or 0, ""


def faults(inputs, folder, commands=COMMANDS):
    """What is wrong with some inputs."""
    began = time.process_time()
    found = _together(inputs, folder, commands)
    if not found and time.process_time() - began < HANG_SECONDS:
        return []
    if len(inputs) == 1:
        if time.process_time() - began >= HANG_SECONDS:
            found.append(_fault("hang", inputs[0], f"{time.process_time() - began:.1f} s"))
        return found
    half = len(inputs) // 2
    return [fault for part in (inputs[:half], inputs[half:]) for fault in faults(part, folder)]


def _together(inputs, folder, commands):
    operands = [f"{one.seed}={one.folder}" for one in inputs]
    target = os.path.join(folder, "out")
    code, trace = run(
        "doctor", *operands, "--all", "--format", "json", "--output", f"{target}.json"
    )
    if code not in _CODES:
        return [_fault("exception", inputs[0], trace)]
    found = []
    if code == 0:
        report = json.loads(Path(f"{target}.json").read_text("utf-8"))
        found = [fault for one in inputs for fault in _told(one, report)]
    for command in commands:
        ending = "ndjson" if command == "export" else "txt"
        code, trace = run(command, *operands, "--output", f"{target}.{ending}")
        if code not in _CODES:
            found.append(_fault("exception", inputs[0], f"{command} exits with {code}\n{trace}"))
    return found


def _told(one, report):
    """Every record is told, and no whole line is refused or passed over."""
    files = {f["path"]: f for f in report["files"] if f["run"] == one.seed}
    refused = {}
    for reject in report["rejects"]:
        refused.setdefault(reject["source"], []).append(reject)
    for path, file in files.items():
        parts = file["calls"] + file["merged"] + file["ignored"] + file["rejected"]
        if file["records"] != parts:
            yield _fault("conservation", one, f"{path}: {file['records']} != {parts}")
    for path, good in one.good.items():
        if os.path.relpath(path, one.folder) not in _made_of_records(one.case):
            continue
        lost = [r for r in refused.get(path, ()) if r["line"] in good]
        if lost:
            detail = f"{len(lost)} such as {lost[0]['line']}: {lost[0]['reason']}"
            yield _fault("good line refused", one, f"{path}: {detail}")
        file = files.get(path)
        told = file["records"] - file["rejected"] if file else 0
        if told < len(good) and (file or len(good) > one.touched[path]):
            yield _fault("good line lost", one, f"{path}: {told} of {len(good)} were read")


_RECORDS = {}


def _made_of_records(case):
    """The files of a fixture of which, without damage, every line is a record and none is refused."""
    if case not in _RECORDS:
        folder = cases()[case]
        with tempfile.TemporaryDirectory() as place:
            target = os.path.join(place, "out.json")
            run("doctor", str(folder), "--all", "--format", "json", "--output", target)
            files = json.loads(Path(target).read_text("utf-8"))["files"]
        _RECORDS[case] = {
            os.path.relpath(os.path.abspath(file["path"]), folder)
            for file in files
            if not file["rejected"]
            and file["records"] == len(Path(file["path"]).read_bytes().splitlines())
        }
    return _RECORDS[case]


def _fault(kind, one, detail):
    return Fault(kind, one.seed, one.case, detail)


def fuzz(name, count):
    """The faults of `count` inputs of a name."""
    found = []
    for batch, first in enumerate(range(0, count, AT_ONCE)):
        commands = COMMANDS if batch % COMMANDS_EACH == 0 else ()
        with tempfile.TemporaryDirectory() as folder:
            seeds = [f"{name}-{i}" for i in range(first, min(first + AT_ONCE, count))]
            inputs = [made(seed, folder) for seed in seeds]
            found += faults(inputs, folder, commands)
    return found
