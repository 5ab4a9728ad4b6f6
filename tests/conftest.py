"""Fixtures that every test may use: the project, a store that the whole run shares, the compiled facts beside it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from tradefin.project import Project
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

if TYPE_CHECKING:
    from tradefin.releases.release import Release

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def project() -> Project:
    """The checkout's own files."""
    return Project.find()


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One store for the whole run: workers share it, since nothing in it is ever overwritten."""
    base = tmp_path_factory.getbasetemp()
    return Store((base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "shared-store")


@pytest.fixture(scope="session")
def builder(project: Project, store: Store) -> Builder:
    """Builds the real tables from the bundled figures."""
    return Builder(project, store)


@pytest.fixture(scope="session")
def built(builder: Builder) -> Callable[[str], pa.Table]:
    """A table by stem, built from the bundled figures."""
    return builder.table


@pytest.fixture(scope="session")
def real(builder: Builder, tmp_path_factory: pytest.TempPathFactory) -> "Release":
    """A release of the project's own tables; tests that use it share a worker, by the xdist group "real release"."""
    from tests.publishing import audits_of, light
    from tradefin.releases.publish import publish

    with light():
        return publish(builder, audits_of(builder), tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="session")
def facts() -> Path:
    """Folder of the compiled facts, for reconciliation; a checkout without it skips."""
    folder = SHARED / "facts"
    if not folder.is_dir():
        pytest.skip(f"no compiled facts at {folder}: reconciliation with them needs that folder beside the checkout")
    return folder
