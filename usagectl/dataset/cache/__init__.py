"""What was read, kept on disk so that it need not be read again: a store that may lose anything.

Knows neither what is put into it nor when it pays; whoever asks it must be able to read instead.
"""
