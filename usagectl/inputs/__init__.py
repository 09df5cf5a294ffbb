"""From what a user names to bytes: operands, the files below them, object stores, decompression.

Knows no format: what is in a file is told by readers.
"""
