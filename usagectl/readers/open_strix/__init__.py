"""open-strix: agent events, and the turns that they belong to.

Knows no other format.
"""
