"""Reasons why usagectl cannot go on; each carries the exit code that a script can rely on."""


class UsagectlError(Exception):
    """The base of every exception that ends a command with one line on standard error."""

    exit_code = 1


class WrongUsageError(UsagectlError):
    """The command line or a configuration file is wrong (exit code 2)."""

    exit_code = 2


class NoAnswerError(UsagectlError):
    """The data cannot support an answer: nothing readable, nothing to show (exit code 3)."""

    exit_code = 3
