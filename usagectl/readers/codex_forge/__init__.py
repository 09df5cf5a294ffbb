"""codex-forge: its calls file, its report, and the manifest that names runs.

Knows no other format.
"""
