"""Text files that people write: UTF-8, or an error that says where not."""

from pathlib import Path

from tradefin.errors import ProjectInvalid


def read(path: Path) -> str:
    """The text of a file.

    Raises:
        ProjectInvalid: It cannot be read, or is not UTF-8; names line and column.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        column = error.start - (error.object.rfind(b"\n", 0, error.start) + 1) + 1
        raise ProjectInvalid(f"{path}: line {line}, column {column}: not UTF-8.") from error
    except OSError as error:
        raise ProjectInvalid(f"{path} cannot be read ({error.strerror}).") from error
