"""What stands below the tables of a page: what its mark means, and which columns have no room."""

from collections.abc import Sequence

from rich.text import Text

from usagectl.render.columns import PARTIAL
from usagectl.render.terminal.lines import Lines
from usagectl.render.terminal.table import Laid


def legend(
    tables: Sequence[Laid], meaning: str, said: Sequence[str] = (), *, marked: bool = False
) -> Lines:
    """The key and the hidden columns, after an empty line; nothing where there is neither.

    Args:
        tables: All tables of the page.
        meaning: What the mark at a figure says.
        said: What else is to be explained.
        marked: Whether the mark also stands elsewhere on the page.
    """
    key = [f"{PARTIAL} {meaning}"] if marked or any(map(_marked, tables)) else []
    out = [Text(text, style="dim") for text in (*key, *said)]
    titles = list(dict.fromkeys(title for table in tables for title in table.hidden if title))
    if titles:
        needed = max(table.needed for table in tables if table.hidden)
        said = f"hidden at this width: {', '.join(titles)}; COLUMNS={needed} shows them"
        out.append(Text(said, style="dim"))
    return [Text(), *out] if out else []


def _marked(table: Laid) -> bool:
    return any(
        PARTIAL in cell.text for column in table.shown if column.right for cell in column.cells
    )
