"""What is shown, and how the user interface is started."""

import os
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.run_coordinator import QueuedRunCoordinator
from hypothesis import given
from hypothesis import strategies as st

from tradefin.orchestration import dev
from tradefin.orchestration.metadata import markdown_table, tag_value


def test_dagster_accepts_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in dev.prepare(tmp_path / "outputs").items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.get() as instance:
        assert Path(instance.root_directory) == tmp_path / "outputs" / ".dagster"
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert not isinstance(instance.run_coordinator, QueuedRunCoordinator), "a queue waits for a daemon"


def test_settings_that_somebody_wrote_stay(tmp_path: Path) -> None:
    settings = tmp_path / ".dagster" / "dagster.yaml"
    settings.parent.mkdir()
    settings.write_text("telemetry: {enabled: false}\n")
    dev.prepare(tmp_path)
    assert settings.read_text() == "telemetry: {enabled: false}\n"


def test_serve_becomes_the_web_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda *given: called.append(given))
    dev.serve(port=3999, home=tmp_path)
    ((program, arguments, environment),) = called
    assert program == arguments[0]
    assert arguments[1:3] == ["-m", "dagster_webserver"]
    assert arguments[arguments.index("--host") + 1] == "127.0.0.1"
    assert arguments[arguments.index("--port") + 1] == "3999"
    assert environment["TRADEFIN_HOME"] == str(tmp_path)
    assert environment["DAGSTER_HOME"] == str(tmp_path / ".dagster")


def test_a_markdown_table_keeps_its_shape() -> None:
    assert markdown_table([{"a": "1|2", "b": None}, {"a": "x\ny", "b": "z" * 100}]).splitlines() == [
        "| a | b |",
        "| --- | --- |",
        "| 1\\|2 |  |",
        f"| x y | {'z' * 79}… |",
    ]
    assert markdown_table([]) == "(no rows)"


def test_a_tag_ends_with_a_whole_word() -> None:
    assert tag_value("every three years, revised each December") == "every-three-years-revised-each"
    assert tag_value("yearly") == "yearly"


@given(st.text())
def test_any_text_becomes_a_tag_that_dagster_takes(text: str) -> None:
    dg.AssetSpec("asset", tags={"cadence": tag_value(text)})
