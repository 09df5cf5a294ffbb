"""What all tests share: where things lie, how the program is run, how a usage is looked at."""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"


def pytest_configure():
    """What tests keep in a cache is theirs alone."""
    os.environ["USAGECTL_CACHE_DIR"] = tempfile.mkdtemp(prefix="usagectl-tests-")
    os.environ.pop("USAGECTL_CACHE_SIZE", None)


def pytest_unconfigure():
    shutil.rmtree(os.environ["USAGECTL_CACHE_DIR"], ignore_errors=True)


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write what is printed now")


@pytest.fixture(name="usagectl", scope="session")
def _usagectl():
    """Run the program as a user does, in the checkout, in UTC, 80 columns wide, without colour."""

    def run(*arguments, cwd=ROOT, stdin=None, columns=80, **environment):
        env = {
            **{k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "TZ")},
            "COLUMNS": str(columns),
            "TZ": "UTC",
            **environment,
        }
        return subprocess.run(
            [sys.executable, "-m", "usagectl", *map(str, arguments)],
            cwd=cwd,
            input=stdin,
            capture_output=True,
            env=env,
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture(name="in_process")
def _in_process(capfdbinary, monkeypatch):
    """Run the program in this process, by its own entry point, where there are many runs of it."""

    from usagectl import cli

    def run(place, *arguments, columns=80, **environment):
        monkeypatch.chdir(place)
        for name, value in {"COLUMNS": str(columns), "TZ": "UTC", **environment}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["usagectl", *map(str, arguments)])
        for stream in ("stdout", "stderr"):
            # The program puts streams of its own in their place.
            monkeypatch.setattr(sys, stream, getattr(sys, stream))
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ending:
            cli.main()
        sys.stdout.flush()
        out, err = (stream.decode() for stream in capfdbinary.readouterr())
        assert ending.value.code in (None, 0, 1, 2, 3), err
        assert "Traceback" not in err
        return out, err

    return run


@pytest.fixture(name="report_of")
def _report_of(usagectl):
    """The json of a command that must succeed."""

    def report_of(*arguments, **options):
        done = usagectl(*arguments, "--format", "json", **options)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return report_of


@pytest.fixture(name="diff")
def _diff(report_of):
    """The json of `usagectl diff`."""
    return functools.partial(report_of, "diff")


@pytest.fixture(name="summary")
def _summary(report_of):
    """The json of `usagectl summary`."""
    return functools.partial(report_of, "summary")


@pytest.fixture(name="doctor")
def _doctor(report_of):
    """The json of `usagectl doctor`, in which the records of every file must be accounted for."""

    def doctor(*arguments, **options):
        report = report_of("doctor", *arguments, **options)
        for file in report["files"]:
            parts = file["calls"] + file["merged"] + file["ignored"] + file["rejected"]
            assert file["records"] == parts, file
        return report

    return doctor


@pytest.fixture(name="real_data", scope="session")
def _real_data():
    """The directory of real usage files, where the environment names one."""
    folder = os.environ.get("USAGECTL_REAL_DATA")
    if not folder:
        pytest.skip("USAGECTL_REAL_DATA does not name a directory of real usage files")
    return Path(folder)


def usage_of(*rows, runs=("run",)):
    """A usage of literal calls; what is not given is null, a row stands for one ok call."""
    import polars as pl

    from usagectl.dataset.judged import reclassified
    from usagectl.dataset.provenance import FILES
    from usagectl.dataset.usage import Usage
    from usagectl.model.schema import CALLS, STAGES

    base = {"run": runs[0], "granularity": "call", "calls": 1, "status": "ok", "task": "t"}
    calls = pl.DataFrame([{**dict.fromkeys(CALLS), **base, **row} for row in rows], schema=CALLS)
    stages = pl.DataFrame(schema=STAGES).lazy()
    usage = Usage(runs, calls.lazy(), stages, (), (), pl.DataFrame(schema=FILES), (), "UTC")
    return reclassified(usage)
