"""PlanExe's proposal, `usage_metrics.json`: one document with a list of calls."""

import json
import re
from collections.abc import Iterator, Sequence

from usagectl.content import Head, SourceFile
from usagectl.readers import salvage
from usagectl.readers.reading import of_part

DOCUMENT = "usage document"

# The proposal spelt two names otherwise; no row was ever written like that.
_NAMES = {"llm_model": "model", "error_message": "error"}
_CALLS_LIST = re.compile(rb'"calls"\s*:\s*\[')


def is_long(head: Head) -> bool:
    """Told by its text, since a document longer than the head cannot be parsed there."""
    return (
        head.data.startswith((b"{\n", b"{\r\n"))
        and b'"summary"' in head.data
        and _CALLS_LIST.search(head.data) is not None
    )


def calls_of(data: bytes) -> Iterator[salvage.Found]:
    """The elements of `calls`; of a document that ends early, those that are whole."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        text = data.decode("utf-8", "replace")
        start = text.find("[", max(text.find('"calls"'), 0)) + 1
        yield from (_renamed(found) for found in salvage.objects_from(text, start))
        yield salvage.Found(0, None, f"the document is damaged: {error}")
        return
    calls = document.get("calls") if isinstance(document, dict) else None
    if not isinstance(calls, list):
        yield salvage.Found(1, None, "not a document with a list of calls")
        return
    for number, call in enumerate(calls, 1):
        if isinstance(call, dict):
            yield _renamed(salvage.Found(number, call))
        else:
            yield salvage.Found(number, None, f"element {number} of calls is no object")


def _renamed(found: salvage.Found) -> salvage.Found:
    items = (found.value or {}).items()
    return found._replace(value={_NAMES.get(name, name): value for name, value in items})


def mirrors(files: Sequence[SourceFile], rows: str) -> list[int]:
    """Documents that describe the same calls as the files of part `rows` beside them."""
    beside = {(file.run, file.folder) for file in files if file.part == rows}
    return [i for i, f in of_part(files, DOCUMENT).items() if (f.run, f.folder) in beside]
