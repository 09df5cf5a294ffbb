"""What a command says, as finished values: one file a command.

Knows no format of output: who gets a report needs nothing else, and reckons nothing.
"""
