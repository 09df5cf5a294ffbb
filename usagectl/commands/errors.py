"""`usagectl errors`: why calls failed, and the group of the commands below it."""

import os
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from usagectl.commands import options
from usagectl.commands import output as target
from usagectl.commands.app import App
from usagectl.commands.errors_classify import classify
from usagectl.commands.errors_find import find
from usagectl.commands.reading import Reading
from usagectl.commands.screen import show_notices, show_report
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.wording import nearest

_TOP = 20
_SHOW = "show"


class _OperandsOrCommand(TyperGroup):
    """`errors RUN` shows a run, `errors find` and `errors classify` are commands of their own.

    A run that has the name of a command is given as ./find.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the name of the command in front where the user left it out."""
        if args and args[0] not in self.commands and not os.path.lexists(args[0]):
            import difflib

            near = difflib.get_close_matches(args[0].lower(), self.commands, n=1, cutoff=0.75)
            if near:
                raise WrongUsageError(f"no command {args[0]!r}; did you mean {near[0]!r}?")
        if not args or args[0] not in self.commands:
            args = [_SHOW, *args]
        return super().parse_args(ctx, args)


app = App(
    name="errors",
    cls=_OperandsOrCommand,
    help="Show why calls failed: by category, with evidence, and what to do.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("find")(find)
app.command("classify")(classify)


@app.command(_SHOW, hidden=True)
def show(
    operands: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="OPERAND...",
            help="Run directories, files, globs, or - for standard input; LABEL=PATH names a run.",
            show_default=False,
        ),
    ] = None,
    *,
    by: Annotated[
        str | None, options.by("Divide the categories by keys.", show_default=False)
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
    filters: options.Filters,
    top: Annotated[int, options.rows("Rows of a table in text; 0 for all.")] = _TOP,
    rules: options.Rules = None,
    reading: Reading,
    to: options.Output,
) -> None:
    """Show why calls of some runs failed: by category, with evidence, and what to do.

    Where a usage file keeps only a label, the text is looked for in the run's other files, and a
    label that it contradicts is corrected. `usagectl errors find ERROR_ID OPERAND...` shows the log
    lines of one failure, `usagectl errors classify TEXT` judges a message.
    """
    if explain is not None:
        _explain(explain, rules)
        return
    if not operands:
        raise WrongUsageError("errors: name a run, or a category with --explain")
    keys = options.keys(by)
    to.check()

    from usagectl.commands.loading import load
    from usagectl.failures.ruleset import load_rules
    from usagectl.reports.errors import errors_report

    filters.read()  # A mistake shows before anything is loaded.
    judged_by = load_rules(options.rule_files(rules))
    usage = load(operands, reading, rules or [], evidence=True)
    report = errors_report(
        usage,
        by=keys,
        chosen=filters.read(usage.zone),
        top=top or None,
        messages=messages,
        every=every,
        wanted=options.Prices().wanted(),
        categories=judged_by.categories,
    )
    show_report("errors", report, to.form, to.path)
    show_notices(report.notices, to.form)


def _explain(name: str, rules: list[str] | None) -> None:
    from usagectl.failures.ruleset import load_rules
    from usagectl.render.terminal.wrapping import wrapped

    categories = load_rules(options.rule_files(rules)).categories
    if name not in categories:
        raise WrongUsageError(f"--explain: no category {name!r}{nearest(name, [*categories])}")
    category = categories[name]
    says = (category.meaning, f"retry: {category.retry}", f"to do: {category.action}")
    room = target.width() - 4
    lines = ["\n    ".join(wrapped(said, room)) for said in says]
    target.write("\n  ".join([name, *lines]), None)
