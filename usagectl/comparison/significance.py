"""What a change means: better or worse, noise, too few samples to tell, or not comparable.

- A count does not vary by chance and is compared as it is. So is a change of which at least half
  comes from counts: more calls, failed calls, larger prompts, other models. Counts that point the
  other way are no part of it.
- Anything else is tested. Several runs a side are the samples, where they are enough to tell
  anything; else the calls that went well, within a group, by Mann and Whitney; and for all calls
  the groups, as pairs, by Wilcoxon, on the factors by which they changed.
- The p-values of the groups are corrected by Holm for each measure.
- The side whose figure rests on a smaller share of its calls cannot look like the better one, nor
  can the one that lacks groups where the groups that both have moved the other way. And nothing is
  said of a change of which at least half is that other calls have known usage.
- What adds up and falls with the number of successful calls is less work and nothing better; what
  rises is more work where these calls make at least half of the rise. See
  `usagectl.comparison.workload`.
"""

import math
from collections.abc import Sequence

import polars as pl

from usagectl.aggregation.side import Side, added_up
from usagectl.aggregation.sketch import OK, alike
from usagectl.comparison.measures import MEASURES, Definition
from usagectl.comparison.rank_tests import (
    ALPHA,
    holm,
    least_p,
    least_paired_p,
    mann_whitney_groups,
    wilcoxon,
)
from usagectl.model.names import Measure, Part, Presence, Verdict

_ALONE = (Part.NEW_GROUPS, Part.GONE_GROUPS)
COUNTED = (
    Part.CALLS,
    Part.FAILED_CALLS,
    Part.FAILED_SIZE,
    Part.REPORTED,
    Part.INPUT_PER_CALL,
    Part.MODEL_MIX,
    *_ALONE,
)
"""The parts of a change that do not vary by chance."""

_TESTS = {
    "p": pl.Float64,
    "p_corrected": pl.Float64,
    "base_n": pl.Int64,
    "new_n": pl.Int64,
    "least_p": pl.Float64,
    "test": pl.String,
}
_SAMPLED = {measure: d for measure, d in MEASURES.items() if d.sample is not None}


def tests_of_groups(base: Side, new: Side) -> pl.DataFrame:
    """Test each group and each measure that varies by chance.

    Returns:
        The keys, `measure`, `p`, `p_corrected` for the number of groups, `base_n` and `new_n`
        samples, the `least_p` that so many could reach, and which `test`.
    """
    keys = [key.value for key in base.keys]
    over_runs = _enough_runs(base, new)
    frames = []
    for measure, definition in _SAMPLED.items():
        samples = _run_samples(base, new, keys, definition) if over_runs else None
        if samples is None:
            samples = _call_samples(base, new, keys, definition)
        found = mann_whitney_groups(samples.lazy(), keys)
        sizes = found.select("base_n", "new_n").iter_rows()
        corrected = holm(found.get_column("p").to_list())
        frames.append(
            found.with_columns(
                pl.Series("p_corrected", corrected, dtype=pl.Float64),
                pl.Series("least_p", [least_p(*size) for size in sizes], dtype=pl.Float64),
                measure=pl.lit(measure.value),
                test=pl.lit(f"mann-whitney over {'runs' if over_runs else 'calls'}"),
            ).select(*keys, "measure", *_TESTS)
        )
    return pl.concat(frames)


def tests_of_totals(
    base: Side, new: Side, groups: pl.DataFrame, of_groups: pl.DataFrame
) -> pl.DataFrame:
    """Test all calls together: over runs, else over the groups that both have, else over calls.

    A single group that both have is its own total.

    Args:
        base: The base.
        new: The new side.
        groups: The measures of the groups, as `measures.measured` returns them.
        of_groups: Their tests.
    """
    both = groups.filter(pl.col("presence") == Presence.BOTH)
    if both.is_empty() or _enough_runs(base, new):
        whole = base._replace(keys=()), new._replace(keys=())
        return tests_of_groups(*whole)
    if both.filter(pl.col("measure") == Measure.CALLS).height == 1:
        on = [*(key.value for key in base.keys), "measure"]
        own = of_groups.join(both, on=on, how="semi", nulls_equal=True)
        return own.select("measure", *_TESTS).with_columns(p_corrected="p")
    rows = []
    columns = ["base_numerator", "base_denominator", "new_numerator", "new_denominator"]
    for measure in _SAMPLED:
        known = both.filter(measure=measure.value).drop_nulls(columns)
        differences = [_factor(*row) for row in known.select(columns).iter_rows()]
        p = wilcoxon(differences)
        telling = sum(1 for d in differences if d)
        n = len(differences)
        rows.append((measure.value, p, p, n, n, least_paired_p(telling), "wilcoxon over groups"))
    return pl.DataFrame(rows, schema={"measure": pl.String, **_TESTS}, orient="row")


def judged(
    measures: pl.DataFrame,
    tests: pl.DataFrame,
    parts: pl.DataFrame,
    work: pl.DataFrame,
    keys: Sequence[str],
) -> pl.DataFrame:
    """The measures with their tests and `verdict`.

    Args:
        measures: As `measures.measured` returns them.
        tests: The tests of the same rows.
        parts: The keys, `measure`, `part` and `amount` of their changes.
        work: Which of them come with less or more work, as `usagectl.comparison.workload` returns
            them.
        keys: The columns that make a group; none for all calls.
    """
    on = [*keys, "measure"]
    amount = pl.col("amount")
    alone = pl.col("part").is_in(_ALONE)
    direction = amount.sum().sign()
    most = amount.sum().abs()

    def share(of: Sequence[Part]) -> pl.Expr:
        return pl.when(pl.col("part").is_in(of)).then(amount).sum() * direction

    counted = parts.group_by(on).agg(
        counted=share(COUNTED) * 2 >= most,
        # Without the groups that only one side has, is the direction the same?
        turned=alone.any()
        & (~alone).any()
        & (pl.when(~alone).then(amount).sum().sign() != direction),
        unreported=(most > 0) & (share([Part.REPORTED]) * 2 >= most),
    )
    exact = [measure.value for measure in Measure if measure not in _SAMPLED]
    return (
        measures.join(tests, on=on, how="left", nulls_equal=True, maintain_order="left")
        .join(counted, on=on, how="left", nulls_equal=True, maintain_order="left")
        .join(work, on=on, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(counted=pl.col("measure").is_in(exact) | pl.col("counted").fill_null(False))
        .with_columns(open=(pl.col("p_corrected") > ALPHA).sum().over("measure"))
        .with_columns(verdict=_verdict())
        .drop("open", "turned", "unreported", "less_work", "more_work")
    )


def _verdict() -> pl.Expr:
    base, new = pl.col("base"), pl.col("new")
    less = [measure.value for measure, d in MEASURES.items() if d.less_is_better]
    better = (new < base) == pl.col("measure").is_in(less)
    base_coverage = pl.col("base_known").cast(pl.Int128) * pl.col("new_calls")
    new_coverage = pl.col("new_known").cast(pl.Int128) * pl.col("base_calls")
    equal = pl.col("base_numerator").cast(pl.Int128) * pl.col("new_denominator") == (
        pl.col("new_numerator").cast(pl.Int128) * pl.col("base_denominator")
    )
    flattered = (better & (new_coverage < base_coverage)) | (
        ~better & (base_coverage < new_coverage)
    )
    tested = ~pl.col("counted")
    # Even the clearest difference, corrected for those that are not clear, would not be enough.
    too_few = pl.col("least_p") * pl.col("open") > ALPHA
    # The first that holds decides.
    cases = (
        (pl.col("presence") == Presence.NEW, Verdict.NEW),
        (pl.col("presence") == Presence.GONE, Verdict.GONE),
        (base.is_null() & new.is_null(), Verdict.UNKNOWN),
        (base.is_null() | new.is_null(), Verdict.NOT_COMPARABLE),
        (equal, Verdict.SAME),
        (flattered | pl.col("unreported"), Verdict.NOT_COMPARABLE),
        ((new < base) & pl.col("less_work"), Verdict.LESS_WORK),
        ((new > base) & pl.col("more_work"), Verdict.MORE_WORK),
        (pl.col("turned"), Verdict.NOT_COMPARABLE),
        (tested & (pl.col("p").is_null() | too_few), Verdict.TOO_FEW),
        (tested & (pl.col("p_corrected") > ALPHA), Verdict.NOISE),
        (better, Verdict.BETTER),
    )
    return pl.coalesce(
        *(pl.when(case).then(pl.lit(verdict)) for case, verdict in cases), pl.lit(Verdict.WORSE)
    )


def _enough_runs(base: Side, new: Side) -> bool:
    return least_p(len(base.runs), len(new.runs)) <= ALPHA


def _call_samples(
    base: Side, new: Side, keys: Sequence[str], definition: Definition
) -> pl.DataFrame:
    column = definition.sample or ""
    both = pl.concat(
        side.samples[column].filter(OK).with_columns(new=pl.lit(is_new))
        for side, is_new in ((base, False), (new, True))
    )
    values = alike(both, [*keys, OK], column)
    # Only in a baseline is a row more than one call.
    return values if values.get_column("calls").max() != 1 else values.drop("calls")


def _run_samples(
    base: Side, new: Side, keys: Sequence[str], definition: Definition
) -> pl.DataFrame:
    """A value for each group and run; a run without the group has 0 of what adds up."""
    above = pl.col(definition.sum_of).cast(pl.Float64)
    frames = []
    for side, is_new in ((base, False), (new, True)):
        sums = added_up(side.by_run, [*keys, "run_of_side"])
        if definition.over is None:
            runs = pl.DataFrame({"run_of_side": side.runs})
            grid = sums.select(keys).unique().join(runs, how="cross") if keys else runs
            sums = grid.join(sums, on=[*keys, "run_of_side"], how="left", nulls_equal=True)
            value = pl.when(pl.col("calls").is_null()).then(0.0).otherwise(above)
        else:
            over = pl.col(definition.over)
            value = pl.when(over > 0).then(above / over)
        frames.append(sums.select(*keys, new=pl.lit(is_new), value=value))
    return pl.concat(frames)


def _factor(base: int, base_over: int, new: int, new_over: int) -> float:
    """By which factor a quotient changed: positive where it grew, negative where it shrank.

    The factor is that of the larger to the smaller, so that halved and doubled weigh the same, and
    0 where nothing changed.
    """
    before, after = base * new_over, new * base_over
    if before == after:
        return 0
    less, more = sorted((before, after))
    return (more / less if less else math.inf) * (1 if after > before else -1)
