"""Calls to sums: a row of metrics for each group, a side of a comparison, the heaviest calls.

Sums are whole numbers; knows no words and no pages.
"""
