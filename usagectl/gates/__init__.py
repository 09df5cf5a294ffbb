"""Whether a comparison is within its limits: figures held against gates, and what nobody can tell.

Knows no pages and no exit of a process but its number.
"""
