"""Two sides beside each other: what changed, why, and whether it is more than noise; baselines.

Knows no limits: what may be is asked by `gates`.
"""
