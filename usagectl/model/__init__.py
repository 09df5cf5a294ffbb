"""Words that every room uses: names, columns, notices, exceptions, texts made safe for a target.

Knows no file, no format and no command; whoever comes to the house may read it first.
"""
