"""Who does the work: other processes or machines, each of which maps plain arguments to bytes.

Knows no formats and no frames; what is mapped is named by where it can be imported from.
"""
