"""`usagectl errors classify`: judge one message, or a message a line."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from usagectl.commands import options


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
    output_format: Annotated[
        _Format, typer.Option("--format", "-f", help="How to write the verdicts.")
    ] = _Format.TEXT,
    output: options.Output = None,
) -> None:
    """Tell the category of a message, the rule that matched, and what else it could be.

    Standard input has a message a line; `--format json` tells the line of each verdict. With
    `--format ndjson` it has objects with a `message`, and `http_status`, `error_type`,
    `error_class` and `outcome` where they are known; they are written back with `category`, `rule`
    and `evidence`.
    """
    from usagectl import output as target
    from usagectl.failures import asking
    from usagectl.failures.rules import load_rules
    from usagectl.render import verdicts as render

    target.check_target(output)
    judged_by = load_rules(options.rule_files(rules))
    if text != "-":
        verdict = asking.about(text, judged_by)
        whole = render.text if output_format is _Format.TEXT else render.as_json
        target.write(whole(verdict), output)
        return
    data = sys.stdin.buffer.read().decode("utf-8", "replace")
    lines = data.split("\n")
    if output_format is _Format.TEXT:
        target.write(render.table_of(asking.about_lines(lines, judged_by)), output)
    elif output_format is _Format.JSON:
        target.write(render.json_of(asking.about_lines(lines, judged_by)), output)
    else:
        target.write(render.ndjson_of(asking.about_objects(lines, judged_by)), output)
