"""What must be alike for a comparison to mean what it seems to: where it is not, a notice."""

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from usagectl.aggregation.side import MODEL, SUMS, Side
from usagectl.aggregation.sketch import OK, SAMPLES, alike, counted
from usagectl.model.names import Key, Measure, Presence
from usagectl.model.notices import Notice
from usagectl.model.wording import plural, some_of


def notices(base: Side, new: Side, groups: pl.DataFrame, totals: pl.DataFrame) -> list[Notice]:
    """The doubts about a comparison, then those of its sides.

    Args:
        base: The base.
        new: The new side.
        groups: The measures of its groups.
        totals: The measures of all calls.
    """
    return [
        *_same(base, new),
        *_models(base, new),
        *_missing(base, new, groups),
        *_coverage(base, new, totals),
        *_conventions(base, new),
        *_prices(base, new),
        *_machines(base, new),
        *_runs(base, new),
        *_of_sides(base, new),
    ]


def _same(base: Side, new: Side) -> Iterator[Notice]:
    order = [key.value for key in base.keys] + [MODEL, OK]
    cells = (side.cells.sort(order, nulls_last=True).select(*order, *SUMS) for side in (base, new))
    if (base.first, base.last) != (new.first, new.last) or not next(cells).equals(next(cells)):
        return
    # Other calls can have the same sums.
    keys = [key.value for key in base.keys]
    if all(_same_values(base.samples[c], new.samples[c], keys, c) for c in SAMPLES):
        yield Notice("same-calls", "both sides hold the same calls: nothing can have changed")


def _same_values(base: pl.DataFrame, new: pl.DataFrame, keys: Sequence[str], column: str) -> bool:
    both = pl.concat([base.with_columns(new=False), new.with_columns(new=True)])
    values = alike(both, [*keys, OK], column)
    one, other = (counted(values.filter(new=is_new), keys, column) for is_new in (False, True))
    return one.equals(other)


def models_of(side: Side) -> list[str]:
    """The models that answered at least one call, well or not."""
    cells = side.cells.filter(pl.col(OK) | pl.col("total_tokens").is_not_null())
    answered = cells.get_column(MODEL).drop_nulls().unique()
    return sorted(answered.to_list())


def _models(base: Side, new: Side) -> Iterator[Notice]:
    before, after = models_of(base), models_of(new)
    if before and after and before != after and base.keys != (Key.MODEL,):
        gone = [model for model in before if model not in after]
        come = [model for model in after if model not in before]
        texts = [
            f"only {side.name} has {some_of(names)}"
            for side, names in ((base, gone), (new, come))
            if names
        ]
        yield Notice("different-models", f"the models differ: {', '.join(texts)}", len(gone + come))


def _missing(base: Side, new: Side, groups: pl.DataFrame) -> Iterator[Notice]:
    keys = [key.value for key in base.keys]
    what = " and ".join(keys)
    rows = groups.filter(pl.col("measure") == Measure.CALLS).sort(keys, nulls_last=True)
    for presence, side in ((Presence.GONE, base), (Presence.NEW, new)):
        only = rows.filter(pl.col("presence") == presence).select(keys).rows()
        if only:
            names = [", ".join(value or "-" for value in row) for row in only]
            yield Notice(
                f"{presence}-groups",
                f"{len(only)} {what}{plural(len(only))} only in {side.name}: {some_of(names)}",
                len(only),
            )


def _coverage(base: Side, new: Side, totals: pl.DataFrame) -> Iterator[Notice]:
    row = totals.row(by_predicate=pl.col("measure") == Measure.TOTAL_TOKENS, named=True)
    unknown = {side: row[f"{side}_calls"] - row[f"{side}_known"] for side in ("base", "new")}
    if any(unknown.values()):
        texts = [
            f"{row[f'{side}_known']:,} of {row[f'{side}_calls']:,} calls of {name}"
            for side, name in (("base", base.name), ("new", new.name))
        ]
        yield Notice(
            "unknown-usage", f"tokens are known of {' and '.join(texts)}", sum(unknown.values())
        )


def _conventions(base: Side, new: Side) -> Iterator[Notice]:
    before, after = ({text for _, text in side.conventions} for side in (base, new))
    if before != after:
        formats = [sorted({name for name, _ in side.conventions}) for side in (base, new)]
        texts = (
            f"{side.name} ({', '.join(names)}): {'; '.join(sorted(conventions))}"
            for side, names, conventions in zip((base, new), formats, (before, after), strict=True)
        )
        yield Notice("other-convention", f"tokens are stated in other ways: {' / '.join(texts)}")


def _prices(base: Side, new: Side) -> Iterator[Notice]:
    before, after = (sorted(side.cost_sources) for side in (base, new))
    if before and after and before != after:
        yield Notice(
            "other-cost-source",
            f"costs come from other sources: {base.name}: {', '.join(before)};"
            f" {new.name}: {', '.join(after)} (--cost-mode decides)",
        )
    if base.priced and new.priced and base.priced != new.priced:
        texts = (f"{side.name} of {_days(side.priced)}" for side in (base, new) if side.priced)
        yield Notice(
            "other-price-date",
            f"prices are those of the calls' own days, {', '.join(texts)}"
            " (--price-date takes those of one day)",
        )


def _days(days: tuple[date, date]) -> str:
    first, last = (day.isoformat() for day in days)
    return first if first == last else f"{first} to {last}"


def _machines(base: Side, new: Side) -> Iterator[Notice]:
    if base.machines and new.machines and base.machines != new.machines:
        texts = (f"{side.name} on {some_of(sorted(side.machines))}" for side in (base, new))
        yield Notice("other-machine", f"the machines differ: {', '.join(texts)}")


def _runs(base: Side, new: Side) -> Iterator[Notice]:
    if len(base.runs) > 1 or len(new.runs) > 1:
        counts = [f"{len(s.runs)} run{plural(len(s.runs))} of {s.name}" for s in (base, new)]
        yield Notice("mean-of-runs", f"figures are means per run: {' and '.join(counts)}")


def of_steps(base: Side, new: Side) -> Iterator[Notice]:
    """Sides of which the values of single calls are known within an error alone."""
    for side in (base, new):
        if any(frame.get_column("stepped").any() for frame in side.samples.values()):
            yield Notice(
                "values-in-steps",
                f"{side.name} keeps values of single calls within 1 %: what the tests of both sides"
                " compare is rounded down so",
            )


def _of_sides(base: Side, new: Side) -> Iterator[Notice]:
    both = set(base.notices) & set(new.notices)
    yield from (notice for notice in base.notices if notice in both)
    for side in (base, new):
        for notice in side.notices:
            if notice not in both:
                yield notice._replace(text=f"{side.name}: {notice.text}")
