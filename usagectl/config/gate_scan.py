"""The text of a gate, read from left to right."""

import re

from usagectl.config.gate import GateSyntaxError


class Scan:
    """The text and how far it was read; blanks at its end are no part of it."""

    def __init__(self, text: str) -> None:
        """Begin at the beginning."""
        self.text = text
        self.at = 0
        self.end = len(text.rstrip())

    def skip(self) -> int:
        """Go on to where the next word begins, and say where that is."""
        left = self.text[self.at : self.end]
        self.at += len(left) - len(left.lstrip())
        return self.at

    @property
    def rest(self) -> str:
        """What is left, from the next word on."""
        return self.text[self.skip() : self.end]

    def take(self, token: str) -> bool:
        """Whether the rest begins with this, which then is read."""
        if not self.rest.startswith(token):
            return False
        self.at += len(token)
        return True

    def match(self, pattern: re.Pattern[str]) -> str:
        """What of the rest matches, which then is read; nothing where it does not."""
        found = pattern.match(self.rest)
        self.at += len(found[0]) if found else 0
        return found[0] if found else ""

    def wrong(self, problem: str, at: int | None = None) -> GateSyntaxError:
        """An error that points at a place, or at how far the text was read."""
        return GateSyntaxError(self.text, self.at if at is None else at, problem)
