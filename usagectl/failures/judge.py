"""Why calls fail: every failed call gets a category, the rule that gave it, and its evidence.

What the record states decides first, then its text, and the source's own label only where there is
nothing else. The label itself stays in `outcome`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from usagectl.model.categories import CATEGORIES, LABEL, UNKNOWN
from usagectl.model.schema import FAILURE_COLUMNS

if TYPE_CHECKING:
    from usagectl.failures.rules import Rules

_SAID = ("message", "http_status", "outcome")
_FAILED = pl.col("status") == "failed"


def judged(calls: pl.LazyFrame, said: pl.DataFrame, files: Sequence[str] = ()) -> pl.LazyFrame:
    """The calls with `failure`, `failure_rule` and `failure_evidence`.

    Args:
        calls: Calls of any status.
        said: What their records say, as `said_of` returns it.
        files: Rules of the user, before those that usagectl comes with.

    Raises:
        WrongUsageError: A file of rules is wrong, and there are failures to judge.
    """
    if said.is_empty():
        nothing = (pl.lit(None, dtype).alias(name) for name, dtype in FAILURE_COLUMNS.items())
        return calls.with_columns(nothing)
    if not files and _only_labels(said):
        return _labelled(calls)
    # Most runs have no more than labels: reading the rules would cost them a tenth of their time.
    from usagectl.failures.ruleset import load_rules

    return _joined(calls, said, load_rules(files))


def said_of(calls: pl.LazyFrame) -> pl.DataFrame:
    """What the records say about failures, each wording once, and of how many `calls`."""
    wordings = calls.filter(_FAILED).group_by(_SAID, maintain_order=True)
    return wordings.agg(pl.col("calls").sum()).collect()


def bare(said: pl.DataFrame) -> int:
    """How many calls failed of which no text is known."""
    return int(said.filter(pl.col("message").is_null())["calls"].sum())


def _only_labels(said: pl.DataFrame) -> bool:
    bare = said["message"].null_count() == said["http_status"].null_count() == said.height
    return bare and bool(said["outcome"].is_in(CATEGORIES).fill_null(True).all())


def _labelled(calls: pl.LazyFrame) -> pl.LazyFrame:
    label = pl.col("outcome")
    return calls.with_columns(
        failure=pl.when(_FAILED).then(label.fill_null(UNKNOWN)),
        failure_rule=pl.lit(None, pl.String),
        failure_evidence=pl.when(_FAILED & label.is_not_null()).then(pl.lit(LABEL)),
    )


def _joined(calls: pl.LazyFrame, said: pl.DataFrame, rules: "Rules") -> pl.LazyFrame:
    judged = pl.concat([said.select(_SAID), judge(said, rules)], how="horizontal")
    return calls.join(
        judged.lazy(), on=_SAID, how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(pl.when(_FAILED).then(pl.col(name)).alias(name) for name in FAILURE_COLUMNS)


def judge(said: pl.DataFrame, rules: "Rules") -> pl.DataFrame:
    """Verdicts about failures, in the columns of `FAILURE_COLUMNS`.

    Args:
        said: `message`, `http_status` and `outcome` of each failure.
        rules: What decides.
    """
    from usagectl.failures.matching import EVIDENCE, verdicts

    # Some sources give the class of the exception as their outcome.
    evidence = said.select(*_SAID, error_class="outcome", error_type=pl.lit(None, pl.String))
    found = verdicts(evidence.select(EVIDENCE.names()), rules)
    label = pl.lit(said["outcome"]).replace_strict(
        {name: name for name in rules.categories}, default=None, return_dtype=pl.String
    )
    return found.select(
        failure=pl.coalesce("category", label, pl.lit(UNKNOWN)),
        failure_rule="rule",
        failure_evidence=pl.coalesce("evidence", pl.when(label.is_not_null()).then(pl.lit(LABEL))),
    )
