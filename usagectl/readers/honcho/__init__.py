"""honcho: call lines of any log, and snapshots of its metrics.

Knows no other format.
"""
