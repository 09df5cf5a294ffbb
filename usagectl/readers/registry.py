"""Which formats there are, and which of them a file is of.

A reader is imported when a file is first shown to it, so that a run of one format does not wait for
the others.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import cast

from usagectl.inputs.archives import archive, by_beginning
from usagectl.inputs.compression import without_suffix
from usagectl.inputs.file import HEAD_BYTES, SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.format import MAP, Format

# What usagectl knows and finds no usage in, which a user may wonder about.
_WITHOUT_USAGE = {
    "run_manifest.jsonl": "names codex-forge's runs, holds no usage",
    "pipeline_events.jsonl": "progress of codex-forge's stages, holds no usage",
    "pipeline_state.json": "progress of codex-forge's stages, holds no usage",
    "run_health.jsonl": "codex-forge's checks, holds no usage",
    "timing_summary.json": "codex-forge's timing, holds no usage",
    "instrumentation.json": "no report of codex-forge, perhaps its configuration",
    "journal.jsonl": "open-strix's diary, holds no usage",
}


LOOKS_LIKE = "looks like usage"
"""How the reason begins why a file is not read that has keys like those of a call."""

_TOKEN_KEY = re.compile(
    rb"\b((?:prompt|completion|input|output|total|cached|reasoning|in|out)_?[tT]okens?(?:_?[cC]ount)?)"
    rb'\b"?[ \t]*[:=,;][ \t]*"?\d'
)
_MOST_KEYS = 4


def hint(names: Iterable[str]) -> str:
    """What is worth knowing of files of which none was read, by their names; may be nothing."""
    if "pipeline_events.jsonl" in names:
        return " (a codex-forge run without --instrument records no calls)"
    return ""


def why_not(file: SourceFile) -> str:
    """Why a file is not read, although it is there."""
    kind = archive(file.name, file.beginning(HEAD_BYTES))
    if kind is not None:
        return f"a {kind} archive: unpack it to have it read"
    known = _WITHOUT_USAGE.get(file.name)
    keys = () if known else token_keys(file.beginning(HEAD_BYTES))
    if keys:
        return f"{LOOKS_LIKE} ({', '.join(keys)}), and no reader knows it"
    return known or "no reader knows it"


def token_keys(data: bytes) -> tuple[str, ...]:
    """The names of counts of tokens in the beginning of a file that no reader knows."""
    found = dict.fromkeys(_TOKEN_KEY.findall(data))
    return tuple(key.decode() for key in found)[:_MOST_KEYS]


NATIVE = ("planexe", "open_strix", "codex_forge", "forge", "honcho")
"""The formats of the five systems that usagectl was made for, which are asked first."""

SIGNS: dict[str, tuple[bytes, ...]] = {
    "claude_code": (b'"message"', b'"costUSD"', b'"total_cost_usd"'),
    "opentelemetry": (
        b'"resourceSpans"',
        b'"resourceLogs"',
        b'"resourceMetrics"',
        b'"attributes"',
        b'"attrs"',
        b'"gen_ai.',
        b'"llm.',
        b'"openinference.',
    ),
    "litellm": (b'"startTime"',),
    "batch_results": (b'"custom_id"',),
    "api_answers": (
        b'"usage"',
        b'"usageMetadata"',
        b'"choices"',
        b'"done"',
        b'"tokens_predicted"',
        b'"stats"',
        b'"message_start"',
        b'"error"',
    ),
    "langfuse": (b"usageDetails", b"usage_details", b'"observations"', b'"traceId"', b'"trace_id"'),
    "inspect_ai": (b'"eval"', b"_journal/", b"header.json", b"samples/"),
    "usage_events": (b"_usage", b"llm.usage", b"llm_call"),
    "prometheus": (
        b"vllm:",
        b"sglang:",
        b"llamacpp:",
        b"litellm_",
        b"gen_ai_",
        b"claude_code_",
        b"_tokens_processed_total",
    ),
    "logfmt": (b"okens=", b"okens_in=", b"okens_out="),
    "gemini_cli": (b'"projectHash"', b'"gemini"', b'"init"', b'"stats"'),
    "kimi": (b'"usage.record"', b'"protocol_version"'),
    "copilot_cli": (b'"session.', b'"assistant.', b'"span"', b'"metric"'),
    "opencode": (b'"sessionID"',),
    "openrouter": (b"generation_id", b"native_tokens_prompt"),
    "aider": (b'"user_id"', b"> Tokens: "),
    "mlflow": (b"mlflow.",),
    "swe_agent": (b"model_stats", b"ATIF-v", b'"trajectory"'),
    "llm": (b"datetime_utc",),
    "promptfoo": (b'"evalId"', b'"failureReason"', b'"latencyMs"'),
    "langsmith": (b'"run_type"',),
    "codex": (b'"payload"', b'"turn.completed"', b'"thread.started"'),
}
"""The other formats, in the order in which they are asked, and bytes of which a file has some.

They keep a reader from being imported for a file that cannot be of its format; they claim nothing.
"""

CONTAINERS = {b"PK\x03\x04": ("inspect_ai",), b"SQLite format 3\0": ("opencode", "llm")}
"""The formats that are archives or databases, by how these begin."""

READERS = (*NATIVE, *SIGNS)
FOLDERS = (*NATIVE, "claude_code", "opentelemetry", "api_answers", "prometheus")
"""The readers of more than one file."""


@cache
def reader(name: str) -> Format:
    """The format of a folder or a module of this room, by its name or the format's own.

    Raises:
        NoAnswerError: It was made of a map that has changed.
    """
    if name.startswith(MAP):
        from usagectl.readers.mapped import format_of

        return format_of(name)
    place = name.replace("-", "_")
    module = f"{place}.reader" if place in FOLDERS else place
    return cast("Format", import_module(f"usagectl.readers.{module}").FORMAT)


def _asked(head: Head) -> Iterator[str]:
    """The readers that a file is shown to."""
    yield from NATIVE
    for module, signs in SIGNS.items():
        if any(sign in head.data for sign in signs):
            yield module


def claim(file: SourceFile) -> Format | None:
    """The reader of a file, which is told its kind; None where no reader knows it."""
    head = file.head()
    contained = _by_container(file, head)
    if contained is not None:
        return contained
    if by_beginning(head.data):
        return None
    if head.is_text:
        found = _by_content(file, head)
        if found is not None:
            return found
    elif file.trouble:
        return None
    return _by_name(file)


def _by_container(file: SourceFile, head: Head) -> Format | None:
    """The reader of an archive or a database."""
    for magic, modules in CONTAINERS.items():
        if head.data.startswith(magic):
            for module in modules:
                for part in reader(module).detect(head):
                    return _chosen(file, module, part)
    return None


def _by_content(file: SourceFile, head: Head) -> Format | None:
    """The reader of most of the records; where as many are of another, the file's name decides."""
    if head.sampled:
        # The usual file is told by a few lines.
        for module in _asked(head):
            told = reader(module).detect(head)
            if max(told.values(), default=0) == len(head.objects):
                return _chosen(file, module, next(iter(told)))
    votes = _votes([head, *file.further()])
    if votes:
        return _chosen(file, *max(votes, key=lambda told: (votes[told], *_rank(file, *told))))
    if not head.whole and len(head.data) >= HEAD_BYTES:
        for module in NATIVE:
            for marker, part in reader(module).markers.items():
                if file.contains(marker):
                    return _chosen(file, module, part)
    return None


def _votes(heads: Iterable[Head]) -> Counter[tuple[str, str]]:
    """How many records are of which reader and kind of file.

    What is foreign, or damage, may fill the head of a long file: other parts of it count as well.
    """
    votes: Counter[tuple[str, str]] = Counter()
    for head in heads:
        if head.sampled:
            head.look_for_all_objects()
        for module in _asked(head):
            for part, count in reader(module).detect(head).items():
                votes[module, part] += count
    return votes


def _rank(file: SourceFile, module: str, part: str) -> tuple[bool, int, str]:
    """What decides among kinds of as many records: the name, then the order of readers."""
    is_named = reader(module).file_names.get(without_suffix(file.name)) == part
    return is_named, -READERS.index(module), part


def knows(head: Head) -> bool:
    """Whether a file would be claimed by its name or by its first records."""
    if head.is_text and any(
        max(reader(module).detect(head).values(), default=0) for module in _asked(head)
    ):
        return True
    name = without_suffix(head.name)
    return any(name in reader(module).file_names for module in NATIVE)


def _chosen(file: SourceFile, module: str, part: str) -> Format:
    file.part = part
    return reader(module)


def _by_name(file: SourceFile) -> Format | None:
    name = without_suffix(file.name)
    for module in NATIVE:
        if name in reader(module).file_names:
            file.part = reader(module).file_names[name]
            file.by_name = True
            return reader(module)
    return None
