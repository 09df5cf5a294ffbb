"""`usagectl cache`: what is kept of files that were read, and how to be rid of it."""

from usagectl.commands import options
from usagectl.commands.app import App
from usagectl.commands.screen import show_report
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import OutputFormat

cache = App(
    name="cache",
    help="Show or remove what is kept of files that were read, so as not to read them again.",
)


@cache.command()
def info(to: options.Output) -> None:
    """Show where the cache lies, how large it is, and whether it is used.

    USAGECTL_CACHE_DIR names another directory, USAGECTL_CACHE_SIZE another limit, such as 500MB;
    0 switches it off. Beyond the limit, what was not used for longest is removed.
    """
    from usagectl.dataset.cache.store import Cache

    to.check()
    show_report("cache_info", Cache().info(), to.form, to.path)


@cache.command()
def clear(form: options.Format = OutputFormat.TEXT) -> None:
    """Remove all that the cache holds, and nothing else that lies in its directory.

    No number changes by it: what is missing is read again.
    """
    from usagectl.dataset.cache.store import Cache

    removed = Cache().clear()
    show_report("cache_clear", removed, form, None)
    if removed.left:
        raise WrongUsageError(f"{removed.left:,} of the cache could not be removed")
