"""Failures of a usage judged: by their texts where these can be had, else by their labels."""

from collections.abc import Sequence

from usagectl.dataset.usage import Usage
from usagectl.failures.judge import bare, judged, said_of


def reclassified(usage: Usage, files: Sequence[str] = (), *, evidence: bool | None = None) -> Usage:
    """The usage with `failure`, `failure_rule` and `failure_evidence` on its calls.

    Args:
        usage: What was read.
        files: Rules of the user, before those that usagectl comes with.
        evidence: Whether to look for the texts of failures in all files of the runs (True) or in
            none (False); by default where a label is all there is and looking costs little.

    Raises:
        WrongUsageError: A file of rules is wrong, and there are failures to judge.
    """
    said = said_of(usage.calls)
    wanted = said["message"].has_nulls() if evidence is None else evidence
    if wanted and not said.is_empty():
        from usagectl.dataset.evidence import looked_for

        calls = usage.calls
        usage = looked_for(usage, everywhere=bool(evidence), bare=bare(said))
        if usage.calls is not calls:
            said = said_of(usage.calls)
    return usage._replace(calls=judged(usage.calls, said, files))
