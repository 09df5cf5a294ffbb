"""P-values against SciPy, which only the tests know."""

import random

import polars as pl
import pytest
from scipy import stats

from usagectl.comparison.rank_tests import (
    _EXACT_WORK,
    holm,
    least_p,
    least_paired_p,
    mann_whitney_groups,
    wilcoxon,
)

CLOSE = 1e-9


def samples(count, seed, largest):
    dice = random.Random(seed)
    for _ in range(count):
        tied = dice.random() < 0.5
        draw = (lambda: dice.randint(0, 6)) if tied else dice.random
        shift = dice.choice([0, 0, 1]) * (2 if tied else 0.3)
        n, m = dice.randint(1, largest), dice.randint(1, largest)
        yield [draw() for _ in range(n)], [draw() + shift for _ in range(m)]


def mann_whitney(base, new):
    """The p-value of two samples; None where one is empty."""
    values = pl.Series([*base, *new], dtype=pl.Float64)
    frame = pl.DataFrame({"new": [False] * len(base) + [True] * len(new), "value": values})
    return mann_whitney_groups(frame.lazy(), []).get_column("p").item()


def peer_mann_whitney(x, y):
    """SciPy's answer: its exact test knows no ties, there its permutation test counts."""
    if min(len(x), len(y)) * (len(x) + len(y)) > _EXACT_WORK:
        if len({*x, *y}) == 1:
            return 1.0
        return stats.mannwhitneyu(x, y, method="asymptotic").pvalue
    if len({*x, *y}) == len(x) + len(y):
        return stats.mannwhitneyu(x, y, method="exact").pvalue
    return None


def test_mann_whitney_agrees_with_scipy():
    compared = 0
    for x, y in samples(700, 1, 60):
        expected = peer_mann_whitney(x, y)
        if expected is not None:
            assert mann_whitney(x, y) == pytest.approx(expected, abs=CLOSE), (x, y)
            compared += 1
    assert compared >= 500


def test_mann_whitney_with_ties_agrees_with_the_permutation_test():
    dice = random.Random(2)
    everything = stats.PermutationMethod(n_resamples=10**6)
    for _ in range(100):
        x = [dice.randint(0, 4) for _ in range(dice.randint(2, 6))]
        y = [dice.randint(0, 5) for _ in range(dice.randint(2, 6))]
        expected = stats.mannwhitneyu(x, y, method=everything).pvalue
        assert mann_whitney(x, y) == pytest.approx(expected, abs=CLOSE), (x, y)


def test_a_sample_for_which_the_exact_test_of_scipy_is_wrong():
    x, y = [1, 4, 4, 1, 2, 4], [4, 6, 5, 1, 5, 1]
    assert mann_whitney(x, y) == pytest.approx(0.30303030303030304, abs=CLOSE)


def peer_wilcoxon(d):
    others = [value for value in d if value]
    if len(others) > 100:
        return stats.wilcoxon(others, correction=True, method="asymptotic").pvalue
    if len({abs(value) for value in others}) == len(others):
        return stats.wilcoxon(others, method="exact").pvalue
    if 1 < len(others) <= 9:
        everything = stats.PermutationMethod(n_resamples=10**6)
        return stats.wilcoxon(others, method=everything).pvalue
    return None


def test_wilcoxon_agrees_with_scipy():
    dice = random.Random(3)
    compared = 0
    for case in range(560):
        n = dice.randint(101, 160) if case % 10 == 0 else dice.randint(1, 60)
        if case % 2:
            d = [dice.uniform(-1, 1.3) for _ in range(n)]
        else:
            d = [dice.randint(-4, 6) for _ in range(n if case % 10 == 0 else min(n, 9))]
        if not any(d):
            continue
        expected = peer_wilcoxon(d)
        if expected is not None:
            assert wilcoxon(d) == pytest.approx(expected, abs=CLOSE), d
            compared += 1
    assert compared >= 500


def test_holm():
    assert holm([0.01, 0.04, None, 0.03, 0.005]) == pytest.approx([0.03, 0.06, None, 0.06, 0.02])
    assert holm([]) == []


def test_nothing_to_compare():
    assert mann_whitney([], [1]) is None
    assert wilcoxon([]) is None
    assert wilcoxon([0, 0]) == 1.0
    assert mann_whitney([3] * 40, [3] * 40) == 1.0


def test_least_p_is_what_the_clearest_samples_reach():
    for n, m in [(1, 1), (2, 3), (4, 4), (5, 7)]:
        x, y = range(n), range(100, 100 + m)
        assert mann_whitney(list(x), list(y)) == pytest.approx(least_p(n, m), abs=CLOSE)
    for n in range(1, 9):
        assert wilcoxon(list(range(1, n + 1))) == pytest.approx(least_paired_p(n), abs=CLOSE)


def test_swapping_the_samples_changes_nothing():
    for x, y in samples(100, 4, 30):
        assert mann_whitney(x, y) == mann_whitney(y, x)


def test_groups_in_one_pass_are_groups_one_by_one():
    rows = [
        {"task": str(i), "new": side, "value": value}
        for i, (x, y) in enumerate(samples(60, 5, 20))
        for side, part in ((False, x), (True, y))
        for value in part
    ]
    found = mann_whitney_groups(pl.LazyFrame(rows), ["task"])
    by_task = dict(found.select("task", "p").iter_rows())
    for i, (x, y) in enumerate(samples(60, 5, 20)):
        assert by_task[str(i)] == mann_whitney(x, y)


def test_counted_values_with_ties_agree_with_scipy():
    """A row may be so many samples of one value: their ties count as if each had its row."""
    dice = random.Random("counted")
    for _ in range(40):
        sides = [
            [dice.randint(0, 6) + side for _ in range(dice.randint(30, 90))] for side in (0, 1)
        ]
        rows = [
            {"new": bool(side), "value": value, "calls": part.count(value)}
            for side, part in enumerate(sides)
            for value in sorted(set(part))
        ]
        found = mann_whitney_groups(pl.LazyFrame(rows), [])["p"].item()
        assert found == pytest.approx(stats.mannwhitneyu(*sides).pvalue, abs=CLOSE)
        assert found == mann_whitney(*sides)
