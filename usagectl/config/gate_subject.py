"""What a gate can be of, and in which units its limit is written."""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from usagectl.model.aliases import METRIC_ALIASES
from usagectl.model.names import Measure

MORE_IS_BETTER = (Measure.TOKENS_PER_SECOND, Measure.CACHE_SHARE)

ALIASES: Mapping[str, str] = {
    alias: name for alias, name in METRIC_ALIASES.items() if name in list(Measure)
}
SUCCESSFUL = "successful_calls"
NAMES = (
    *Measure, *ALIASES, SUCCESSFUL, "coverage", "priced", "failed(LABEL)", "p95(duration)"
)  # fmt: skip


class Kind(StrEnum):
    """What a limit counts, as a message says it."""

    COUNT = "a number"
    TIME = "a time"
    MONEY = "an amount of money"
    SHARE = "a share"


KINDS: Mapping[Kind, Mapping[str, Fraction]] = {
    Kind.COUNT: {
        "": Fraction(1),
        "k": Fraction(1000),
        "K": Fraction(1000),
        "M": Fraction(1_000_000),
        "B": Fraction(1_000_000_000),
    },
    Kind.TIME: {
        "us": Fraction(1, 1_000_000),
        "ms": Fraction(1, 1000),
        "s": Fraction(1),
        "m": Fraction(60),
        "h": Fraction(3600),
    },
    Kind.MONEY: {"$": Fraction(1)},
    Kind.SHARE: {"%": Fraction(1, 100), "pts": Fraction(1, 100)},
}
UNITS = ("x", "%", "pts", *(unit for unit in KINDS[Kind.COUNT] if unit), *KINDS[Kind.TIME])
FORMS = {
    Kind.COUNT: "2000, 500k, 2M",
    Kind.TIME: "500ms, 30s, 5m, 2h",
    Kind.MONEY: "$2",
    Kind.SHARE: "10% (a growth as +5pts)",
}

_KIND_OF = {
    Measure.DURATION_SECONDS: Kind.TIME,
    Measure.COST_USD: Kind.MONEY,
    Measure.FAILURE_RATE: Kind.SHARE,
    Measure.CACHE_SHARE: Kind.SHARE,
}


class Subject(NamedTuple):
    """What a gate is of: a measure, a percentile or the coverage of one, or failed calls.

    The failed calls are those of the labels that meet the glob `failure`. `successful` is for the
    calls that went well, instead of all.
    """

    measure: Measure | None = None
    percentile: int | None = None
    coverage: bool = False
    failure: str | None = None
    successful: bool = False

    @property
    def kind(self) -> Kind:
        """What its limit counts."""
        if self.coverage:
            return Kind.SHARE
        return _KIND_OF.get(self.measure, Kind.COUNT) if self.measure else Kind.COUNT

    @property
    def more_is_better(self) -> bool:
        """Whether a limit is the least that passes."""
        return self.coverage or self.successful or self.measure in MORE_IS_BETTER

    @property
    def two_sided(self) -> bool:
        """Whether a limit may be the least or the most: fewer calls cost less, and do less."""
        return self.measure is Measure.CALLS and not self.successful

    @property
    def of_run_alone(self) -> bool:
        """Whether groups have no such figure."""
        return self.failure is not None

    @property
    def noisy(self) -> bool:
        """Whether it varies from run to run although nothing has changed."""
        timed = (Measure.DURATION_SECONDS, Measure.TOKENS_PER_SECOND)
        return not self.coverage and (self.percentile is not None or self.measure in timed)

    def __str__(self) -> str:
        """As a gate writes it."""
        if self.failure is not None:
            return f"failed({self.failure})"
        if self.coverage:
            return "priced" if self.measure is Measure.COST_USD else "coverage"
        if self.successful:
            return SUCCESSFUL
        if self.percentile is not None:
            return f"p{self.percentile}({self.measure})"
        return str(self.measure)
