"""The series that servers and gateways have, and what each adds to."""

from collections.abc import Mapping
from typing import NamedTuple


class Family(NamedTuple):
    """The series of one kind of server.

    `series` gives the column that a series adds to, by its name; `types` that of a series whose
    label `by` says which. `model` and `task` are labels; those in `apart` make no row of their own.
    A column that is a part of another may come `exclusive` of it.
    """

    name: str
    series: Mapping[str, str]
    model: tuple[str, ...]
    task: tuple[str, ...] = ()
    by: str = ""
    types: Mapping[str, str] = {}
    apart: tuple[str, ...] = ()
    exclusive: bool = False
    only: Mapping[str, str] = {}


_VLLM = {
    "prompt_tokens_total": "input_tokens",
    "generation_tokens_total": "output_tokens",
    "prompt_tokens_cached_total": "cache_read_tokens",
    "cached_tokens_total": "cache_read_tokens",
    "request_success_total": "calls",
    "num_requests_total": "calls",
    "e2e_request_latency_seconds_sum": "micro",
}
_GENAI_TYPES = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read_input": "cache_read_tokens",
    "cached_input": "cache_read_tokens",
    "cache_creation_input": "cache_write_tokens",
    "reasoning": "reasoning_tokens",
}
_HONCHO = {f"{part}_tokens_processed_total": "type" for part in ("deriver", "dialectic", "dreamer")}
FAMILIES = (
    Family("vllm", {f"vllm:{n}": c for n, c in _VLLM.items()}, ("model_name",),
            apart=("engine", "finished_reason")),
    Family("sglang", {f"sglang:{n}": c for n, c in _VLLM.items()}, ("model_name",),
            apart=("tp_rank", "pp_rank", "dp_rank", "engine_type")),
    Family("llama.cpp", {
        "llamacpp:prompt_tokens_total": "input_tokens",
        "llamacpp:tokens_predicted_total": "output_tokens",
        "llamacpp:prompt_seconds_total": "micro",
        "llamacpp:tokens_predicted_seconds_total": "micro",
    }, ("model",)),
    Family("litellm", {
        "litellm_input_tokens_metric_total": "input_tokens",
        "litellm_output_tokens_metric_total": "output_tokens",
        "litellm_input_cached_tokens_metric_total": "cache_read_tokens",
        "litellm_input_cache_creation_tokens_metric_total": "cache_write_tokens",
        "litellm_output_reasoning_tokens_metric_total": "reasoning_tokens",
        "litellm_spend_metric_total": "nanousd",
        "litellm_proxy_total_requests_metric_total": "calls",
        "litellm_proxy_failed_requests_metric_total": "failed",
    }, ("model", "requested_model"), ("team_alias", "team"),
        apart=("status_code", "exception_status", "exception_class", "end_user", "user",
               "hashed_api_key", "api_key_alias", "route", "user_email", "model_id",
               "api_provider", "api_base", "requested_model", "client_ip", "user_agent")),
    Family("gen_ai", {
        "gen_ai_client_token_usage_sum": "type",
        "gen_ai_client_token_usage_token_sum": "type",
        "gen_ai_client_token_usage_count": "count",
        "gen_ai_client_token_usage_token_count": "count",
        "gen_ai_server_request_duration_seconds_sum": "micro",
        "gen_ai_server_request_duration_seconds_count": "calls",
        "gen_ai_client_operation_duration_seconds_sum": "micro",
        "gen_ai_client_operation_duration_seconds_count": "calls",
    }, ("gen_ai_response_model", "gen_ai_request_model"),
        ("k8s_app", "gen_ai_agent_name", "service_name"), "gen_ai_token_type", _GENAI_TYPES),
    Family("claude-code", {
        "claude_code_token_usage_tokens_total": "type",
        "claude_code_token_usage_total": "type",
        "claude_code_cost_usage_USD_total": "nanousd",
        "claude_code_cost_usage_total": "nanousd",
    }, ("model",), (), "type", {
        "input": "input_tokens",
        "output": "output_tokens",
        "cacheRead": "cache_read_tokens",
        "cacheCreation": "cache_write_tokens",
    }, exclusive=True),
    Family("honcho", _HONCHO, (), (), "token_type", {
        "input": "input_tokens", "output": "output_tokens",
    }, only={"component": "total"}),
)  # fmt: skip
OF_SERIES = {series: family for family in FAMILIES for series in family.series}
BY_NAME = {family.name: family for family in FAMILIES}
KNOWN = frozenset(series.encode() for series in OF_SERIES)
