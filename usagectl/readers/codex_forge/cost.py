"""What codex-forge's calls cost by the price table in the report beside them."""

from collections.abc import Mapping, Sequence

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.readers.codex_forge.report import Report


def priced(
    files: Sequence[SourceFile], frame: pl.DataFrame, reports: Mapping[int, Report]
) -> pl.DataFrame:
    """Give each call its cost as the report beside it reckons: a default for unknown models."""
    beside = {(files[i].run, files[i].folder): report for i, report in reports.items()}
    keys = frame.select("file", "model").unique().sort("file", "model", nulls_last=True)
    rows = []
    for index, model in keys.iter_rows():
        report = beside.get((files[index].run, files[index].folder))
        rate = report and (report.rates.get(model) or report.default)
        if report and rate:
            rows.append((index, model, *rate, model not in report.rates))
    table = pl.DataFrame(
        rows,
        schema={
            "file": pl.UInt32,
            "model": pl.String,
            "per_prompt": pl.Float64,
            "per_completion": pl.Float64,
            "by_default": pl.Boolean,
        },
        orient="row",
    )
    with_rates = frame.join(
        table, on=["file", "model"], how="left", maintain_order="left", nulls_equal=True
    )
    return with_rates.join(
        _reckoned(with_rates), on=_FACTORS, how="left", maintain_order="left"
    ).with_columns(
        by_default=pl.col("by_default") & pl.col("cost").is_null(),
        cost=pl.coalesce("cost", "reckoned"),
    )


_FACTORS = ["prompt_tokens", "completion_tokens", "per_prompt", "per_completion"]


def _reckoned(calls: pl.DataFrame) -> pl.DataFrame:
    """The cost of each distinct reckoning, with Python's own rounding as codex-forge does it."""
    distinct = calls.select(_FACTORS).unique().drop_nulls()
    costs = [
        round(prompt / 1000 * per_prompt + completion / 1000 * per_completion, 6)
        for prompt, completion, per_prompt, per_completion in distinct.iter_rows()
    ]
    return distinct.with_columns(reckoned=pl.Series(costs, dtype=pl.Float64))
