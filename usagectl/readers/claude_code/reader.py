"""Claude Code: sessions, one JSON object a line, below `~/.claude/projects`.

One answer is a line for each of its content blocks, and each line repeats the usage so far: of
lines with one message and request the most complete counts. A resumed or forked session begins with
the history of another, a sidechain may repeat its parent's answer. Input is without cached tokens.
What Claude Code writes under the model `<synthetic>` is its own text, of which only a finally
failed request is a call; a `system` line tells of a retry. Older lines have the counts at their
top. Source: files of versions 1.0 to 2.1, and ccusage's and tokscale's readers of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.model.notices import Doubt
from usagectl.readers.claude_code.lines import SHAPE
from usagectl.readers.claude_code.printed import PRINTED, is_printed, printed_records
from usagectl.readers.core.calibration import Counting
from usagectl.readers.core.call_records import RECORDS, calls_of, counted_kinds, each_object
from usagectl.readers.core.call_records import SHAPE as RECORD
from usagectl.readers.core.format import About, Format
from usagectl.readers.core.lines import Records, read_found
from usagectl.readers.core.picking import Pick, Picks, object_in, objects
from usagectl.readers.core.reading import Reading, Taken, of_part

SESSION = "agent session"

_SYNTHETIC = "<synthetic>"
_LINES_OF = ("user", "assistant", "system", "summary", "file-history-snapshot", "progress")
_OF_SESSION = {"sessionId", "leafUuid", "snapshot", "isSnapshotUpdate"}
_STATUS = r"\b(?:API Error: |status[\": ]+)(\d{3})\b"


def detect(head: Head) -> Mapping[str, int]:
    """Lines of a session by what only these have, and lines that are printed instead."""
    return counted_kinds(head, {SESSION: _is_line, PRINTED: is_printed})


def _is_line(record: Mapping[str, Any]) -> bool:
    if record.get("type") in _LINES_OF and record.keys() & _OF_SESSION:
        return "parentUuid" in record or "message" not in record or "uuid" in record
    message = record.get("message")
    if isinstance(message, dict) and "sessionId" in record:
        return isinstance(message.get("usage"), dict)
    return {"sessionId", "inputTokens", "outputTokens", "costUSD"} <= record.keys()


def read(files: Sequence[SourceFile], taken: Taken, zone: str) -> Reading:
    """Read the sessions of all projects, together: their histories overlap.

    Args:
        files: The files that `detect` claimed.
        taken: Their records.
        zone: Not needed: Claude Code writes UTC.
    """
    del zone
    lines = taken[SESSION]
    frame = lines.frame.with_row_index("row")
    retry = (pl.col("subtype") == "api_error").fill_null(False)
    has_usage = pl.any_horizontal(
        pl.col(name).is_not_null() for name in ("input_tokens", "output_tokens")
    )
    is_call = (pl.col("failed") | (has_usage & (pl.col("model") != _SYNTHETIC).fill_null(True))) & (
        pl.col("type").is_null() | (pl.col("type") == "assistant")
    )
    retried = _retries(frame.select("file", "session", retry=retry, call=is_call))
    frame = _keyed(frame.hstack([retried]).with_columns(is_call=is_call.fill_null(False)))
    advisors = _advisors(frame)
    records = lines._replace(frame=pl.concat([_fields(frame), advisors]))
    added = advisors.group_by("file").len("more")
    counts = lines.counts.join(added, on="file", how="left", maintain_order="left").with_columns(
        records=pl.col("records") + pl.col("more").fill_null(0).cast(pl.Int64)
    )
    told = Doubt(
        "retried-requests",
        "{n:,} failed attempt{s} of Claude Code, after which it asked again: counted as attempts of"
        " the call that followed, as nobody wrote what they consumed",
        frame.filter(retry).height,
    )
    find = each_object(printed_records)
    printed = read_found(of_part(files, PRINTED), RECORD, "UTC", find)
    both = Records(
        pl.concat([records.frame, printed.frame]),
        [*records.rejects, *printed.rejects],
        pl.concat([counts.select(printed.counts.columns), printed.counts]),
    )
    return calls_of(files, both, _COUNTING, [told])


def _keyed(frame: pl.DataFrame) -> pl.DataFrame:
    """The lines with the key of the answer that they are of.

    Lines of one request have its id; where none is written, the ids that Anthropic gives are unique
    and others are taken together with their session and time. A sidechain that repeats an answer of
    its parent, under whatever request, is of the parent's.
    """
    id_, request = pl.col("id"), pl.col("requestId")
    key = (
        pl.when(request.is_not_null())
        .then(pl.concat_str(id_, request, separator=" "))
        .when(id_.str.starts_with("msg_"))
        .then(id_)
        .otherwise(
            pl.concat_str(
                id_,
                pl.col("session").fill_null(""),
                pl.col("timestamp").cast(pl.String),
                separator=" ",
            )
        )
    )
    # What has no id of its own is known by its line.
    frame = frame.with_columns(key=pl.when("is_call").then(pl.coalesce(key, "uuid")))
    mains = (
        frame.filter(pl.col("is_call") & ~pl.col("replay") & id_.is_not_null())
        .unique("id", keep="first", maintain_order=True)
        .select("id", main="key")
    )
    joined = frame.join(mains, on="id", how="left", maintain_order="left")
    theirs = pl.when("replay").then(pl.col("main"))
    return joined.with_columns(key=pl.when("is_call").then(pl.coalesce(theirs, "key")))


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of a call record."""
    id_ = pl.col("id")
    provider = (
        pl.when(id_.str.starts_with("msg_bdrk"))
        .then(pl.lit("aws.bedrock"))
        .when(id_.str.starts_with("msg_vrtx"))
        .then(pl.lit("gcp.vertex_ai"))
        .when(pl.col("model").str.starts_with("claude"))
        .then(pl.lit("anthropic"))
    )
    failed = pl.col("failed")
    branch = pl.when(pl.col("branch") != "").then(pl.struct(branch="branch").struct.json_encode())
    known = frame.with_columns(
        role=pl.when("is_call").then(pl.lit("call")).otherwise(pl.lit("other")),
        task=pl.when("replay").then(pl.lit("subagent")).otherwise(pl.lit("conversation")),
        provider=provider,
        model=pl.when(pl.col("model") != _SYNTHETIC).then("model"),
        status=pl.when(failed).then(pl.lit("failed")).otherwise(pl.lit("ok")),
        outcome=pl.when(failed).then("error"),
        http_status=pl.col("message").str.extract(_STATUS).cast(pl.Int64),
        attempts=pl.when(pl.col("retries") > 0).then(pl.col("retries") + 1),
        request_id=pl.coalesce("requestId", "id"),
        ended_at="timestamp",
        tags=branch,
        **{
            name: pl.when(~failed).then(name)
            for name in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
        },
    )
    return known.match_to_schema(RECORDS, missing_columns="insert", extra_columns="ignore")


def _retries(frame: pl.DataFrame) -> pl.Series:
    """How many attempts failed before the call of a line, since the call before it.

    Lines of the same call have those of its first line.
    """
    if not frame["retry"].any():
        return pl.repeat(0, frame.height, dtype=pl.Int64, eager=True).alias("retries")
    found = []
    waiting: dict[tuple[int, str | None], int] = {}
    for file, session, retry, call in frame.iter_rows():
        place = (file, session)
        found.append(waiting.pop(place, 0) if call else 0)
        if retry:
            waiting[place] = waiting.get(place, 0) + 1
    return pl.Series("retries", found, dtype=pl.Int64)


_ADVISOR = Picks(
    Pick("model", "model"),
    Pick("input_tokens", "input_tokens"),
    Pick("output_tokens", "output_tokens"),
    Pick("cache_read_tokens", "cache_read_input_tokens"),
    Pick("cache_write_tokens", "cache_creation_input_tokens"),
    task="advisor",
    provider="anthropic",
)


def _advisors(frame: pl.DataFrame) -> pl.DataFrame:
    """What an advisor answered in the midst of a call, under its own model: calls of their own."""
    rows = []
    wanted = frame.filter(pl.col("is_call") & pl.col("advisors").is_not_null())
    for line in wanted.iter_rows(named=True):
        known = {name: line[name] for name in ("file", "session", "project", "replay")}
        known["ended_at"] = line["timestamp"]
        rows += [
            _ADVISOR.of(each, **known, key=f"{line['key']} advisor {number}")
            for number, each in enumerate(objects(object_in(line["advisors"])))
            if each.get("type") == "advisor_message"
        ]
    return pl.DataFrame(rows, schema=RECORDS)


_COUNTING = Counting(input_inclusive=False)

FORMAT = Format(
    name="claude-code",
    about=About(
        files="sessions below `~/.claude/projects`, subagents among them; what `claude -p`"
        " prints as JSON",
        special="lines of one message and request are one call, as the most complete has it;"
        " histories that a resumed or forked session repeats, and answers that a sidechain"
        " does, are counted once; `<synthetic>` texts are no calls, finally failed requests"
        " are; retries are attempts of the call behind them",
        unknown="duration; reasoning, which is inside the output; which tokens a failed request"
        " took",
    ),
    convention=f"{_COUNTING.words()}; cache writes by how long they are kept",
    detect=detect,
    read=read,
    lines={SESSION: SHAPE},
)
