"""Which rule decides about an error: structured evidence and text, first rule first."""

from collections.abc import Sequence

import polars as pl

from usagectl.failures import preparing
from usagectl.failures.rules import Rules, Signal

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
_MANY = 10_000

# Whose a class may say that it is; any other word makes another class: ModuleNotFoundError.
_OWNERS = (
    "(?:[a-z]*(?:api|llm|provider|model|client|agent|chat|http|openai|anthropic|azure|gemini|google"
    "|bedrock|mistral|groq|cohere|ollama|auth|terminal))?"
)

# So many texts are matched at once: each has a number for every signal.
_SLICE = 100_000

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
        preparing.uncoloured(messages)
        .to_frame("message")
        .lazy()
        .select(outline=preparing.outline(pl.col("message")))
        .with_columns(hash=pl.col("outline").hash())
        .collect(engine="streaming")
    )
    known = outlines.drop_nulls().unique().with_columns(shape=preparing.shape(pl.col("outline")))
    decided = _by_shape(known.select("shape").unique(), signals)
    # A million numbers are joined faster than texts; it is the same where no two texts share one.
    on = "outline" if known["hash"].is_duplicated().any() else "hash"
    found = known.join(decided, on="shape").select(on, "signal")
    told = outlines.select(pl.when(pl.col("outline").is_not_null()).then(on).alias(on))
    return told.join(found, on=on, how="left", maintain_order="left")["signal"]


def _repeated(messages: pl.Series) -> bool:
    about = messages.to_frame("message").select(pl.approx_n_unique("message")).item()
    return bool(about < len(messages) // 4)


def _by_shape(shapes: pl.DataFrame, signals: Sequence[Signal]) -> pl.DataFrame:
    """The first signal of each `shape`: of its cause, else of the whole."""
    wrapped = preparing.wrapped(pl.col("shape"))
    texts = pl.concat(
        [
            shapes.filter(wrapped).with_columns(text=preparing.cause(pl.col("shape"))),
            shapes.filter(~wrapped).with_columns(text="shape"),
        ]
    )
    decided = texts.with_columns(signal=_first(texts.select("text"), signals))
    open_ = pl.col("signal").is_null() & (pl.col("text") != pl.col("shape"))
    rest = decided.filter(open_)
    if not rest.is_empty():
        outer = _first(rest.select(text="shape"), signals)
        decided = pl.concat([decided.filter(~open_), rest.with_columns(signal=outer)])
    return decided.select("shape", "signal")


def _first(texts: pl.DataFrame, signals: Sequence[Signal]) -> pl.Series:
    """The first signal that matches each text."""
    if len(texts) > _SLICE:
        return pl.concat(_first(part, signals) for part in texts.iter_slices(_SLICE))
    prepared = texts.select(text=preparing.prepared(pl.col("text"))).with_columns(
        status=preparing.stated_status(pl.col("text"))
    )
    # A column each is four times as fast as one chain of whens.
    hits = (
        pl.when(condition).then(pl.lit(number, pl.UInt32)).alias(str(number))
        for number, signal in enumerate(signals)
        if (condition := matches(signal)) is not None
    )
    found = prepared.select(hits)
    if not found.width:
        return pl.Series([None], dtype=pl.UInt32).new_from_index(0, len(texts))
    return found.select(pl.min_horizontal(pl.all())).to_series()


def matches(signal: Signal) -> pl.Expr | None:
    """Whether a signal is in the prepared `text` with its `status`; None for what no text has."""
    rule = signal.rule
    if signal.kind == "status":
        return pl.col("status").is_in(rule.status)
    if signal.kind == "outcome":
        return None
    if signal.kind == "text":
        parts = rule.text
    else:
        parts = rule.codes if signal.kind == "type" else rule.classes
    # Libraries put a name of their own in front of a class: ProviderRateLimitError.
    before = _OWNERS if signal.kind == "class" else ""
    return pl.col("text").str.contains(rf"(?-u:\b){before}(?:{'|'.join(parts)})(?:[^a-z]|$)")


def candidates(message: str, rules: Rules) -> list[str]:
    """Every category that some rule sees in a text, in the order of the rules."""
    plain = preparing.uncoloured(pl.Series([message], dtype=pl.String))
    shaped = preparing.shape(preparing.outline(pl.lit(plain)))
    texts = pl.select(text=shaped)
    both = pl.concat([texts.select(text=preparing.cause(pl.col("text"))), texts])
    signals = [(signal, matches(signal)) for signal in rules.signals()]
    seen = (
        both.select(text=preparing.prepared(pl.col("text")))
        .with_columns(status=preparing.stated_status(pl.col("text")))
        .select(
            condition.any().alias(str(place))
            for place, (_, condition) in enumerate(signals)
            if condition is not None
        )
        .row(0, named=True)
    )
    found = (signals[int(place)][0].rule.category for place, hit in seen.items() if hit)
    return list(dict.fromkeys(found))


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
