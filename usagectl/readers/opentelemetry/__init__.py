"""OpenTelemetry: spans, events and metrics of GenAI calls, in the dialects of who writes them.

Knows no other format.
"""
