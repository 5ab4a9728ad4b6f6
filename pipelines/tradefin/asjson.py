"""JSON on standard output, for programs."""

import json
from typing import Any


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value, dates and decimals as texts
    """Print a value; what JSON has no type for, such as a date, is printed as a text."""
    print(json.dumps(value, indent=1, ensure_ascii=False, default=_as_text))


def _as_text(value: Any) -> str:  # noqa: ANN401 - what JSON has no type for
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
