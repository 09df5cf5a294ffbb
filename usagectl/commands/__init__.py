"""What a user types: one file a command, options in, exit code out.

Only this room prints.
"""
