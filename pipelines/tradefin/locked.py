"""DuckDB connections for SQL from people: they see what is put into them, and nothing else of this machine.

No file, folder or network address, no extension, no setting, no Python object; not even a file that DuckDB would
spill to, since where that may lie a query may write.

What belongs here: those locks. What does not: limits on time (`limits`).
"""

from typing import TYPE_CHECKING

from tradefin.quoting import literal

if TYPE_CHECKING:
    import duckdb

# For connections that need files of ours, and nothing that DuckDB would fetch for them.
NO_EXTENSIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}
_LOCKS = {
    "enable_progress_bar": "false",  # it would stand among what a command prints
    "python_enable_replacements": "false",
    **NO_EXTENSIONS,
    "temp_directory": "",
    "enable_external_access": "false",
    "lock_configuration": "true",
}


def private(threads: int = 0) -> "duckdb.DuckDBPyConnection":
    """A locked connection to a database of its own, in memory: it reads what is registered in it.

    Args:
        threads: Threads that it may use; 0 leaves that to DuckDB.
    """
    import duckdb

    con = duckdb.connect(":memory:")
    if threads:
        con.execute(f"set threads = {threads:d}")
    lock(con)
    return con


def lock(con: "duckdb.DuckDBPyConnection", megabytes: int = 0) -> None:
    """Lock a connection that has its files open already; see `private`."""
    if megabytes:
        con.execute(f"set memory_limit = {literal(f'{megabytes}MB')}")
    for name, value in _LOCKS.items():
        con.execute(f"set {name} = {literal(str(value))}")
