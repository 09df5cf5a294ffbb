"""A finished report as text, markdown, json, csv or what a CI system reads.

Reckons nothing, and knows neither files nor frames of calls.
"""
