"""`usagectl errors classify`: judge one message, or a message a line."""

from enum import StrEnum
from typing import Annotated

import typer

from usagectl.commands import options
from usagectl.commands import output as target
from usagectl.commands.screen import show_page
from usagectl.model.exceptions import WrongUsageError

_MOST_BYTES = 128 * 1024 * 1024


class _Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"


def classify(
    text: Annotated[
        str,
        typer.Argument(
            metavar="[TEXT|-]", help="An error message; - reads standard input.", show_default=False
        ),
    ] = "-",
    rules: options.Rules = None,
    form: Annotated[
        _Format, options.form(_Format, "the verdicts; --json is short for --format json.")
    ] = _Format.TEXT,
    path: options.File = None,
) -> None:
    """Tell the category of a message, the rule that matched, and what else it could be.

    Standard input has a message a line; `--format json` tells the line of each verdict. With
    `--format ndjson` it has objects with a `message`, and `http_status`, `error_type`,
    `error_class` and `outcome` where they are known; they are written back with `category`, `rule`
    and `evidence`.
    """
    from usagectl.failures import classify as asking
    from usagectl.failures.ruleset import load_rules
    from usagectl.render.formats import machine
    from usagectl.render.pages import errors_classify as made

    target.check_target(path)
    judged_by = load_rules(options.rule_files(rules))
    if text != "-":
        verdict = asking.about(text, judged_by)
        if form is _Format.TEXT:
            show_page(made.page(verdict), path)
        else:
            target.write(machine.ndjson(made.records(verdict)), path)
        return
    lines = _typed().split("\n")
    if form is _Format.NDJSON:
        objects = made.records_of_objects(asking.about_objects(lines, judged_by))
        target.write(machine.ndjson(objects), path)
        return
    rows = asking.about_lines(lines, judged_by)
    if form is _Format.TEXT:
        show_page(made.page_of_lines(rows), path)
    else:
        target.write(machine.json(made.records_of_lines(rows)), path)


def _typed() -> str:
    """All of standard input.

    Raises:
        WrongUsageError: It cannot be read, or may have no end.
    """
    from usagectl.inputs.spool import standard_input

    pieces: list[bytes] = []
    for block in standard_input().blocks():
        pieces.append(block)
        if sum(map(len, pieces)) > _MOST_BYTES:
            raise WrongUsageError(
                f"standard input holds more than {_MOST_BYTES >> 20} MiB: judge it in parts"
            )
    return b"".join(pieces).decode("utf-8", "replace")
