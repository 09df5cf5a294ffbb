"""PlanExe: usage rows, and what lies in a run tree beside them.

Knows no other format.
"""
