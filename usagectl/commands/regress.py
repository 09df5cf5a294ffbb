"""`usagectl regress`: whether a run got worse than a baseline."""

import sys
from typing import Annotated

import typer

from usagectl.commands import options
from usagectl.commands import output as target
from usagectl.commands.reading import Reading
from usagectl.commands.screen import show_notices, show_page, show_report
from usagectl.commands.thresholds import Thresholds
from usagectl.model.names import GateStatus, Key

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
    *,
    thresholds: Thresholds,
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
    top: Annotated[int, options.rows("Findings of a kind in text; 0 for all.")] = _TOP,
    prices: options.Prices,
    reading: Reading,
    to: options.Output,
) -> None:
    """Fail when a run got worse than a baseline: exit code 1, with what broke and why.

    Exit codes: 0 everything passed, 1 a gate broke, 2 wrong usage or configuration, 3 the data
    cannot tell. A run that reports less than its base never passes for one that consumed less.
    """
    from usagectl.commands import accepting, regressing, reporting
    from usagectl.commands.comparing import Asked

    to.check()
    keys = options.keys(thresholds.by) or [Key.TASK]
    reports = reporting.targets(report)
    gates = thresholds.gates()
    accepted = accepting.acceptance(ack, until)
    asked = Asked(keys, reading, prices.wanted())
    if calibrate:
        from usagectl.render.formats.config import config
        from usagectl.render.pages import calibration as made

        calibration = regressing.calibrated(operands or [], gates, asked, margin)
        target.write(config(made.page(calibration)), to.path)
        return
    if self_test:
        from usagectl.render.pages.self_test import page

        tests, base = regressing.tested(operands or [], gates, asked, thresholds.floors)
        show_page(page(tests, base), to.path)
        sys.exit(0 if all(test.works for test in tests) else 1)
    found = regressing.checked(operands or [], gates, asked, thresholds)
    show_report("regress", found._replace(top=top or None), to.form, to.path)
    reporting.write_reports(found, reports)
    reporting.tell_ci(found)
    show_notices(found.notices, to.form)
    code = found.checked.exit_code
    if accepted:
        for line in (accepting.accept(found, *accepted), *accepting.remaining(found)):
            target.note(line)
        code = 3 if found.of(GateStatus.UNKNOWN) else 0
    sys.exit(code)
