"""Documents and records as what is written, one file a format: text, Markdown, JSON, CSV, JUnit.

A format writes whatever document it gets, and knows no command.
"""
