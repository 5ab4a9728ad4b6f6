"""YAML 1.2 files read strictly into pydantic models, with errors that name file, line and column.

`NO` is the text NO, `007` stays a text where a text is asked for, a key given twice or an unknown key is an error.
"""

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from tradefin.errors import ProjectInvalid


class Strict(BaseModel):
    """A frozen value object in which unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=Strict)


def read(path: Path, model: type[Model]) -> Model:
    """Read one YAML file into a model.

    Args:
        path: File to read, UTF-8.
        model: The model that says which keys exist and what they may hold.

    Raises:
        ProjectInvalid: The file is not YAML or departs from the model; names line and column.
    """
    found = _parse(path, path.read_text(encoding="utf-8"), model)
    assert isinstance(found, model)  # noqa: S101 - for the type checker
    return found


@cache  # a run opens the project more than once, and strict YAML is slow; what comes out is frozen
def _parse(path: Path, text: str, model: type[Strict]) -> Strict:
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "unknown place"
        raise ProjectInvalid(f"{path}: {place}: {error.problem or 'not valid YAML'}.") from error
    if not isinstance(tree, CommentedMap):
        raise ProjectInvalid(f"{path}: line 1: expected a mapping of keys to values.")
    try:
        return model.model_validate(_plain(tree))
    except ValidationError as error:
        problems = "\n".join(f"  {_place(tree, e['loc'])}: {_say(e)}" for e in error.errors())
        raise ProjectInvalid(f"{path} is not a valid {model.__name__.lower()} file:\n{problems}") from error


def _say(error: Any) -> str:  # noqa: ANN401 - pydantic's own dictionary
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown key '{name}'"
    if error["type"] == "missing":
        return f"key '{name}' is missing"
    return f"{name}: {error['msg'].removeprefix('Value error, ')}"


def _place(tree: CommentedMap, location: tuple[int | str, ...]) -> str:
    """Line and column of the deepest part of `location` that the file has."""
    node: Any = tree
    line, column = 0, 0
    for part in location:
        try:
            if isinstance(node, CommentedMap):
                line, column = node.lc.key(part)
            elif isinstance(node, CommentedSeq):
                line, column = node.lc.item(part)
            node = node[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return f"line {line + 1}, column {column + 1}"


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
