"""A finished report as text, Markdown, JSON, CSV or what a CI system reads.

`pages` makes documents and records of reports, `formats` writes them, `words` says figures and
causes. Nothing here reckons, and nothing knows files or frames of calls.
"""
