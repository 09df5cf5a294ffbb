"""Reasons why usagectl cannot go on; each carries the exit code that a script can rely on."""


class UsagectlError(Exception):
    """The base of every exception that ends a command with a message on standard error.

    `excerpt` are lines to show below the message: a text and a mark at what is wrong in it.
    """

    exit_code = 1
    excerpt = ""


class WrongUsageError(UsagectlError):
    """The command line or a configuration file is wrong (exit code 2)."""

    exit_code = 2


class NoAnswerError(UsagectlError):
    """The data cannot support an answer: nothing readable, nothing to show (exit code 3)."""

    exit_code = 3
