"""Every command that writes: modes stay, nothing is half-written, what fails is told."""

import os
import resource
import stat
import subprocess
import sys

import pytest
from conftest import FIXTURES, ROOT

RUN = str(FIXTURES / "runs/qwen9b")
NEW = str(FIXTURES / "runs/qwen35b")
# Each command, and the file that it writes.
WRITERS = {
    "export csv": (["export", RUN, "--output", "x.csv"], "x.csv"),
    "export parquet": (["export", RUN, "--output", "x.parquet"], "x.parquet"),
    "baseline save": (["baseline", "save", "kept", RUN], ".usagectl/kept.json"),
    "summary": (["summary", RUN, "--output", "x.txt"], "x.txt"),
    "diff": (["diff", RUN, NEW, "--output", "x.md", "--format", "markdown"], "x.md"),
    "doctor": (["doctor", RUN, "--output", "x.json", "--format", "json"], "x.json"),
    "runs": (["runs", str(FIXTURES / "runs"), "--output", "x.txt"], "x.txt"),
    "errors": (["errors", NEW, "--output", "x.txt"], "x.txt"),
    "errors classify": (["errors", "classify", "x y", "--output", "x.txt"], "x.txt"),
    "prices list": (["prices", "list", "gpt-4o", "--output", "x.txt"], "x.txt"),
    "prices check": (["prices", "check", RUN, "--output", "x.txt"], "x.txt"),
    "regress report": (["regress", RUN, RUN, "--report", "junit=x.xml"], "x.xml"),
    "ack": (
        ["regress", RUN, NEW, "--ack", "known", "--until", "2099-01-01"],
        "usagectl.ack.yaml",
    ),
}


def run(arguments, folder, **options):
    return subprocess.run(
        [sys.executable, "-m", "usagectl", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
        capture_output=True,
        check=False,
        timeout=120,
        **options,
    )


def files_in(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def cleanly_refused(done):
    assert done.returncode == 2, done.stderr
    assert b"usagectl: cannot write " in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_keeps_its_mode_and_a_link_its_target(name, tmp_path):
    arguments, file = WRITERS[name]
    target, link = tmp_path / "elsewhere", tmp_path / file
    link.parent.mkdir(exist_ok=True)
    target.write_text("")
    target.chmod(0o600)
    link.symlink_to(target)
    # 3: what is accepted may not be all that is asked.
    assert run(arguments, tmp_path).returncode in (0, 3)
    assert link.is_symlink()
    assert mode(target) == 0o600
    assert target.stat().st_size
    assert set(files_in(tmp_path)) == {"elsewhere", file}


def test_new_files_follow_the_umask_and_raw_messages_are_for_the_owner(tmp_path):
    def export(*more):
        arguments = ["export", NEW, "--output", "x.csv", *more]
        assert run(arguments, tmp_path, preexec_fn=lambda: os.umask(0o027)).returncode == 0
        return mode(tmp_path / "x.csv")

    assert export() == 0o640
    # The mode of what is there stays.
    assert export("--with-messages") == 0o640
    (tmp_path / "x.csv").unlink()
    assert export("--with-messages") == 0o600
    assert export() == 0o600


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("there", [False, True], ids=["new", "there"])
def test_a_full_disk_leaves_what_was_there(name, there, tmp_path):
    arguments, file = WRITERS[name]
    target = tmp_path / file
    if there:
        target.parent.mkdir(exist_ok=True)
        target.write_text("")
    before = files_in(tmp_path)
    limit = (4, 4)
    done = run(
        arguments, tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    )
    cleanly_refused(done)
    assert b"File too large" in done.stderr
    assert files_in(tmp_path) == before


@pytest.mark.parametrize("name", WRITERS)
def test_a_directory_that_is_not_there_is_told(name, tmp_path):
    arguments, _ = WRITERS[name]
    gone = tmp_path / "gone"
    gone.mkdir()
    done = run(arguments, gone, preexec_fn=lambda: os.rmdir(gone))
    cleanly_refused(done)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user to be one")
@pytest.mark.parametrize("name", ["export csv", "baseline save", "ack"])
def test_a_read_only_directory_is_told(name, tmp_path):
    arguments, _ = WRITERS[name]
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o555)
    probe = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import os; os.setuid(65534); os.listdir({str(folder)!r}); open({RUN + '/usage_metrics.jsonl'!r})",
        ],
        check=False,
        capture_output=True,
    )
    if probe.returncode:
        pytest.skip("the other user cannot come here")
    done = run(arguments, folder, preexec_fn=lambda: os.setuid(65534))
    cleanly_refused(done)
    assert list(folder.iterdir()) == []


def test_devices_and_pipes_are_written_to_and_not_replaced(tmp_path):
    done = run(["summary", RUN, "--output", "/dev/full"], tmp_path)
    cleanly_refused(done)
    assert os.path.exists("/dev/full")
    done = run(["summary", RUN, "--output", "/dev/stdout"], tmp_path)
    assert (done.returncode, b"qwen9b" in done.stdout) == (0, True)
    # A reader of a report that goes away changes no verdict.
    script = f"{sys.executable} -m usagectl regress {RUN} {NEW} --output >(true)"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 1


def test_what_cannot_be_removed_is_told(tmp_path):
    (tmp_path / ".usagectl").mkdir()
    assert run(["baseline", "save", "kept", RUN], tmp_path).returncode == 0
    assert run(["baseline", "rm", "kept"], tmp_path).returncode == 0
    assert files_in(tmp_path) == {}


def test_prices_update_where_nothing_can_be_kept(tmp_path):
    (tmp_path / "file").write_text("")
    arguments = ["prices", "update", "--forget"]
    done = subprocess.run(
        [sys.executable, "-m", "usagectl", *arguments],
        cwd=ROOT,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "file")},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
