"""Compressed files: whole, in pieces, cut, damaged, nested, and what only looks like one."""

import bz2
import gzip
import io
import lzma
import subprocess
import sys
import zipfile

import pytest
from backports import zstd
from conftest import FIXTURES, ROOT

LINES = (FIXTURES / "runs/qwen9b/usage_metrics.jsonl").read_bytes()
FIRST, SECOND = LINES[: LINES.find(b"\n", 3000) + 1], LINES[LINES.find(b"\n", 3000) + 1 :]
WAYS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd.compress,
}
SKIPPED = b"\x5a\x2a\x4d\x18" + (7).to_bytes(4, "little") + b"ignored"
BOM = b"\xef\xbb\xbf"
CALLS = 63


def calls(report):
    return report["totals"]["calls"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "shape",
    [
        lambda pack: pack(LINES),
        lambda pack: pack(FIRST) + pack(SECOND),
        lambda pack: pack(FIRST) + b"\0" * 600 + pack(SECOND) + b"\0" * 600,
        lambda pack: pack(FIRST) + pack(b"") + pack(SECOND),
        lambda pack: pack(pack(LINES)),
        lambda pack: gzip.compress(pack(LINES)),
        lambda pack: BOM + pack(LINES),
        lambda pack: pack(BOM + LINES),
    ],
    ids=["whole", "members", "zeros", "empty member", "twice", "in gzip", "mark", "mark inside"],
)
def test_all_is_read(way, shape, tmp_path, doctor):
    (tmp_path / f"usage_metrics.jsonl.{way}").write_bytes(shape(WAYS[way]))
    report = doctor(tmp_path)
    assert (report["totals"]["calls_counted"], report["rejects"]) == (CALLS, [])


def test_frames_to_skip_are_skipped(tmp_path, doctor):
    data = SKIPPED + zstd.compress(FIRST) + SKIPPED + zstd.compress(SECOND) + SKIPPED
    (tmp_path / "calls.jsonl.zst").write_bytes(data)
    assert doctor(tmp_path)["totals"]["calls_counted"] == CALLS


@pytest.mark.parametrize("way", WAYS)
def test_a_fault_costs_what_comes_after_it(way, tmp_path, doctor):
    pack = WAYS[way]
    whole = pack(FIRST)
    damaged = bytearray(pack(SECOND))
    damaged[len(damaged) // 2 :] = b"\xaa" * (len(damaged) // 2)
    for name, data, reason in (
        ("cut", whole + pack(SECOND)[:40], "ends early, at its byte"),
        ("damaged", whole + damaged, "its byte"),
        ("followed by text", whole + b"not compressed at all\n", "near its byte"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"usage_metrics.jsonl.{way}").write_bytes(data)
        report = doctor(folder)
        assert report["totals"]["calls_counted"] >= FIRST.count(b"\n") // 2, name
        reasons = [reject["reason"] for reject in report["rejects"]]
        assert any(reason in text for text in reasons), (name, reasons)


@pytest.mark.parametrize(
    "begin", [b"x^", b"x\x9c", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh9", b"\xfd7zXZ\0"]
)
@pytest.mark.parametrize("mark", [b"", BOM], ids=["bare", "mark"])
def test_what_only_begins_like_it_is_text(begin, mark, tmp_path, doctor):
    (tmp_path / "usage_metrics.jsonl").write_bytes(mark + begin + b"\n" + LINES)
    report = doctor(tmp_path)
    assert len(report["rejects"]) == 1
    assert report["totals"]["calls_counted"] == CALLS


def test_gzip_within_cut_gzip(tmp_path, doctor):
    inner = gzip.compress(LINES, mtime=0)
    (tmp_path / "usage_metrics.jsonl.gz").write_bytes(gzip.compress(inner, 0)[: len(inner) // 2])
    report = doctor(tmp_path)
    assert 0 < report["totals"]["calls_counted"] < CALLS
    assert "ends early" in report["rejects"][-1]["reason"]


def test_without_its_beginning_it_is_told(tmp_path, doctor):
    (tmp_path / "usage_metrics.jsonl").write_bytes(LINES)
    (tmp_path / "more.jsonl.gz").write_bytes(b"\0" * 20 + gzip.compress(LINES)[20:])
    reasons = [reject["reason"] for reject in doctor(tmp_path)["rejects"]]
    assert reasons == ["named .gz, but does not begin as gzip data"]


def bomb(pack, unit):
    """More than a gigabyte of one thing, in about a megabyte."""
    out = io.BytesIO()
    with pack(out) as file:
        for _ in range(1100):
            file.write(unit * (1 << 20))
    return out.getvalue()


BOMBS = {
    "gz": lambda out: gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1),
    "zst": lambda out: zstd.ZstdFile(out, "wb"),
}


@pytest.mark.parametrize("way", BOMBS)
@pytest.mark.parametrize("name", ["usage_metrics.jsonl", "activity_overview.json", "nobodys"])
@pytest.mark.parametrize("unit", [b"\0", b"\n"], ids=["zeros", "newlines"])
def test_a_bomb_takes_no_memory(way, name, unit, tmp_path):
    (tmp_path / f"{name}.{way}").write_bytes(bomb(BOMBS[way], unit))
    limited = f"ulimit -v 3000000; {sys.executable} -m usagectl doctor {tmp_path}"
    script = (
        "import resource, subprocess, sys\n"
        f"done = subprocess.run(['bash', '-c', {limited!r}], capture_output=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "sys.stdout.write(done.stdout.decode() + done.stderr.decode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    kilobytes, said = done.stdout.split("\n", 1)
    assert int(kilobytes) < 1_000_000
    assert "Traceback" not in said
    assert (
        "MiB" in said
        or "GiB" in said
        or "no reader knows it" in said
        or "no usage files" in said
        or "no calls" in said
    )


@pytest.mark.parametrize("source", ["/dev/zero", "yes ''", "yes", "yes '{}'", "cat /dev/zero"])
def test_what_never_ends_is_left(source, usagectl):
    operand = source if source.startswith("/") else "-"
    feed = "true" if operand != "-" else source
    script = f"ulimit -v 3000000; {feed} | {sys.executable} -m usagectl summary {operand}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, check=False, timeout=100
    )
    assert done.returncode == 3
    assert b"no usage files" in done.stderr


def test_a_closed_standard_input_is_told():
    for command in ("summary -", "errors classify", "doctor -"):
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m usagectl {command} <&-"],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 2, command
        assert done.stderr == b"usagectl: standard input (-) cannot be read: Bad file descriptor\n"


@pytest.mark.parametrize("redirection", ["cat {} |", "{1} <"], ids=["pipe", "file"])
def test_standard_input_may_be_compressed(redirection, tmp_path):
    (tmp_path / "x").write_bytes(lzma.compress(LINES))
    program = f"{sys.executable} -m usagectl summary - --format csv"
    script = (
        f"cat {tmp_path}/x | {program}" if "cat" in redirection else f"{program} < {tmp_path}/x"
    )
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, b"63" in done.stdout) == (0, True), done.stderr


def test_usage_that_nobody_reads_is_a_doubt(tmp_path, summary):
    def notices():
        found = summary(tmp_path)["notices"]
        return [n["text"] for n in found if n["code"] == "unread-usage-file"]

    (tmp_path / "usage_metrics.jsonl").write_bytes(LINES)
    for tool in (".git", ".venv"):
        (tmp_path / tool).mkdir()
        (tmp_path / tool / "usage_metrics.jsonl").write_bytes(LINES)
    (tmp_path / ".notes").mkdir()
    (tmp_path / ".notes" / "plain.json").write_text('{"a": 1}')
    with zipfile.ZipFile(tmp_path / "notes.zip", "w") as file:
        file.writestr("readme.txt", "nothing")
    assert notices() == []
    (tmp_path / ".old").mkdir()
    (tmp_path / ".old" / "some.jsonl").write_bytes(LINES)
    with zipfile.ZipFile(tmp_path / "older.zip", "w") as file:
        file.writestr("run/other.jsonl", LINES)
    (tmp_path / "usage_metrics.jsonl.7z").write_bytes(b"7z\xbc\xaf\x27\x1c")
    for packed in (".br", ".lz4", ".lzma", ".Z"):
        (tmp_path / f"usage_metrics.jsonl{packed}").write_bytes(b"\x00\x01")
    (text,) = notices()
    assert text.startswith("7 files that look like usage are not read")
    assert "older.zip" in text
    assert ".old/some.jsonl" in text


def test_an_archive_is_named_for_what_it_is(tmp_path, usagectl):
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as file:
        file.writestr("usage_metrics.jsonl", LINES)
    done = usagectl("summary", tmp_path / "run.zip")
    assert done.returncode == 3
    assert b"run.zip (a zip archive: unpack it to have it read)" in done.stderr


def test_an_archive_under_the_name_of_a_usage_file_is_not_read_as_text(tmp_path, usagectl):
    (tmp_path / "good.jsonl").write_bytes(LINES)
    with zipfile.ZipFile(tmp_path / "usage_metrics.jsonl", "w", zipfile.ZIP_STORED) as file:
        file.writestr("usage_metrics.jsonl", LINES)
    done = usagectl("doctor", tmp_path)
    assert b"good.jsonl" in done.stdout
    assert b"rejected records" not in done.stdout
    assert b"1 file that looks like usage is not read" in done.stdout + done.stderr
    # Magic bytes alone, in front of a text, are damage.
    (tmp_path / "usage_metrics.jsonl").write_bytes(b"PK\x03\x04" + LINES)
    found = usagectl("summary", tmp_path)
    assert b"could not be read: 1" in found.stderr
