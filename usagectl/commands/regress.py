"""`usagectl regress`: whether a run got worse than a baseline."""

import sys
from typing import Annotated

import typer

from usagectl.commands import options
from usagectl.commands.choices import choice
from usagectl.commands.screen import show_notices, show_page, show_report
from usagectl.model.names import CostMode, GateStatus, Key, NewGroups, OutputFormat

_TOP = 20


def regress(
    operands: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BASE] [NEW]",
            help="Runs or baselines. Without them the newest run below `runs:` is held against the"
            " baseline of usagectl.yaml, else .usagectl/baseline.json, else the run before it.",
            show_default=False,
        ),
    ] = None,
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
    ] = None,
    by: options.By = "task",
    min_tokens: Annotated[
        int,
        typer.Option(
            min=0, max=options.MOST_TOKENS, help="A factor of fewer tokens breaks nothing."
        ),
    ] = 1000,
    min_calls: Annotated[
        int,
        typer.Option(
            min=0,
            max=options.MOST_TOKENS,
            help="A factor in a group of fewer calls breaks nothing.",
        ),
    ] = 1,
    min_coverage: Annotated[
        str | None,
        typer.Option(
            metavar="PERCENT",
            help="Of how many calls the tokens must be known. By default of as many as in the"
            " base.",
            show_default=False,
        ),
    ] = None,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Groups of the base may be missing.")
    ] = False,
    new_tasks: Annotated[
        NewGroups,
        typer.Option(
            metavar="|".join(NewGroups),
            parser=choice(NewGroups, "choice"),
            help="What groups mean that the base does not have.",
        ),
    ] = NewGroups.WARN,
    self_test: Annotated[
        bool,
        typer.Option(
            "--self-test",
            help="Do not compare: plant a change below and above each gate in BASE, and prove"
            " that it stays silent and fires.",
        ),
    ] = False,
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Do not compare: print the tightest gates that would not have fired among the"
            " operands, several runs of an unchanged pipeline.",
        ),
    ] = False,
    margin: Annotated[
        str, typer.Option(metavar="PERCENT", help="How much wider --calibrate makes its gates.")
    ] = "0%",
    ack: Annotated[
        str | None,
        typer.Option(
            metavar="REASON",
            help="Accept what broke: write it to usagectl.ack.yaml, with --until.",
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="The last day of --ack.", show_default=False),
    ] = None,
    report: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMAT=FILE",
            help="Write also a file: junit, gitlab, markdown, json, ndjson, csv or text."
            " Repeatable.",
            show_default=False,
        ),
    ] = None,
    top: Annotated[
        int,
        typer.Option(min=0, max=options.MOST_ROWS, help="Findings of a kind in text; 0 for all."),
    ] = _TOP,
    tables: options.Tables = None,
    cost_mode: options.CostFrom = CostMode.AUTO,
    batch: options.Batch = False,
    price_date: options.PriceDate = None,
    timezone: options.Timezone = None,
    output_format: options.Format = OutputFormat.TEXT,
    output: options.Output = None,
) -> None:
    """Fail when a run got worse than a baseline: exit code 1, with what broke and why.

    Exit codes: 0 everything passed, 1 a gate broke, 2 wrong usage or configuration, 3 the data
    cannot tell. A run that reports less than its base never passes for one that consumed less.
    """
    from usagectl.commands import accepting, regressing, reporting
    from usagectl.commands import output as target
    from usagectl.commands.comparing import Asked

    target.check_target(output)
    keys = options.keys(by) or [Key.TASK]
    reports = reporting.targets(report)
    flags = regressing.Flags(
        tuple(threshold or ()), by, min_tokens, min_calls, min_coverage, allow_missing, new_tasks
    )
    gates = regressing.gates(flags)
    accepted = accepting.acceptance(ack, until)
    wanted = options.wanted(tables, cost_mode, batch, price_date)
    asked = Asked(keys, timezone, (None, None, None), wanted)
    if calibrate:
        from usagectl.render.formats.config import config
        from usagectl.render.pages import calibration as made

        calibration = regressing.calibrated(operands or [], gates, asked, margin)
        target.write(config(made.page(calibration)), output)
        return
    if self_test:
        from usagectl.render.pages.self_test import page

        tests, base = regressing.tested(operands or [], gates, asked, flags)
        show_page(page(tests, base), output)
        sys.exit(0 if all(test.works for test in tests) else 1)
    found = regressing.checked(operands or [], gates, asked, flags)
    show_report("regress", found._replace(top=top or None), output_format, output)
    reporting.write_reports(found, reports)
    reporting.tell_ci(found)
    show_notices(found.notices, output_format)
    code = found.checked.exit_code
    if accepted:
        for line in (accepting.accept(found, *accepted), *accepting.remaining(found)):
            target.note(line)
        code = 3 if found.of(GateStatus.UNKNOWN) else 0
    sys.exit(code)
