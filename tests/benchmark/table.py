"""Time and memory of usagectl beside DuckDB, as a table: `python tests/benchmark/table.py`.

    --size MB      how large a file of each profile is (430)
    --rounds N     how often each pair runs (3)
    --only TEXT    only profiles of which the name has this
    --growth       each profile at a quarter, a half and the whole size: the time per row must stay
    --command NAME summary, errors, diff (of the run with itself) or regress (the same)
    --cached       ours finds in its cache what it read before; else it reads everything anew

DuckDB adds up the same files, by model; it pairs no rows, judges no failures and has no doubts.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import profiles
from measured import in_turn, medians, usagectl

_COLUMNS = {
    "planexe": "success: 'BOOLEAN', model: 'VARCHAR', duration_seconds: 'DOUBLE',"
    " input_tokens: 'BIGINT', output_tokens: 'BIGINT', cost_usd: 'DOUBLE'",
    "open_strix": "type: 'VARCHAR', model: 'VARCHAR', input_tokens: 'BIGINT',"
    " output_tokens: 'BIGINT', agent_invoke_seconds: 'DOUBLE'",
    "forge": "event: 'VARCHAR', model: 'VARCHAR', input_tokens: 'BIGINT', output_tokens: 'BIGINT',"
    " duration_ms: 'BIGINT'",
    "codex_forge": "model: 'VARCHAR', prompt_tokens: 'BIGINT', completion_tokens: 'BIGINT',"
    " request_ms: 'BIGINT'",
}
_SUMS = {
    "planexe": "sum(input_tokens), sum(output_tokens), sum(duration_seconds), sum(cost_usd)",
    "open_strix": "sum(input_tokens), sum(output_tokens), sum(agent_invoke_seconds)",
    "forge": "sum(input_tokens), sum(output_tokens), sum(duration_ms)",
    "codex_forge": "sum(prompt_tokens), sum(completion_tokens), sum(request_ms)",
}
_FIELDS = "".join(
    f", sum(regexp_extract(line, '{name}=([0-9]+)', 1)::BIGINT)"
    for name in ("latency_ms", "input_tokens", "output_tokens")
)


def duckdb(kind, files):
    """A Python that groups the files by model, with DuckDB."""
    if kind == "honcho":
        options = "columns={line: 'VARCHAR'}, delim='\\x01', quote='', header=false"
        what = f"regexp_extract(line, ' model=([^ ]+)', 1) as model, count(*){_FIELDS}"
        source = f"read_csv('{files}', {options})"
    else:
        what = f"model, count(*), {_SUMS[kind]}"
        columns = f"columns={{{_COLUMNS[kind]}}}"
        source = f"read_json('{files}', format='newline_delimited', {columns})"
    query = f"select {what} from {source} group by model"  # noqa: S608 - no words of others
    program = f"""
import duckdb
duckdb.execute("SET enable_progress_bar = false")
print(duckdb.sql({query!r}).fetchall())
"""
    return (sys.executable, "-c", program)


def _planexe(writer, **options):
    return "planexe", lambda seed, size, folder: profiles.write(
        folder, writer(random.Random(seed), **options), size
    )


def _other(kind):
    writer, name = getattr(profiles, kind), profiles.NAMES[kind]
    return kind, lambda seed, size, folder: profiles.write(
        folder, writer(random.Random(seed)), size, name
    )


PROFILES = {
    "calls alone": _planexe(profiles.planexe_calls, failing=0),
    "calls alone, 3 % failed, Anthropic": _planexe(profiles.planexe_calls, anthropic=0.05),
    "calls and attempts, one worker": _planexe(profiles.planexe_attempts, failing=0),
    "one worker, 3 % failed, Anthropic": _planexe(profiles.planexe_attempts, anthropic=0.05),
    "eight workers": _planexe(profiles.planexe_workers, failing=0),
    "eight workers, 3 % failed, Anthropic": _planexe(profiles.planexe_workers, anthropic=0.05),
    "open-strix": _other("open_strix"),
    "forge": _other("forge"),
    "codex-forge": _other("codex_forge"),
    "honcho": _other("honcho"),
    "runs of 63 calls": (
        "planexe",
        lambda seed, size, folder: profiles.runs(
            folder, profiles.planexe_calls(random.Random(seed), anthropic=0.05), size
        ),
    ),
}
_BOTH = ("diff", "regress")


def compared(name, size, rounds, folder, command, *, cached):
    """Our costs and DuckDB's of a profile, and the seconds that we took for a megabyte."""
    kind, make = PROFILES[name]
    make(name, size, folder)
    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    operands = [f"base={folder}", f"new={folder}"] if command in _BOTH else [folder]
    ours = usagectl(command, *operands, "--format", "json", *([] if cached else ["--no-cache"]))
    pattern = files[0] if len(files) == 1 else f"{folder}/*/{files[0].name}"
    costs, peers = in_turn(ours, duckdb(kind, pattern), rounds)
    ratios = [a.wall_seconds / b.wall_seconds for a, b in zip(costs, peers, strict=True)]
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    return medians(costs), medians(peers), statistics.median(ratios), megabytes


def table(asked, names):
    """The lines of a markdown table, as they become known."""
    yield "| profile | MB | ours s | CPU s | peak MB | DuckDB s | CPU s | peak MB | ratio | ms per MB |"
    yield "| --- |" + " ---: |" * 9
    sizes = (0.25, 0.5, 1.0) if asked.growth else (1.0,)
    for name in names:
        for share in sizes:
            with tempfile.TemporaryDirectory() as folder:
                os.environ["USAGECTL_CACHE_DIR"] = f"{folder}/cache"
                how = (asked.size * share * 1e6, asked.rounds, f"{folder}/run", asked.command)
                ours, peer, ratio, mb = compared(name, *how, cached=asked.cached)
            yield (
                f"| {name} | {mb:.0f} | {ours.wall_seconds:.2f} | {ours.cpu_seconds:.2f} |"
                f" {ours.peak_mb:.0f} | {peer.wall_seconds:.2f} | {peer.cpu_seconds:.2f} |"
                f" {peer.peak_mb:.0f} | {ratio:.2f} | {1000 * ours.wall_seconds / mb:.1f} |"
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=float, default=430, help="megabytes of a file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--growth", action="store_true", help="at three sizes")
    parser.add_argument("--command", default="summary")
    parser.add_argument("--cached", action="store_true")
    asked = parser.parse_args()
    names = [name for name in PROFILES if asked.only in name]
    for line in table(asked, names):
        print(line, flush=True)


if __name__ == "__main__":
    main()
