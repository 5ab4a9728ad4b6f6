"""A bulk file by the project's own connector, as a refresh reads it: `parse_ours.py FLOW ZIP`."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from parse_common import given, selection, tell

from tradefin.sources.bis import FLOWS
from tradefin.sources.flow import Part


def read(name: str, zipped: Path) -> Iterable[Sequence[str]]:
    """By the flow of that name."""
    flow = next(flow for flow in FLOWS if flow.name == name)
    table = flow.parse((Part(flow.requests()[0], zipped),))
    columns = [*selection(zipped)[0], "TIME_PERIOD", "OBS_VALUE"]
    return zip(*(table[column].to_pylist() for column in columns), strict=True)


if __name__ == "__main__":
    way, file = given()
    tell(partial(read, way), file)
