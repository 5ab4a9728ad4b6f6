"""A wrong value in a bundled file of the real project stops the table, naming table, column and row."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tradefin.audit.run import audit_table, refuse
from tradefin.errors import ContractBroken, SourceChanged
from tradefin.project import Project
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

Spoil = Callable[[Path], Builder]


@pytest.fixture
def spoil(project: Project, store: Store, tmp_path: Path) -> Callable[[str, str, str], Builder]:
    """Change one file of a copy of the bundled figures; the store is shared, since it is content-addressed."""

    def change(name: str, old: str, new: str) -> Builder:
        bundled = tmp_path / "bundled"
        shutil.copytree(project.bundled, bundled, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        path = bundled / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return Builder(Project(project.root, bundled), store)

    return change


def _line(project: Project, name: str, *words: str) -> str:
    lines = (project.bundled / name).read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if all(w in line for w in words))


def test_a_negative_quota(spoil: Callable[[str, str, str], Builder], project: Project) -> None:
    line = _line(project, "imf/quotas.csv", "30820.5", "JPN")
    builder = spoil("imf/quotas.csv", line, line.replace("30820.5", "-1"))
    with pytest.raises(ContractBroken, match=r"imf_quotas, column quota_sdr_mn.*JPN.*-1") as caught:
        refuse(audit_table(builder, "imf_quotas"))
    assert "iso3=JPN" in str(caught.value)


def test_a_dispute_twice(spoil: Callable[[str, str, str], Builder], project: Project) -> None:
    line = _line(project, "wto/disputes.csv", "Gasoline", "VEN")
    twin = line.replace("Standards for Reformulated", "Standards for Unreformulated")
    assert twin != line
    builder = spoil("wto/disputes.csv", line, f"{line}\n{twin}")
    with pytest.raises(ContractBroken, match=r"wto_disputes.*ds_number=2\b"):
        refuse(audit_table(builder, "wto_disputes"))


def test_an_unknown_country(spoil: Callable[[str, str, str], Builder], project: Project) -> None:
    line = _line(project, "imf/quotas.csv", "30820.5", "JPN")
    builder = spoil("imf/quotas.csv", line, line.replace("JPN", "JPX"))
    with pytest.raises(ContractBroken, match=r"imf_quotas, column iso3.*JPX"):
        refuse(audit_table(builder, "imf_quotas"))


def test_a_missing_column(spoil: Callable[[str, str, str], Builder]) -> None:
    builder = spoil("imf/quotas.csv", "quota_sdr_mn", "quota")
    with pytest.raises(SourceChanged, match=r"quotas\.csv: missing column quota_sdr_mn; unknown column quota"):
        builder.ref("imf_quotas")


def test_a_quota_that_is_no_number(spoil: Callable[[str, str, str], Builder], project: Project) -> None:
    line = _line(project, "imf/quotas.csv", "30820.5", "JPN")
    builder = spoil("imf/quotas.csv", line, line.replace("30820.5", "30 820.5"))
    with pytest.raises(ContractBroken, match=r"column quota_sdr_mn: 1 value\(s\).*'30 820\.5' in the row .*iso3=JPN"):
        builder.ref("imf_quotas")
