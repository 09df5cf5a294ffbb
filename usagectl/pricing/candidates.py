"""Under which names a model is looked up, the most exact first."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from usagectl.pricing.sellers import RESELLERS, seller_in_front, seller_named

# In front of a Bedrock id.
REGION = re.compile(r"(?:us|us-gov|eu|apac|au|jp|ca|in|sa|global)\.(?=[a-z0-9-]+\.)")
_BEDROCK_VENDOR = re.compile(r"[a-z0-9-]+\.(?=[a-z])")
_BEDROCK_VERSION = re.compile(r"-v\d+(?::\d+)?(?::\d+k)?$")
_DASHED_DATE = re.compile(r"[-@]20\d\d-[01]\d-[0-3]\d$")
_COMPACT_DATE = re.compile(r"([-@])(20\d\d)([01]\d)([0-3]\d)$")


EXACT, DATED, INEXACT = "exact", "dated", "inexact"


class Candidate(NamedTuple):
    """A name to look up; `how` is exact or dated, `step` says how it came about."""

    name: str
    how: str
    step: str


def candidates_of(name: str, seller: str | None) -> Iterator[Candidate]:
    """Names to look up, the most exact first, none twice."""
    seen: set[str] = set()
    for candidate in _all(name.lower(), seller):
        if candidate.name and candidate.name not in seen:
            seen.add(candidate.name)
            yield candidate


def _all(name: str, seller: str | None) -> Iterator[Candidate]:
    bases = [Candidate(name, EXACT, "as written")]
    vendor, slash, rest = name.rpartition("/")
    if slash and seller not in RESELLERS:
        bases.append(Candidate(rest, EXACT, f"without the vendor {vendor!r}"))
    front, without = seller_in_front(name, (seller,) if seller else ())
    if front is not None and seller == seller_named(front):
        bases.append(Candidate(without, EXACT, f"without the seller {front!r}"))
    if seller == "aws":
        bases += [step for base in list(bases) for step in _bedrock(base.name)]
    yield from bases
    for base in bases:
        yield from _by_date(base)


def _bedrock(name: str) -> Iterator[Candidate]:
    """A Bedrock id without its region, without its vendor, without its version."""
    without_region = REGION.sub("", name, count=1)
    yield Candidate(without_region, DATED, "without the region")
    without_vendor = _BEDROCK_VENDOR.sub("", without_region, count=1)
    yield Candidate(without_vendor, DATED, "without region and vendor")
    bare = _BEDROCK_VERSION.sub("", without_vendor)
    yield Candidate(bare, DATED, "without region, vendor and version")


def _by_date(base: Candidate) -> Iterator[Candidate]:
    if found := _COMPACT_DATE.search(base.name):
        head = base.name[: found.start()]
        spelled = f"{head}{found[1]}{found[2]}-{found[3]}-{found[4]}"
        yield Candidate(spelled, EXACT, "with the date written out")
        yield Candidate(head, DATED, "without its date")
    elif found := _DASHED_DATE.search(base.name):
        yield Candidate(base.name[: found.start()], DATED, "without its date")
