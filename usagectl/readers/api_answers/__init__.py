"""Answers of model APIs as they came.

Knows no other format.
"""
