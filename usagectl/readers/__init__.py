"""From bytes to canonical calls and stages: a folder for each format, what they share in `core`.

Knows no prices, no grouping and no report. `registry` asks the formats whose file one is.
"""
