"""How each grouping key is taken from the calls frame."""

import json

import polars as pl

from usagectl.model.names import Key


def key_expression(key: Key, zone: str) -> pl.Expr:
    """The value of a key for each call, as text; null where the source does not say.

    `model` is the model that answered, else the name that was asked for. `failure` is the
    category of a call that failed. `day` and `hour` are in `zone`. `tag:NAME` is a free label.
    """
    local = pl.col("ended_at").dt.convert_time_zone(zone)
    special = {
        Key.MODEL: pl.coalesce("model", "request_model"),
        Key.STATUS: pl.col("status").cast(pl.String),
        Key.DAY: local.dt.strftime("%Y-%m-%d"),
        Key.HOUR: local.dt.strftime("%Y-%m-%d %H:00"),
    }
    if key.tag is not None:
        return pl.col("tags").str.json_path_match(f"$[{json.dumps(key.tag, ensure_ascii=False)}]")
    return special.get(key, pl.col(key.value))
