"""`usagectl errors`: why calls failed, and the group of the commands below it."""

import difflib
import os
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from usagectl.commands import options
from usagectl.commands.command import Command
from usagectl.commands.errors_classify import classify
from usagectl.commands.errors_find import find
from usagectl.commands.screen import show_notices, show_report
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import CostMode, OutputFormat

_TOP = 20
_SHOW = "show"


class _OperandsOrCommand(TyperGroup):
    """`errors RUN` shows a run, `errors find` and `errors classify` are commands of their own.

    A run that has the name of a command is given as ./find.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the name of the command in front where the user left it out."""
        if args and args[0] not in self.commands and not os.path.lexists(args[0]):
            near = difflib.get_close_matches(args[0].lower(), self.commands, n=1, cutoff=0.75)
            if near:
                raise WrongUsageError(f"no command {args[0]!r}; did you mean {near[0]!r}?")
        if not args or args[0] not in self.commands:
            args = [_SHOW, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="errors",
    cls=_OperandsOrCommand,
    help="Show why calls failed: by category, with evidence, and what to do.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("find", cls=Command)(find)
app.command("classify", cls=Command)(classify)


@app.command(_SHOW, hidden=True, cls=Command)
def show(
    operands: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="OPERAND...",
            help="Run directories, files, globs, or - for standard input; LABEL=PATH names a run.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            "--group-by",
            metavar="KEY,...",
            help="Divide the categories by keys.",
            show_default=False,
        ),
    ] = None,
    messages: Annotated[
        bool, typer.Option("--messages", help="Group the messages by their shape, with counts.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--list", help="One line a failure: file, line, time, error_id.")
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option(
            metavar="CATEGORY", help="Say what a category means and what to do.", show_default=False
        ),
    ] = None,
    where: options.Where = None,
    since: options.Since = None,
    until: options.Until = None,
    top: Annotated[
        int, typer.Option(min=0, max=options.MOST_ROWS, help="Rows of a table in text; 0 for all.")
    ] = _TOP,
    rules: options.Rules = None,
    timezone: options.Timezone = None,
    output_format: options.Format = OutputFormat.TEXT,
    output: options.Output = None,
) -> None:
    """Show why calls of some runs failed: by category, with evidence, and what to do.

    Where a usage file keeps only a label, the text is looked for in the run's other files, and a
    label that it contradicts is corrected. `usagectl errors find ERROR_ID OPERAND...` shows the log
    lines of one failure, `usagectl errors classify TEXT` judges a message.
    """
    from usagectl.commands import output as target

    if explain is not None:
        _explain(explain, rules)
        return
    if not operands:
        raise WrongUsageError("errors: name a run, or a category with --explain")
    keys = options.keys(by)
    target.check_target(output)

    from usagectl.commands.loading import load_calls
    from usagectl.dataset import filters
    from usagectl.failures.ruleset import load_rules
    from usagectl.reports.errors import errors_report

    filters.parse(where, since, until, "UTC")  # A mistake shows before anything is read.
    judged_by = load_rules(options.rule_files(rules))
    usage = load_calls(operands, timezone, rules or [], evidence=True)
    report = errors_report(
        usage,
        by=keys,
        chosen=filters.parse(where, since, until, usage.zone),
        top=top or None,
        messages=messages,
        every=every,
        wanted=options.wanted(None, CostMode.AUTO, batch=False, price_date=None),
        categories=judged_by.categories,
    )
    show_report("errors", report, output_format, output)
    show_notices(report.notices, output_format)


def _explain(name: str, rules: list[str] | None) -> None:
    from usagectl.commands import output as target
    from usagectl.failures.ruleset import load_rules
    from usagectl.model.nearest import nearest
    from usagectl.render.terminal.wrapping import wrapped

    categories = load_rules(options.rule_files(rules)).categories
    if name not in categories:
        raise WrongUsageError(f"--explain: no category {name!r}{nearest(name, [*categories])}")
    category = categories[name]
    says = (category.meaning, f"retry: {category.retry}", f"to do: {category.action}")
    room = target.width() - 4
    lines = ["\n    ".join(wrapped(said, room)) for said in says]
    target.write("\n  ".join([name, *lines]), None)
