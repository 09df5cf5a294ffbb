"""Codex CLI: rollouts, one JSON object a line, below `~/.codex/sessions`.

A `token_count` event has the totals of its session so far and is written again and again: what the
totals grew by is a call. A forked session, or a subagent, begins with its parent's history, whose
usage is the parent's: its own begins with the first turn that started when it did. What `codex exec
--json` prints has the usage of each turn. Source: rollouts of versions 0.104 to 0.125, and
ccusage's reader of them.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.call_records import OTHER, call_format, counted
from usagectl.readers.core.counters import Counters
from usagectl.readers.core.format import About
from usagectl.readers.core.objects import objects_in
from usagectl.readers.core.picking import Pick, Picks, value_at
from usagectl.readers.core.salvage import Found

ROLLOUT = "agent rollout"

_LINES = {
    "session_meta", "turn_context", "event_msg", "response_item", "compacted", "token_usage_record",
    "inter_agent_communication_metadata",
}  # fmt: skip
_PRINTED = {"thread.started", "turn.started", "turn.completed", "turn.failed", "item.completed"}
_CALLED = ("function_call", "custom_tool_call", "local_shell_call", "web_search_call")
_WANTED = {
    *(_LINES - {"event_msg", "response_item"}), *_CALLED, *_PRINTED, "token_count", "error",
    "stream_error", "task_started",
}  # fmt: skip
_ONLY = re.compile(f'"(?:{"|".join(map(re.escape, sorted(_WANTED)))})"'.encode())
_COUNTS = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens",
           "total_tokens", "cache_write_tokens")  # fmt: skip
_USAGE = Picks(
    Pick("input_tokens", "input_tokens"),
    Pick("cache_read_tokens", "cached_input_tokens"),
    Pick("cache_write_tokens", "cache_write_tokens"),
    Pick("output_tokens", "output_tokens"),
    Pick("reasoning_tokens", "reasoning_output_tokens"),
    Pick("total_tokens", "total_tokens"),
)


def detect(head: Head) -> Mapping[str, int]:
    """Lines of a rollout: a type of its own, a payload and a time; or what `codex exec` prints."""
    return counted(map(_is_line, head.objects), ROLLOUT)


def _is_line(record: Mapping[str, Any]) -> bool:
    kind = record.get("type")
    if isinstance(kind, str) and kind in _LINES:
        return isinstance(record.get("payload"), dict) and "timestamp" in record
    return kind in _PRINTED if isinstance(kind, str) else False


def _find(file: SourceFile) -> Iterator[Found]:
    rollout = _Rollout()
    history: list[Found] = []
    for found in objects_in(file, _ONLY):
        if found.value is None:
            yield found
            continue
        told = found._replace(value=rollout.record(found.value), text="")
        # Whether it was history is known when a turn of its own begins.
        if rollout.is_forked and not rollout.is_live:
            history.append(told)
            continue
        if history:
            yield from (each._replace(value=OTHER) for each in history)
            history = []
        yield told
    yield from history


class _Rollout:
    """What is known of a session while its lines are read."""

    def __init__(self) -> None:
        self.is_forked = False
        self.is_live = False
        self._common: dict[str, Any] = {"task": "conversation"}
        self._family = ""
        self._began = ""
        self._model: str | None = None
        self._totals = Counters()
        self._tools = self._failed = 0
        self._compactions: dict[str, dict[str, Any]] = {}

    def record(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """What a line says of a call."""
        kind, payload = line.get("type"), line.get("payload")
        payload = payload if isinstance(payload, dict) else {}
        if kind == "session_meta":
            self._meets(payload, str(line.get("timestamp") or ""))
        elif kind == "turn_context":
            self._model = value_at(payload, "model") or self._model
            self._common.setdefault("project", payload.get("cwd"))
        elif kind == "inter_agent_communication_metadata":
            self.is_live |= bool(payload.get("trigger_turn"))
        elif kind == "response_item":
            self._tools += payload.get("type") in _CALLED
        elif kind == "event_msg":
            return self._event(payload, line.get("timestamp"))
        elif kind in ("token_usage_record", "compacted"):
            return self._compaction(kind, payload, line.get("timestamp"))
        elif kind == "thread.started":
            self._common["session"] = line.get("thread_id")
        elif kind == "turn.completed" and isinstance(line.get("usage"), dict):
            return {**_USAGE.of(line["usage"], **self._common), "granularity": "turn"}
        elif kind == "turn.failed":
            return self._failure(value_at(line, "error.message"), None)
        return OTHER

    def _meets(self, meta: Mapping[str, Any], at: str) -> None:
        if self._family:
            # The head of its parent, which comes with the history.
            return
        session = str(meta.get("id") or "")
        parent = meta.get("forked_from_id") or value_at(
            meta, "source.subagent.thread_spawn.parent_thread_id"
        )
        self.is_forked = bool(parent)
        self._family = str(parent or session)
        self._began = str(meta.get("timestamp") or at)
        is_subagent = isinstance(meta.get("source"), dict) and "subagent" in meta["source"]
        self._common = {
            "session": session,
            "project": meta.get("cwd"),
            "provider": meta.get("model_provider"),
            "task": "subagent" if is_subagent else "conversation",
        }

    def _event(self, event: Mapping[str, Any], at: Any) -> dict[str, Any]:
        kind = event.get("type")
        if kind == "task_started":
            self.is_live |= _is_not_before(event.get("started_at"), self._began)
        elif kind == "stream_error":
            self._failed += 1
        elif kind == "error":
            return self._failure(event.get("message"), at)
        elif kind == "token_count" and isinstance(event.get("info"), dict):
            return self._counted(event["info"], at)
        return OTHER

    def _counted(self, info: Mapping[str, Any], at: Any) -> dict[str, Any]:
        """What the totals of a session grew by, or its last usage where it has no totals."""
        last, totals = info.get("last_token_usage"), info.get("total_token_usage")
        usage, key = last, None
        if isinstance(totals, dict):
            now = {name: totals[name] for name in _COUNTS if isinstance(totals.get(name), int)}
            added = self._totals.added(now)
            key = f"{self._family} {' '.join(f'{name}={n}' for name, n in now.items())}"
            if added is not None:
                usage = added
            elif isinstance(last, dict):
                usage = {}
        if not isinstance(usage, dict):
            return OTHER
        known = {**self._common, "model": info.get("model") or self._model, "ended_at": at}
        if usage:
            known |= {"tool_calls": self._tools}
            if self._failed:
                known["attempts"] = self._failed + 1
            self._tools = self._failed = 0
        return {**_USAGE.of(usage, **known), "key": key}

    def _failure(self, message: Any, at: Any) -> dict[str, Any]:
        self._failed = 0
        return {
            **self._common,
            "status": "failed",
            "model": self._model,
            "message": message,
            "ended_at": at,
        }

    def _compaction(self, kind: str, payload: Mapping[str, Any], at: Any) -> dict[str, Any]:
        """The usage of a summary that the history was replaced by, which the totals do not have."""
        if kind == "token_usage_record":
            usage = payload.get("usage") or payload.get("token_usage")
            name = payload.get("response_id") or payload.get("id")
            if isinstance(usage, dict) and name:
                self._compactions[str(name)] = usage
            return OTHER
        usage = self._compactions.pop(str(payload.get("compaction_response_id")), None)
        if usage is None:
            return OTHER
        return _USAGE.of(
            usage, **{**self._common, "model": self._model, "task": "compaction"}, ended_at=at
        )


def _is_not_before(started_at: Any, began: str) -> bool:
    """Whether a turn, which began at a second since 1970, began when its session did or later."""
    if isinstance(started_at, bool) or not isinstance(started_at, int | float):
        return False
    try:
        return started_at >= int(datetime.fromisoformat(began).timestamp())
    except ValueError:
        return False


FORMAT = call_format(
    "codex",
    About(
        files="rollouts below `~/.codex/sessions`, output of `codex exec --json`",
        special="totals are cumulative and repeated: what they grow by is a call; a fork begins"
        " with"
        " its parent's history, which is the parent's",
        unknown="duration, cost",
    ),
    detect,
    _find,
    special="what the totals of a session grew by is a call",
)
