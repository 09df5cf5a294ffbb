"""The page of formats says what the readers say, and the README names each of them."""

import re
from pathlib import Path

from formats_page import PAGE, with_table

from usagectl.readers.registry import READERS, reader

README = (Path(__file__).parent.parent.parent / "README.md").read_text()


def test_the_page_has_the_table_of_the_readers():
    assert PAGE.read_text() == with_table(PAGE.read_text()), "python tests/docs/formats_page.py"


def test_the_readme_names_every_format():
    part = README.partition("\n## Formats\n")[2].partition("\n## ")[0]
    for module in READERS:
        assert re.search(rf"\b{re.escape(reader(module).name)}\b", part), module
