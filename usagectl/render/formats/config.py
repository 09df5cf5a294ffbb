"""Documents as lines of `usagectl.yaml` to be pasted: terms are a list, the rest is comments."""

from usagectl.model.escaping import yaml
from usagectl.render.document import Document, Line, Terms


def config(document: Document) -> str:
    """The sentences of a page as comments, and its terms below the titles of their sections."""
    lines = []
    for section in document.sections:
        lines += [f"{section.title}:"] if section.title else []
        for block in section.blocks:
            if isinstance(block, Line):
                lines.append(f"# {''.join(span.text for span in block.spans)}")
            elif isinstance(block, Terms):
                lines += [f"  - {yaml(of.text)}  # {said.text}" for of, said in block.rows]
    return "\n".join(lines)
