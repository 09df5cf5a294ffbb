"""Which servers run on one's own machines: the rule that makes their calls free and local."""

from usagectl.config.document import read
from usagectl.config.node import Node
from usagectl.config.settings import configs_directory
from usagectl.pricing.identity import LocalServers

SHIPPED = "prices.yaml"
_KEYS = ("servers", "hosted")


def local_servers(node: Node) -> LocalServers:
    """The servers of a table's `local:`.

    Raises:
        WrongUsageError: It has another form.
    """
    parts = node.mapping(_KEYS)
    named = {name: tuple(parts[name].texts()) if name in parts else () for name in _KEYS}
    return LocalServers(named["servers"], named["hosted"], f"{node.file}:{node.line}")


def shipped_servers() -> LocalServers:
    """The servers of the table that comes with usagectl."""
    root = read(configs_directory() / SHIPPED)
    return local_servers(root.mapping()["local"])._replace(origin=f"configs/{SHIPPED}")
