"""Why calls fail: the categories, and the evidence of a verdict that has none."""

CATEGORIES = tuple(
    "invalid_json timeout empty_response connection_error rate_limit auth_error server_error "
    "model_not_found context_length_exceeded content_filter quota_exceeded overloaded "
    "bad_request cancelled max_iterations tool_error unknown".split()
)
"""Why a call failed, as `configs/failures.yaml` describes it; unknown comes last."""

UNKNOWN = "unknown"

LABEL = "label"
"""The evidence of a verdict that rests on nothing but what the source called the failure."""
