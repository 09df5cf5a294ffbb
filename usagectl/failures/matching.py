"""Which rule decides about an error: structured evidence and text, first rule first."""

from collections.abc import Iterator, Sequence

import polars as pl

from usagectl.failures import causes, masks, normalize, tongues
from usagectl.failures.rules import GAP, Rules, Signal

EVIDENCE = pl.Schema(
    {
        "message": pl.String(),
        "http_status": pl.Int64(),
        "error_type": pl.String(),
        "error_class": pl.String(),
        "outcome": pl.String(),
    }
)
"""What a verdict can rest on; each may be null."""

VERDICT = pl.Schema({"category": pl.String(), "rule": pl.String(), "evidence": pl.String()})

# From here on it pays to look whether the same texts come again and again.
_MANY = _LOOKED_AT = 10_000

# Whose a class may say that it is; any other word makes another class: ModuleNotFoundError.
_OWNERS = (
    "(?:[a-z]*(?:api|llm|provider|model|client|agent|chat|http|openai|anthropic|azure|gemini|google"
    "|bedrock|mistral|groq|cohere|ollama|auth|terminal))?"
)

# So many texts are matched at once: each has a number for every signal.
_SLICE = 100_000
_GAPS_AT_ONCE = 4
_SIGNALS_AT_ONCE = 16

_STRUCTURED = {
    "status": ("http_status", "status"),
    "type": ("error_type", "codes"),
    "class": ("error_class", "classes"),
    "outcome": ("outcome", "outcomes"),
}


def verdicts(evidence: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Decide about errors.

    Args:
        evidence: The columns of `EVIDENCE`.
        rules: What decides.

    Returns:
        The columns of `VERDICT`, a row for each row; all three null where no rule matched.
    """
    signals = list(rules.signals())
    decided = pl.DataFrame(
        {
            "category": [signal.rule.category for signal in signals],
            "rule": [signal.rule.name for signal in signals],
            "evidence": [signal.kind for signal in signals],
        },
        schema=VERDICT,
    )
    found = evidence.select(
        pl.min_horizontal(
            *(_by_value(signals, kind) for kind in _STRUCTURED),
            pl.lit(by_text(evidence.get_column("message"), signals)),
        ).alias("signal")
    ).get_column("signal")
    return decided.select(pl.all().gather(found))


def by_text(messages: pl.Series, signals: Sequence[Signal]) -> pl.Series:
    """The first signal in each text, by its place in `signals`; its cause is asked first."""
    if messages.null_count() == len(messages):
        return pl.Series([None], dtype=pl.UInt32)
    if len(messages) > _MANY and _repeated(messages):
        once = messages.unique().to_frame("message")
        of_once = once.with_columns(signal=by_text(once.get_column("message"), signals))
        told = messages.to_frame("message")
        return told.join(of_once, on="message", how="left", maintain_order="left")["signal"]
    outlines = (
        messages.to_frame("message")
        .lazy()
        .select(outline=normalize.outline(pl.col("message")))
        .with_columns(hash=pl.col("outline").hash())
        .collect(engine="streaming")
    )
    known = outlines.lazy().drop_nulls().unique().collect(engine="streaming")
    if normalize.coloured(known.get_column("outline")):
        return by_text(normalize.uncoloured(messages), signals)
    known = known.with_columns(shape=normalize.shape(pl.col("outline")))
    decided = _by_shape(known.get_column("shape").unique(), signals)
    # A million numbers are joined faster than texts; it is the same where no two texts share one.
    on = "outline" if known["hash"].is_duplicated().any() else "hash"
    found = known.join(decided, on="shape").select(on, "signal")
    told = outlines.select(pl.when(pl.col("outline").is_not_null()).then(on).alias(on))
    return told.join(found, on=on, how="left", maintain_order="left")["signal"]


def _repeated(messages: pl.Series) -> bool:
    some = messages.gather_every(len(messages) // _LOOKED_AT)
    return some.n_unique() < len(some) // 4


def _by_shape(shapes: pl.Series, signals: Sequence[Signal]) -> pl.DataFrame:
    """The first signal of each `shape`: of its cause, else of the whole."""
    outer = shapes.filter(causes.wrapped(shapes))
    texts = pl.concat([shapes, causes.causes(outer)]).to_frame("shape")
    clean = texts.select(masks.unmasked(pl.col("shape"))).to_series()
    naming = causes.given(clean).arg_true()
    # Of all texts at once, since the rules cost more than a few texts.
    reasons = causes.reasons(clean.gather(naming))
    found = _first(pl.concat([clean, reasons]).to_frame("clean"), signals)
    said, reason = found[: len(clean)], found[len(clean) :]
    said = said.scatter(naming, _decisive(said.gather(naming), reason, signals))
    whole = pl.DataFrame({"shape": shapes, "signal": said[: len(shapes)]})
    inner = pl.DataFrame({"shape": outer, "cause": said[len(shapes) :]})
    return whole.join(inner, on="shape", how="left").select(
        "shape", signal=pl.coalesce("cause", "signal")
    )


def _decisive(said: pl.Series, reason: pl.Series, signals: Sequence[Signal]) -> pl.Series:
    """The signal of the reason where it counts: words yield to it, a code or a name does not."""
    words = [place for place, signal in enumerate(signals) if signal.kind == "text"]
    weak = [place for place in words if signals[place].rule.weak]
    yields = said.is_null() | said.is_in(words)
    return reason.zip_with(yields & reason.is_not_null() & ~reason.is_in(weak), said)


def _first(texts: pl.DataFrame, signals: Sequence[Signal]) -> pl.Series:
    """The first signal that matches each `clean` text."""
    if len(texts) > _SLICE:
        return pl.concat(_first(part, signals) for part in texts.iter_slices(_SLICE))
    prepared = _prepared(texts)
    heard = tongues.spoken(prepared["folded"], _stems(signals))
    found = pl.Series([None], dtype=pl.UInt32).new_from_index(0, len(texts))
    found = found.scatter([*heard], [min(numbers) for numbers in heard.values()])
    left = prepared.with_row_index("place").with_columns(found=found)
    # What is decided need not be asked again: most texts are spared half of the signals.
    for start in range(0, len(signals), _SIGNALS_AT_ONCE):
        end = min(start + _SIGNALS_AT_ONCE, len(signals))
        # A column each is four times as fast as one chain of whens.
        hits = left.select(
            "found",
            *(
                pl.when(condition).then(pl.lit(number, pl.UInt32)).alias(str(number))
                for number in range(start, end)
                if (condition := matches(signals[number])) is not None
            ),
        )
        left = left.with_columns(found=hits.select(pl.min_horizontal(pl.all())).to_series())
        decided = (pl.col("found") < end).fill_null(value=False)
        told = left.filter(decided)
        found = found.scatter(told["place"], told["found"])
        left = left.filter(~decided)
        if left.is_empty():
            break
    return found


def _stems(signals: Sequence[Signal]) -> dict[int, Sequence[tuple[str, ...]]]:
    return {
        number: signal.rule.stems
        for number, signal in enumerate(signals)
        if signal.kind == "text" and signal.rule.stems
    }


def _prepared(texts: pl.DataFrame) -> pl.DataFrame:
    """What signals are looked for in: `clean`, `text`, `folded` and `status`."""
    texts = texts.with_columns(folded=tongues.folded(texts["clean"]))
    return texts.with_columns(text=normalize.prepared(pl.col("clean"))).with_columns(
        text=pl.when(pl.col("text").str.contains("#", literal=True))
        .then(normalize.doubled(pl.col("text")))
        .otherwise("text"),
        status=normalize.stated_status(pl.col("text")),
    )


def matches(signal: Signal) -> pl.Expr | None:
    """Whether a signal is in a text that is prepared; None for what no expression finds."""
    rule = signal.rule
    if signal.kind == "status":
        return pl.col("status").is_in(rule.status)
    if signal.kind == "type":
        return pl.col("clean").str.contains(rule.spelled)
    if signal.kind == "class":
        # Libraries put a name of their own in front of a class: ProviderRateLimitError.
        return pl.col("clean").str.contains(_any(rule.classes, _OWNERS))
    if signal.kind == "outcome":
        return None
    if not rule.phrases:
        return None
    return pl.any_horizontal(
        pl.col("text").str.contains(_any(some, "")) for some in _batches(rule.phrases) if some
    )


def _any(parts: Sequence[str], before: str) -> str:
    # Words begin at a boundary, where there are blanks between them.
    spaced = [part for part in parts if part.lstrip("(")[:1].isascii()]
    words = [rf"(?-u:\b){before}(?:{'|'.join(spaced)})(?:[^a-z]|$)"] if spaced else []
    return "|".join([*words, *(part for part in parts if part not in spaced)])


def _batches(parts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The parts with a few gaps in each batch: many in one pattern make it many times slower."""
    gaps = [part for part in parts if GAP in part]
    yield [part for part in parts if GAP not in part] + gaps[:_GAPS_AT_ONCE]
    yield from (gaps[i : i + _GAPS_AT_ONCE] for i in range(_GAPS_AT_ONCE, len(gaps), _GAPS_AT_ONCE))


def candidates(message: str, rules: Rules) -> list[str]:
    """Every category that some rule sees in a text, in the order of the rules."""
    plain = normalize.uncoloured(pl.Series([message], dtype=pl.String))
    shaped = pl.select(normalize.shape(normalize.outline(pl.lit(plain)))).to_series()
    both = pl.concat([causes.causes(shaped), shaped]).to_frame("clean")
    signals = [(signal, matches(signal)) for signal in rules.signals()]
    prepared = _prepared(both.select(masks.unmasked(pl.col("clean"))))
    seen = prepared.select(
        condition.any().alias(str(place))
        for place, (_, condition) in enumerate(signals)
        if condition is not None
    ).row(0, named=True)
    spoken = tongues.spoken(prepared["folded"], _stems([signal for signal, _ in signals]))
    places = {int(place) for place, hit in seen.items() if hit}.union(*spoken.values())
    return list(dict.fromkeys(signals[place][0].rule.category for place in sorted(places)))


def _by_value(signals: Sequence[Signal], kind: str) -> pl.Expr:
    """The first signal whose list has the value of the record's own field."""
    column, field = _STRUCTURED[kind]
    places: dict[int | str, int] = {}
    for number, signal in enumerate(signals):
        if signal.kind == kind:
            for value in getattr(signal.rule, field):
                places.setdefault(value, number)
    value = pl.col(column)
    if kind != "status":
        value = value.str.to_lowercase().str.replace(r"^.*\.", "").str.replace_all(r"[\s_\-]+", " ")
    return value.replace_strict(places, default=None, return_dtype=pl.UInt32)
