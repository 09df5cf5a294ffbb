"""A text of data as each place wants it, so that it is read as text there and does nothing.

Terminals obey control characters, build logs obey commands, spreadsheets reckon formulas, Markdown
has markup and tells people of their names. Whatever comes from a file or the command line goes
through the function of its target here, and nothing else escapes.
"""

import json
import re
import unicodedata
from typing import Any

# Characters without a shape that are no control characters for Unicode.
_UNSEEN = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2028\u2029\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef"
)
_WITHOUT_SHAPE = re.compile(f"[{_UNSEEN}]")
# What build systems obey: Azure and TeamCity anywhere in a line, GitHub at its beginning.
_LOG_COMMAND = re.compile(r"#(?=#\w*\[)")
_WORKFLOW_COMMAND = re.compile(r"(?<!\S):(?=:[\w-])")
_AT_LINE_START = re.compile(r"(?m)^([^\S\n]*):(?=:[\w-])")
_HASH, _COLON = "\\x23", "\\x3a"


def shown(text: str) -> str:
    """Text for a terminal or a log: on one line, without anything that steers either.

    What cannot be seen is written as Python writes it in a string, and a name that has nothing of
    that kind stays as it is.
    """
    if not text.isprintable():
        text = "".join(c if _harmless(c) else _escaped(c) for c in text)
    text = _WITHOUT_SHAPE.sub(lambda found: _escaped(found[0]), text)
    if "##" in text:
        text = _LOG_COMMAND.sub(lambda _: _HASH, text)
    return _WORKFLOW_COMMAND.sub(lambda _: _COLON, text) if "::" in text else text


def _harmless(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] != "C"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def logged(text: str) -> str:
    """Finished lines for a log: what a build system would obey at the start of one is broken.

    Names are broken where they are shown; a line can begin in the middle of one.
    """
    if "##" in text:
        text = _LOG_COMMAND.sub(lambda _: _HASH, text)
    return _AT_LINE_START.sub(lambda found: found[1] + _COLON, text) if "::" in text else text


FORMULA = r"^'*[\s\x00]*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]"
"""Texts that a spreadsheet takes for a formula, and those that look like one made harmless."""
_FORMULA = re.compile(FORMULA)


def csv_cell(value: Any) -> str:
    """A value as a cell of CSV; a text that is a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    text = shown(str(value))
    if _FORMULA.match(text):
        text = f"'{text}"
    # A semicolon divides cells where the comma is a decimal point.
    if text and (text[0] == " " or text[-1] == " " or any(c in text for c in ',;"|')):
        return '"' + text.replace('"', '""') + '"'
    return text


def as_json(value: Any) -> str:
    """A value as JSON on one line, in ASCII, so that no text of it steers a terminal or a log."""
    return json_text(json.dumps(value, allow_nan=False))


def json_text(text: str) -> str:
    """JSON in ASCII with the rest of what a terminal or a log obeys written as an escape."""
    if "\x7f" in text:
        text = text.replace("\x7f", "\\u007f")
    return _LOG_COMMAND.sub(lambda _: "\\u0023", text) if "##" in text else text


def yaml(text: str) -> str:
    """A text as a scalar of YAML in double quotes, which is read again as the same text."""
    inside = "".join(_in_yaml(c) for c in text)
    return '"' + _LOG_COMMAND.sub(lambda _: _HASH, inside) + '"'


def _in_yaml(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if _harmless(character) and not _WITHOUT_SHAPE.match(character):
        return character
    return _escaped(character) if character > "\xff" else f"\\x{ord(character):02x}"


def xml(text: str) -> str:
    """A text inside of an element, or of an attribute in double quotes."""
    # Its tables of entities would be loaded with every command.
    from html import escape

    return escape(shown(text))


def annotation(text: str) -> str:
    """The message of a workflow command of GitHub."""
    return shown(text).replace("%", "%25")


def annotation_property(text: str) -> str:
    """The value of a property of a workflow command of GitHub."""
    return annotation(text).replace(":", "%3A").replace(",", "%2C")


_MARKUP = re.compile(r"[\\`*_\[\]<>|~$#]")
# A blank without width breaks what GitHub and GitLab look for in a text that is already rendered:
# people, issues and other things by their sign, addresses, and pictures by their name.
_BREAK = "&#8203;"
_BLANK = "&#32;"
_REFERENCE = re.compile(r"(?<=[@~%])(?=\w)|(?<=[#!&])(?=\d)|(?<=\b[Gg][Hh]-)(?=\d)")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=\b[Ww]{3})(?=\.)|(?<=\bmailto:)(?=\S)|(?<=\bxmpp:)(?=\S)")
# A time of day is none.
_PICTURE = re.compile(r"(?<=:)(?!(?<=\d\d:)\d\d:\d\d)(?=[\w+-]+:)")
# A dash alone stands for what is absent, in a cell, where it begins nothing.
_BEGINS_A_BLOCK = re.compile(r"^(?:[-+](?= )|\+(?=$)|-(?=[ -]+$)|\d+(?=[.)](?: |$)))")


def markdown(text: str) -> str:
    """Text that Markdown shows as it is, and of which nobody is told."""
    text = shown(text)
    for pattern in (_REFERENCE, _ADDRESS, _PICTURE):
        text = pattern.sub("\u200b", text)
    text = _MARKUP.sub(lambda found: f"\\{found[0]}", text.replace("&", "&amp;"))
    text = _BEGINS_A_BLOCK.sub(_inside, text)
    blank = len(text) - len(text.lstrip(" "))
    end = len(text.rstrip(" "))
    inside = text[blank:end].replace("\u200b", _BREAK)
    return _BLANK * blank + inside + _BLANK * (len(text) - max(end, blank))


def _inside(found: re.Match[str]) -> str:
    mark = found[0]
    return f"\\{mark}" if not mark.isdigit() else f"{mark}\\"
