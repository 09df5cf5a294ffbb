"""What every reader shares: lines read fast or salvaged, kinds of field, tables of columns, times.

Knows no format.
"""
