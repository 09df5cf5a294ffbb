"""What LLM pipelines consume, as Polars frames.

    import usagectl

    usage = usagectl.load("runs/qwen9b", "runs/qwen35b")
    usagectl.summarize(usagectl.price(usage), by="task")
    comparison = usagectl.compare(usagectl.load("runs/qwen9b"), usagectl.load("runs/qwen35b"))
    usagectl.check(comparison, "2x").passed

`load` returns a `Usage` with `.calls` and `.stages` (lazy frames in the columns of
`usagectl.schema`), `.rejects` and `.notices`. What is written wrongly raises a `WrongUsageError`,
what the data cannot answer a `NoAnswerError`; both are a `UsagectlError`. The command line is a
client of these functions and shows the same numbers. Polars is imported when they are first used.
"""

from usagectl._version import __version__

# Nothing else is imported before the program is ready for Ctrl-C, not even typing.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from usagectl.comparison import Comparison, compare
    from usagectl.exceptions import NoAnswerError, UsagectlError, WrongUsageError
    from usagectl.failed_calls import classify, failed
    from usagectl.gating import Checked, check
    from usagectl.notices import Notice, Reject
    from usagectl.priced_calls import price
    from usagectl.summary import summarize
    from usagectl.usage import Usage, load

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
    "Checked": "usagectl.gating",
    "Comparison": "usagectl.comparison",
    "NoAnswerError": "usagectl.exceptions",
    "Notice": "usagectl.notices",
    "Reject": "usagectl.notices",
    "Usage": "usagectl.usage",
    "UsagectlError": "usagectl.exceptions",
    "WrongUsageError": "usagectl.exceptions",
    "check": "usagectl.gating",
    "classify": "usagectl.failed_calls",
    "compare": "usagectl.comparison",
    "failed": "usagectl.failed_calls",
    "load": "usagectl.usage",
    "price": "usagectl.priced_calls",
    "summarize": "usagectl.summary",
}


def __getattr__(name: str) -> "Any":
    if name not in _HOMES:
        raise AttributeError(f"module 'usagectl' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
