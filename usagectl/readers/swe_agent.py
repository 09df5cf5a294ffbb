"""SWE-agent's and mini-SWE-agent's trajectories, and those of Harbor (ATIF).

The first two have sums of an instance, with the number of its calls; Harbor's have a row a step,
whose sums may be less than the totals: the difference is a call that timed out. Source:
SWE-agent's `.traj` files, the ATIF 1 schema.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.head import Head
from usagectl.readers.core.call_records import OTHER, call_format, each_object
from usagectl.readers.core.format import About
from usagectl.readers.core.picking import Pick, Picks, objects, value_at
from usagectl.readers.core.shape import A_DOCUMENT
from usagectl.readers.core.units import Unit

TRAJECTORY = "trajectory"

_INSTANCE = Picks(
    Pick("input_tokens", "tokens_sent"),
    Pick("output_tokens", "tokens_received"),
    Pick("calls", "api_calls"),
    Pick("cost", "instance_cost", unit=Unit.USD, of=lambda cost: cost or None),
    granularity="session",
)
_MODEL = ("replay_config.agent.model.name", "info.config.model.model_name",
          "info.config.agent.model.model_name")  # fmt: skip
_TASK = ("replay_config.problem_statement.id", "instance_id", "environment")
_STEP = Picks(
    Pick("ended_at", "timestamp"),
    Pick("input_tokens", "metrics.prompt_tokens"),
    Pick("output_tokens", "metrics.completion_tokens"),
    Pick("cache_read_tokens", "metrics.cached_tokens"),
    Pick("cost", "metrics.cost_usd", unit=Unit.USD),
    Pick("model", "model_name"),
    Pick("tool_calls", "tool_calls", of=lambda calls: len(objects(calls)) or None),
)
_FINAL = {
    "input_tokens": "total_prompt_tokens",
    "output_tokens": "total_completion_tokens",
    "cost": "total_cost_usd",
}


def detect(head: Head) -> Mapping[str, int]:
    """A trajectory by its model's statistics or its schema, which may lie beyond the head."""
    if any(_is_ours(value) for value in head.objects):
        return {TRAJECTORY: A_DOCUMENT}
    begins = head.begins_unwhole and head.name.endswith((".traj", ".traj.json"))
    begins = begins or (head.begins_unwhole and b'"ATIF-v' in head.data[:2048])
    return {TRAJECTORY: A_DOCUMENT} if begins else {}


def _is_ours(value: Mapping[str, Any]) -> bool:
    if str(value.get("schema_version", "")).startswith("ATIF"):
        return isinstance(value.get("steps"), list)
    has_steps = "trajectory" in value or "messages" in value
    return has_steps and isinstance(value_at(value, "info.model_stats"), dict)


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if isinstance(value.get("steps"), list):
        yield from _steps(value)
    stats = value_at(value, "info.model_stats")
    if not isinstance(stats, dict):
        return
    found = _INSTANCE.of(stats, model=_first(value, _MODEL), task=_first(value, _TASK))
    status = value_at(value, "info.exit_status")
    if isinstance(status, str):
        found["outcome"] = status
    yield found


def _first(value: Mapping[str, Any], paths: tuple[str, ...]) -> Any:
    config = value.get("replay_config")
    told = (value_at({**value, "replay_config": config}, path) for path in paths)
    return next((each for each in told if each), None)


def _steps(value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A row a step with metrics, and one for what the totals have beyond these."""
    agent = value.get("agent")
    known = {
        "session": value.get("session_id"),
        "task": value_at(agent, "name"),
        "model": value_at(agent, "model_name"),
    }
    left: dict[str, float] = {
        name: total
        for name, path in _FINAL.items()
        if isinstance(total := value_at(value, f"final_metrics.{path}"), int | float)
    }
    for step in objects(value.get("steps")):
        if not isinstance(step.get("metrics"), dict):
            yield OTHER
            continue
        found = _STEP.of(step, **known)
        for name in left:
            told = found.get(name)
            left[name] -= told if isinstance(told, int | float) else 0
        yield found
    if any(left.get(name, 0) > 0 for name in ("input_tokens", "output_tokens")):
        rest = {name: max(value, 0) for name, value in left.items()}
        message = "in the totals of the trajectory and in none of its steps"
        yield {**known, **rest, "status": "failed", "message": message}


FORMAT = call_format(
    "swe-agent",
    About(
        files="`.traj` files of SWE-agent and mini-SWE-agent, ATIF trajectories of Harbor",
        special="sums of an instance with the number of its calls; ATIF has a row a step, and what"
        " only its totals have is a failed call",
        unknown="cached tokens and single calls of SWE-agent; mini-SWE-agent tells no tokens",
    ),
    detect,
    each_object(_records),
)
