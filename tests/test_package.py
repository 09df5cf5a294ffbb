"""The wheel works outside the checkout, and finds what it ships."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(name="installed", scope="module")
def _installed(tmp_path_factory):
    """The program of a wheel, installed into an environment of its own, beside our libraries."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(pip, check=True, capture_output=True)
    # The libraries that it needs are those that the tests run with; nothing is fetched here.
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    theirs = next((folder / "venv" / "lib").glob("python*/site-packages"))
    (theirs / "libraries.pth").write_text(ours + "\n")
    return python


def run(python, *arguments, cwd):
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [python, *arguments], cwd=cwd, capture_output=True, text=True, check=False, env=env
    )


def test_wheel_summarizes_outside_the_checkout(installed, tmp_path):
    program = installed.parent / "usagectl"
    done = run(program, "summary", ROOT / "fixtures/runs/qwen35b", "--format", "csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("by,task,model,calls,")


def test_wheel_finds_its_configs(installed, tmp_path):
    code = "import usagectl, usagectl.config.settings as c; print(usagectl.__file__); print(c.configs_directory())"
    done = run(installed, "-c", code, cwd=tmp_path)
    package, configs = done.stdout.split()
    assert str(ROOT) not in package
    assert Path(configs) == Path(package).parent / "configs"
    assert {path.name for path in Path(configs).iterdir()} == {
        path.name for path in (ROOT / "configs").iterdir()
    }


def test_checkout_finds_its_configs():
    from usagectl.config.settings import configs_directory

    assert (configs_directory() / "usagectl.yaml").is_file()


def test_wheel_is_typed(installed):
    code = "import usagectl, pathlib; print(pathlib.Path(usagectl.__file__).with_name('py.typed').is_file())"
    assert run(installed, "-c", code, cwd="/").stdout.strip() == "True"
