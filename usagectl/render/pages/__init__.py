"""What is told of a report: its page as a document, and its records for programs.

One file a command. None of them knows a format, a width or a colour.
"""
