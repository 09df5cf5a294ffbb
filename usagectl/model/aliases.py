"""What a user may call a metric, wherever one is asked for."""

from collections.abc import Mapping

METRIC_ALIASES: Mapping[str, str] = {
    "tokens": "total_tokens",
    "total": "total_tokens",
    "input": "input_tokens",
    "prompt_tokens": "input_tokens",
    "output": "output_tokens",
    "completion_tokens": "output_tokens",
    "reasoning": "reasoning_tokens",
    "cached": "cache_read_tokens",
    "duration": "duration_seconds",
    "time": "duration_seconds",
    "seconds": "duration_seconds",
    "latency": "duration_seconds",
    "p50": "duration_p50_seconds",
    "p95": "duration_p95_seconds",
    "cost": "cost_usd",
    "usd": "cost_usd",
    "speed": "tokens_per_second",
    "throughput": "tokens_per_second",
    "tps": "tokens_per_second",
    "failures": "failed",
    "errors": "failed",
    "error_rate": "failure_rate",
    "requests": "calls",
}
"""What a user may call a metric, wherever one is asked for."""
