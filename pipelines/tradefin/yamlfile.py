"""YAML 1.2 files read strictly into pydantic models, with errors that name file, line and column.

`NO` is the text NO, `007` stays a text where a text is asked for, a key given twice or an unknown key is an error.
"""

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tradefin import textfile
from tradefin.errors import ProjectInvalid


class Strict(BaseModel):
    """A frozen value object in which unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class At(ValueError):
    """A mistake that a model's validator finds in a certain place below the model.

    Args:
        message: What is wrong.
        where: Keys and indexes that lead to the place.
    """

    def __init__(self, message: str, *where: int | str) -> None:
        super().__init__(message)
        self.where = where


# A thirteenth month, a mapping as a key, brackets in brackets without end.
_NO_VALUE = (ValueError, TypeError, RecursionError)

Model = TypeVar("Model", bound=Strict)
Where = tuple[int | str, ...]


def read(path: Path, model: type[Model]) -> Model:
    """Read one YAML file into a model.

    Args:
        path: File to read, UTF-8.
        model: The model that says which keys exist and what they may hold.

    Raises:
        ProjectInvalid: The file is not YAML or departs from the model; names line and column.
    """
    found = _parse(path, textfile.read(path), model)
    assert isinstance(found, model)  # noqa: S101 - for the type checker
    return found


def forget() -> None:
    """Let go of every file that was read: a process that reads without end would keep them all."""
    _parse.cache_clear()
    _tree.cache_clear()


def place(path: Path, where: Where, inside: int = 0) -> str:
    """Line and column of a value in a file that is valid YAML, as `line 3, column 7`.

    Args:
        path: The file.
        where: Keys and indexes that lead to the value; what the file does not have is left out.
        inside: Characters of the value before the place meant; counts where the value stands on one line, unfolded.
    """
    text = textfile.read(path)
    line, column = _position(_tree(path, text), where, value=True)
    rest = text.splitlines()[line][column:] if text else ""
    if inside and rest[:1] not in (">", "|"):
        column += inside + (rest[:1] in ("'", '"'))
        column = column if column < len(text.splitlines()[line]) else column - inside
    return f"line {line + 1}, column {column + 1}"


@cache  # a run opens the project more than once; what comes out is frozen
def _parse(path: Path, text: str, model: type[Strict]) -> Strict:
    try:
        return model.model_validate(_values(path, text))
    except ValidationError as error:
        tree = _tree(path, text)
        problems = "\n".join(f"  {_where(tree, e)}: {_say(e)}" for e in error.errors())
        raise ProjectInvalid(f"{path} is not a valid {model.__name__.lower()} file:\n{problems}") from error


def _values(path: Path, text: str) -> Any:  # noqa: ANN401 - any YAML value
    """What a file holds, read by libyaml, six times faster; what that refuses is read again for the place."""
    with suppress(YAMLError, *_NO_VALUE):
        values = YAML(typ="safe").load(text)
        if isinstance(values, dict):
            return _plain(values)
    return _plain(_tree(path, text))


@cache
def _tree(path: Path, text: str) -> CommentedMap:
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark, start = error.problem_mark or error.context_mark, error.context_mark
        found = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "unknown place"
        since = f" {error.context} that began in line {start.line + 1}, column {start.column + 1}" if start else ""
        raise ProjectInvalid(f"{path}: {found}: {error.problem or 'not valid YAML'}{since}.") from error
    except YAMLError as error:  # a character that YAML does not allow
        before = text[: getattr(error, "position", 0)]
        found = f"line {before.count(chr(10)) + 1}, column {len(before) - (before.rfind(chr(10)) + 1) + 1}"
        raise ProjectInvalid(f"{path}: {found}: {getattr(error, 'reason', 'not valid YAML')}.") from error
    except _NO_VALUE as error:
        raise ProjectInvalid(f"{path}: it holds what cannot be a value or a key: {error}.") from error
    if not isinstance(tree, CommentedMap):
        raise ProjectInvalid(f"{path}: line 1, column 1: expected a mapping of keys to values.")
    return tree


def _say(error: Any) -> str:  # noqa: ANN401 - pydantic's own dictionary
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown key '{name}'"
    if error["type"] == "missing":
        return f"key '{name}' is missing"
    return f"{name}: {error['msg'].removeprefix('Value error, ')}"


def _where(tree: CommentedMap, error: Any) -> str:  # noqa: ANN401 - pydantic's own dictionary
    raised = error.get("ctx", {}).get("error")
    further = raised.where if isinstance(raised, At) else ()
    line, column = _position(tree, (*error["loc"], *further))
    return f"line {line + 1}, column {column + 1}"


def _position(tree: CommentedMap, location: Where, *, value: bool = False) -> tuple[int, int]:
    """Line and column, from 0, of the deepest part of `location` that the file has: of its key, or of its value."""
    node: Any = tree
    line, column = 0, 0
    for part in location:
        try:
            if isinstance(node, CommentedMap):
                line, column = node.lc.value(part) if value else node.lc.key(part)
            elif isinstance(node, CommentedSeq):
                line, column = node.lc.item(part)
            node = node[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line, column


def _plain(node: Any) -> Any:  # noqa: ANN401 - any YAML value
    """The tree without ruamel's round-trip types, which pydantic would not recognise."""
    if isinstance(node, dict):
        return {str(k): _plain(v) for k, v in node.items()}
    if isinstance(node, list):
        return [_plain(v) for v in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
