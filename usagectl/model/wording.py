"""Words that depend on a number."""


def plural(count: int, ending: str = "s") -> str:
    """The ending of a noun of which there are so many."""
    return "" if count == 1 else ending
