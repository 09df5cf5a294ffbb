"""Why nothing can be answered: no file is known, or nothing in the files could be read."""

import os
from collections.abc import Sequence

import polars as pl

from usagectl.dataset.usage import Usage
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.notices import Reject
from usagectl.model.wording import plural, some_of
from usagectl.readers.registry import LOOKS_LIKE, hint

_SHOWN = 5


def require_calls(usage: Usage) -> None:
    """See to it that there is something to answer with.

    Raises:
        NoAnswerError: No call could be read, and some records were refused.
    """
    others = pl.sum_horizontal("merged", "ignored", "rejected")
    calls = usage.files.select((pl.col("records") - others).sum()).item()
    if not calls and usage.rejects:
        first = usage.rejects[0]
        line = f", line {first.line}" if first.line else ""
        raise NoAnswerError(
            f"no call could be read, and {len(usage.rejects)} record{plural(len(usage.rejects))}"
            f" could not: {first.source}{line}: {first.reason} (`usagectl doctor` lists them)"
        )


def nothing_known(unclaimed: Sequence[tuple[str, str]], rejects: Sequence[Reject]) -> str:
    """No reader knows any of the files; what there is instead."""
    message = "no usage files of any known format"
    if rejects:
        message += f"; {rejects[0].source}: {rejects[0].reason}"
    if unclaimed:
        names = [
            f"{os.path.basename(path)} ({why})" if _is_worth_saying(why) else os.path.basename(path)
            for path, why in unclaimed
        ]
        message += f"; found {some_of(names, _SHOWN)}"
        message += hint(os.path.basename(path) for path, _ in unclaimed)
        if any(why.startswith(LOOKS_LIKE) for _, why in unclaimed):
            message += "; `usagectl doctor --suggest-map FILE` proposes how to read it with --map"
    elif not rejects:
        message += "; found no files at all"
    return message


def _is_worth_saying(why: str) -> bool:
    return "archive" in why or why.startswith(LOOKS_LIKE)
