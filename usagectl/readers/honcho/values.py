"""The values of honcho's call lines: `key=value key=value ...`, never quoted.

A value reaches up to the next known key. Nearly all lines have the keys in the writer's order and
no space in a value: these are split at their spaces, and the others are searched key by key, which
gives the same several times more slowly.
"""

from collections.abc import Mapping

import polars as pl

from usagectl.readers.core.fields import MAX_COUNT, Kind
from usagectl.readers.core.times import instants

CALL = "honcho.llm.call feature="
# What a logging format may put in front: a date and a time, with a comma or point before the
# fraction, with or without an offset.
TIME = r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)"

_WRITTEN = (
    *("feature", "provider", "model", "outcome", "latency_ms", "attempts", "used_backup"),
    *("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"),
    *("tool_calls", "iterations"),
)
"""The keys that every line has, in the order in which they are written."""
_ERROR = "error_class"


def parsed_lines(lines: pl.DataFrame, fields: Mapping[str, Kind], zone: str) -> pl.DataFrame:
    """The values of each line, and the reason where it is damaged.

    Args:
        lines: `file`, `line` and `text` of each.
        fields: The keys, and what their values are.
        zone: The time zone of timestamps without an offset.

    Returns:
        The lines with `ended_at`, a column for each key, and `reason`, which is null of a line
        that is whole.
    """
    texts = _texts(lines, [name for name in fields if name != _ERROR])
    at = instants(texts.get_column("time").str.replace(" ", "T").str.replace(",", "."), zone)
    counts = [name for name, kind in fields.items() if kind is not Kind.TEXT]
    numbers = {name: pl.col(name).cast(pl.Int64, strict=False) for name in counts}
    right = pl.all_horizontal(
        pl.col(*_WRITTEN).is_not_null(),
        *(number.is_between(0, MAX_COUNT).fill_null(value=False) for number in numbers.values()),
    )
    told = texts.with_columns(ended_at=at, right=right)
    reasons = _reasons(told.filter(~pl.col("right")), fields, numbers)
    return (
        told.join(reasons, on="row", how="left", maintain_order="left")
        .with_columns(**numbers)
        .drop("row", "right")
    )


def _texts(lines: pl.DataFrame, required: list[str]) -> pl.DataFrame:
    """The values as they are written, null where there is none, with the `time` and the `row`."""
    split = _split(lines.with_row_index("row"))
    usual = split.filter("usual").select(
        *lines.columns,
        "row",
        *(
            pl.col("words").struct.field(f"field_{i}").str.strip_prefix(f"{name}=").alias(name)
            for i, name in enumerate(_WRITTEN)
        ),
        pl.col("words").struct.field(_LAST).str.strip_prefix(f"{_ERROR}=").alias(_ERROR),
    )
    body = pl.col("text").str.extract(r"honcho\.llm\.call (feature=.*)$")
    next_key = "|".join([*required, _ERROR])
    odd = split.filter(~pl.col("usual")).select(
        *lines.columns,
        "row",
        **{
            name: body.str.extract(rf"(?:^| ){name}=(.*?)(?: (?:{next_key})=|$)")
            for name in _WRITTEN
        },
        error_class=body.str.extract(r" error_class=(\S+)"),
    )
    time = pl.col("text").str.extract(rf"^[^=]*?{TIME}").alias("time")
    return pl.concat([usual, odd]).sort("row").with_columns(time)


_LAST = f"field_{len(_WRITTEN)}"


def _split(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines with their `words`, and whether these are what is `usual`."""
    halves = pl.col("text").str.splitn(CALL.removesuffix("feature="), 2)
    words = lines.with_columns(
        before=halves.struct.field("field_0"), after=halves.struct.field("field_1")
    ).with_columns(words=pl.col("after").str.split_exact(" ", len(_WRITTEN)))
    last = pl.col("words").struct.field(_LAST)
    return words.with_columns(
        usual=pl.all_horizontal(
            ~pl.col("before").str.contains("=", literal=True),
            pl.col("after").str.count_matches(" ", literal=True) <= len(_WRITTEN),
            last.is_null() | last.str.contains(rf"^{_ERROR}=\S+$"),
            *(
                pl.col("words").struct.field(f"field_{i}").str.starts_with(f"{name}=")
                for i, name in enumerate(_WRITTEN)
            ),
        ).fill_null(value=False)
    )


def _reasons(
    damaged: pl.DataFrame, fields: Mapping[str, Kind], numbers: Mapping[str, pl.Expr]
) -> pl.DataFrame:
    """Why lines are refused, by their `row`."""
    texts = [name for name, kind in fields.items() if kind is Kind.TEXT and name != _ERROR]
    absent = pl.concat_list(
        pl.when(pl.col(name).is_null()).then(pl.lit(name)) for name in (*texts, *numbers)
    ).list.drop_nulls()
    wrong = pl.concat_list(
        pl.when(
            pl.col(name).is_not_null() & ~number.is_between(0, MAX_COUNT).fill_null(value=False)
        ).then(pl.format("{} is {}, not a whole number", pl.lit(name), name))
        for name, number in numbers.items()
    ).list.drop_nulls()
    return damaged.select(
        "row",
        reason=pl.when(absent.list.len() > 0)
        .then(pl.format("cut short: no {}", absent.list.join(", ")))
        .when(wrong.list.len() > 0)
        .then(wrong.list.first()),
    )
