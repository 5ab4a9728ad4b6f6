"""The reader of the WTO's arrays gives back what was written, in a bounded amount of memory."""

import json
import re
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from tradefin.sources.wto_arrays import Arrays, read_arrays

NAMES = st.from_regex(r"[A-Za-z_$][A-Za-z0-9_$]{0,8}", fullmatch=True).filter(
    lambda name: name not in ("var", "new", "Array", "true", "false", "null")
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
WRITTEN = st.dictionaries(
    NAMES, st.dictionaries(st.integers(0, 5000), st.dictionaries(NAMES, TEXTS, max_size=4), max_size=4), max_size=3
)


def _quoted(text: str, by: str) -> str:
    """A text as JavaScript writes it, between the one or the other kind of quotes."""
    inner = json.dumps(text)[1:-1]
    return f'"{inner}"' if by == '"' else "'" + inner.replace('\\"', '"').replace("'", "\\'") + "'"


def _written(arrays: Arrays, space: str, by: str, last: str) -> str:
    lines = []
    for name, elements in arrays.items():
        lines.append(f"var {name}{space}={space}new Array();")
        for index, fields in elements.items():
            body = ",".join(f"{space}{key}:{space}{_quoted(value, by)}" for key, value in fields.items())
            lines.append(f"{name}[{index}]{space}={space}{{{body}{last if fields else ''}{space}}};")
    return "\n".join(lines)


@settings(deadline=None)
@given(WRITTEN, st.sampled_from(["", " ", "\n\t", "/* a note */"]), st.sampled_from("\"'"), st.sampled_from(["", ","]))
def test_what_was_written_is_read(arrays: Arrays, space: str, by: str, last: str) -> None:
    assert read_arrays(_written(arrays, space, by, last).encode(), "x") == arrays


def test_memory_is_bounded() -> None:
    """A file a dozen times the size of the WTO's takes a small multiple of its size."""
    path = SHARED / "raw" / "wto" / "dispute_arrays_e.js"
    if not path.is_file():
        pytest.skip(f"no file of disputes at {path}: reading its real bytes needs that file")
    real = path.read_bytes()
    later = real.index(b"ds_array[")
    bodies = re.split(rb"(?m)^ds_array\[(\d+)\]", real[later:])[1:]
    many = real[:later] + b"".join(
        b"ds_array[%d]%b" % (n * 1000 + int(number), body)
        for n in range(12)
        for number, body in zip(bodies[::2], bodies[1::2], strict=True)
    )
    tracemalloc.start()
    try:
        found = read_arrays(many, "x")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found["ds_array"]) == 12 * 624
    assert peak < 8 * len(many)
