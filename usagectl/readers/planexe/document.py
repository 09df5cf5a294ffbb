"""PlanExe's proposal, `usage_metrics.json`: one document with a list of calls."""

import re
from collections.abc import Iterator, Sequence

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.document import Document, Element
from usagectl.readers.core.reading import of_part
from usagectl.readers.core.salvage import Found

DOCUMENT = "usage document"

# The proposal spelt two names otherwise; no row was ever written like that.
_NAMES = {"llm_model": "model", "error_message": "error"}
# Where a quote is lost it is still told.
_CALLS_LIST = re.compile(rb'(?<!\w)calls"?\s*:\s*\[')
_OF_A_CALL = re.compile(r"success|duration_seconds|(?:input|output)_tokens")


def is_cut(head: Head) -> bool:
    """Told by its text, since what is damaged or longer than the head cannot be parsed there."""
    return head.begins_unwhole and _CALLS_LIST.search(head.data) is not None


def calls_of(data: bytes) -> Iterator[Found]:
    """The elements of `calls`; of a damaged document, the calls that are whole."""
    document = Document(data)
    if document.damage:
        yield from document.salvaged(
            lambda element: _calls(document, element),
            lambda own: _OF_A_CALL.search(own) is not None,
        )
        return
    element = Element(document.start(), len(document.text), document.value)
    if isinstance(element.value, dict) and isinstance(element.value.get("calls"), list):
        yield from _calls(document, element)
    else:
        yield Found(1, None, "not a document with a list of calls")


def _calls(document: Document, element: Element) -> Iterator[Found]:
    value = element.value
    if value is None:
        return
    if "success" in value:
        yield _renamed(document.found(element, "a call"))
    elif isinstance(value.get("calls"), list):
        calls = document.elements(document.member(element.at, "calls"))
        for number, call in enumerate(calls, 1):
            yield _renamed(document.found(call, f"element {number} of calls"))


def _renamed(found: Found) -> Found:
    value = found.value
    return found._replace(value=value and {_NAMES.get(name, name): value[name] for name in value})


def mirrors(files: Sequence[SourceFile], rows: str) -> list[int]:
    """Documents that describe the same calls as the files of part `rows` beside them."""
    beside = {(file.run, file.folder) for file in files if file.part == rows}
    return [i for i, f in of_part(files, DOCUMENT).items() if (f.run, f.folder) in beside]
