"""Failures for a notebook: the calls that failed, each with why; the verdict about a message."""

from collections.abc import Sequence

import polars as pl

from usagectl.dataset.evidence import where_found
from usagectl.dataset.usage import Usage
from usagectl.failures.classify import Verdict, about
from usagectl.failures.ruleset import load_rules
from usagectl.failures.secrets import masked


def failed(usage: Usage) -> pl.DataFrame:
    """The calls that failed.

    Args:
        usage: What `load` gave. With `load(..., evidence=True)` the texts are looked for in all
            files of the runs, as `usagectl errors` does; by default where that costs little.

    Returns:
        The columns of the calls (`usagectl.model.schema`): `failure` is the category,
        `failure_rule` and `failure_evidence` say why, `outcome` is the source's own label.
        `message` is the text, with likely secrets masked; null where there is none. `found_by` says
        where it is from (record, error_id, task and time, nowhere), `found_in` names the file and
        the line.
    """
    calls = where_found(usage).filter(pl.col("status") == "failed")
    return calls.with_columns(masked(pl.col("message"))).drop("line").collect()


def classify(message: str, *, rules: Sequence[str] = ()) -> Verdict:
    """Tell why a call failed of which this is the message.

    Args:
        message: An error message, with its traceback or without.
        rules: Files of rules that come before those of usagectl.

    Returns:
        `category`, the `rule` that decided and the `evidence` that it found (`status`, `type`,
        `class`, `text`; both None for `unknown`), `others` that rules see in it too, and the
        `message` with likely secrets masked.

    Raises:
        WrongUsageError: A file of rules is wrong.
    """
    return about(message, load_rules(rules))
