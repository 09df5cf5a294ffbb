"""What every reader shares: lines read fast or salvaged, kinds of field, times, what one returns.

Knows no format.
"""
