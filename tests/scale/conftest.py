"""Fixtures of the tests on real servers."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scale import servers
from tests.tiny import make_tiny
from tradefin.project import Project

_HERE = Path(__file__).resolve().parent
FULL = os.environ.get("TRADEFIN_SCALE", "") == "full"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder takes real servers; the hook is called with those of all folders."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.scale)


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """The servers' programs are there."""
    if missing := servers.missing():
        pytest.fail(f"{missing} is not installed: {servers.PACKAGES}")


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty folder that another user may enter, as pytest's own may not."""
    with tempfile.TemporaryDirectory(prefix="tradefin-scale-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def scaled(place: Path) -> Project:
    """What is built: the real project in the full form, the tiny one in the short."""
    return Project.find() if FULL else make_tiny(place / "project").project
