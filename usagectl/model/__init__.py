"""Words that every room uses: names, columns, notices, exceptions, texts made safe for their target.

Knows no file, no format and no command; whoever comes to the house may read it first.
"""
