"""What LLM pipelines consume, as Polars frames.

    import usagectl

    usage = usagectl.load("runs/qwen9b", "runs/qwen35b")
    usagectl.summarize(usagectl.price(usage), by="task")
    comparison = usagectl.compare(usagectl.load("runs/qwen9b"), usagectl.load("runs/qwen35b"))
    usagectl.check(comparison, "2x").passed

`load` returns a `Usage` with `.calls` and `.stages` (lazy frames in the columns of
`usagectl.model.schema`), `.rejects` and `.notices`. What is written wrongly raises a
`WrongUsageError`, what the data cannot answer a `NoAnswerError`; both are a `UsagectlError`. The
command line is a client of these functions and shows the same numbers. Polars is imported when they
are first used.
"""

from usagectl._version import __version__

# Nothing else is imported before the program is ready for Ctrl-C, not even typing.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from usagectl.aggregation.metrics import summarize
    from usagectl.comparison.compare import Comparison, compare
    from usagectl.dataset.failed_calls import classify, failed
    from usagectl.dataset.load import load
    from usagectl.dataset.usage import Usage
    from usagectl.gates.check import Checked, check
    from usagectl.model.exceptions import NoAnswerError, UsagectlError, WrongUsageError
    from usagectl.model.notices import Notice, Reject
    from usagectl.pricing.apply import price

__all__ = [
    "Checked",
    "Comparison",
    "NoAnswerError",
    "Notice",
    "Reject",
    "Usage",
    "UsagectlError",
    "WrongUsageError",
    "__version__",
    "check",
    "classify",
    "compare",
    "failed",
    "load",
    "price",
    "summarize",
]

_HOMES = {
    "Checked": "usagectl.gates.check",
    "Comparison": "usagectl.comparison.compare",
    "NoAnswerError": "usagectl.model.exceptions",
    "Notice": "usagectl.model.notices",
    "Reject": "usagectl.model.notices",
    "Usage": "usagectl.dataset.usage",
    "UsagectlError": "usagectl.model.exceptions",
    "WrongUsageError": "usagectl.model.exceptions",
    "check": "usagectl.gates.check",
    "classify": "usagectl.dataset.failed_calls",
    "compare": "usagectl.comparison.compare",
    "failed": "usagectl.dataset.failed_calls",
    "load": "usagectl.dataset.load",
    "price": "usagectl.pricing.apply",
    "summarize": "usagectl.aggregation.metrics",
}


def __getattr__(name: str) -> "Any":
    if name not in _HOMES:
        raise AttributeError(f"module 'usagectl' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
