"""What the tests of hostile and damaged input share."""

import sys

import pytest

from usagectl import cli


@pytest.fixture(name="in_process")
def _in_process(capfdbinary, monkeypatch):
    """Run the program in this process, by its own entry point, where there are many runs of it."""

    def run(place, *arguments, columns=80, **environment):
        monkeypatch.chdir(place)
        for name, value in {"COLUMNS": str(columns), "TZ": "UTC", **environment}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["usagectl", *map(str, arguments)])
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ending:
            cli.main()
        sys.stdout.flush()
        out, err = (stream.decode() for stream in capfdbinary.readouterr())
        assert ending.value.code in (None, 0, 1, 2, 3), err
        assert "Traceback" not in err
        return out, err

    return run
