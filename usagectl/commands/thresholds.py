"""What is too much: the options of `usagectl regress`, as gates."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from usagectl.commands import options
from usagectl.commands.choices import choice
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import Measure, NewGroups

if TYPE_CHECKING:
    from fractions import Fraction

    from usagectl.config.gate import Gate
    from usagectl.gates.limits import Floors

_SHOWN = 40


class Thresholds(NamedTuple):
    """The options that say what is too much, as the user wrote them."""

    threshold: Annotated[
        list[str] | None,
        typer.Option(
            "--threshold",
            "-t",
            metavar="GATE",
            help="What is too much: 2x, +20%, +2000, input_tokens=2x, cost<=$2,"
            " p95(duration)<=30s, 'task=Expand*: output_tokens=+30%'; what is too little:"
            " calls>=0.8x. Repeatable, added to the `gates:` of usagectl.yaml. Without any 2x.",
            show_default=False,
        ),
    ] = None
    by: options.By = "task"
    min_tokens: Annotated[int, options.tokens("A factor of fewer tokens breaks nothing.")] = 1000
    min_calls: Annotated[
        int, options.tokens("A factor in a group of fewer calls breaks nothing.")
    ] = 1
    min_coverage: Annotated[
        str | None,
        typer.Option(
            metavar="PERCENT",
            help="Of how many calls the tokens must be known. By default of as many as in the"
            " base.",
            show_default=False,
        ),
    ] = None
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Groups of the base may be missing.")
    ] = False
    new_tasks: Annotated[
        NewGroups,
        choice(NewGroups, "choice", help="What groups mean that the base does not have."),
    ] = NewGroups.WARN

    @property
    def floors(self) -> "Floors":
        """Below what a factor breaks nothing."""
        from usagectl.gates.limits import Floors

        return Floors(self.min_tokens, self.min_calls)

    def gates(self) -> "tuple[Gate, ...]":
        """The gates of `usagectl.yaml`, then those of the command line; 2x where there are none.

        Raises:
            GateSyntaxError: One of them cannot be read.
        """
        from usagectl.config.gate import amount
        from usagectl.config.gate_grammar import parse
        from usagectl.config.gate_subject import Subject
        from usagectl.config.settings import find_config
        from usagectl.gates.check import DEFAULT_GATE

        found = [*find_config().gates, *map(parse, self.threshold or ())]
        if all(gate.subject.coverage for gate in found):
            found.append(parse(DEFAULT_GATE))
        if self.min_coverage is not None:
            share = percentage("--min-coverage", self.min_coverage, 100)
            subject = Subject(Measure.TOTAL_TOKENS, coverage=True)
            found.append(parse(f"coverage>={amount(subject, share, up=False)}"))
        return tuple(found)

    def words(self) -> tuple[str, ...]:
        """The same options as words of a command, without those that are as they are by default."""
        words = [word for gate in self.threshold or () for word in ("--threshold", gate)]
        for name in ("by", "min_tokens", "min_calls", "min_coverage", "new_tasks"):
            value = getattr(self, name)
            if value != self._field_defaults[name]:
                words += [f"--{name.replace('_', '-')}", str(value)]
        return (*words, "--allow-missing") if self.allow_missing else tuple(words)


def percentage(option: str, text: str, most: int | None) -> "Fraction":
    """The share that a user wrote as an option; `most` is the largest percentage there is.

    Raises:
        WrongUsageError: It is none.
    """
    from usagectl.config.gate_numbers import percentage as read

    try:
        return read(text, most)
    except ValueError as error:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        raise WrongUsageError(f"{option} {shown!r}: {error}") from None
