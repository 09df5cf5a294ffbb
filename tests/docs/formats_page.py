"""The table of `docs/formats.md`: `python tests/docs/formats_page.py` writes it."""

from pathlib import Path

from usagectl.readers.registry import READERS, reader

PAGE = Path(__file__).parent.parent.parent / "docs/formats.md"
_BEGIN, _END = "<!-- table -->\n", "<!-- end of table -->\n"


def table():
    rows = ["| format | files | what is special | what is unknown |", "| --- | --- | --- | --- |"]
    for module in READERS:
        format_ = reader(module)
        rows.append(f"| {' | '.join((format_.name, *format_.about))} |")
    return "\n".join(rows) + "\n"


def with_table(page):
    before, _, rest = page.partition(_BEGIN)
    return f"{before}{_BEGIN}{table()}{_END}{rest.partition(_END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
