"""What a run works with: the project's files and the store, opened once per run.

What belongs here: Dagster resources. What does not: anything that a step does with them.
"""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import dagster as dg
from pydantic import Field, PrivateAttr

from tradefin.errors import TradefinError
from tradefin.orchestration.rounds import Ask, Round
from tradefin.project import Project, outputs_home
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store


class Workshop(dg.ConfigurableResource[None]):
    """Gives every step of a run the same builder, so that all of them see the same inputs."""

    project: str = Field(
        default="", description="Folder with sql/ and expectations/; empty: the one that the code runs from."
    )
    bundled: str = Field(default="", description="Folder of the bundled figures; goes with `project`.")
    home: str = Field(default="", description="Outputs folder; empty: TRADEFIN_HOME, else outputs/ of the checkout.")
    threads: int = Field(default=0, ge=0, description="Threads that DuckDB may use; 0 leaves it to DuckDB.")
    live: bool = Field(default=False, description="Whether figures fetched from the publishers count, too.")

    _builder: Builder | None = PrivateAttr(default=None)
    _former: str | None = PrivateAttr(default=None)
    _round: Round | None = PrivateAttr(default=None)

    @classmethod
    def of(
        cls, project: Project | None = None, home: Path | None = None, threads: int = 0, live: bool = False
    ) -> "Workshop":
        """A workshop for a project and an outputs folder; what is not given is found when a run begins."""
        return cls(
            project=str(project.root) if project else "",
            bundled=str(project.bundled) if project else "",
            home=str(home) if home else "",
            threads=threads,
            live=live,
        )

    def open(self) -> Builder:
        """A new builder, which has read nothing yet."""
        project = Project(Path(self.project), Path(self.bundled)) if self.project else Project.find()
        home = Path(self.home) if self.home else outputs_home()
        return Builder(project, Store(home), threads=self.threads or None, live=self.live)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Called by Dagster when a run begins, and on a worker before each step.

        Outputs that do not answer are left to the step that asks next: what fails here, Dagster could not try again.
        """
        with suppress(TradefinError, OSError):
            self.look_again()

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Called by Dagster when a run ends, also when somebody ends it."""
        if self._round is not None:
            self._round.end()

    def round(self, publishers: Collection[str], ask: Ask) -> Round:
        """The round of this run, which its first step that asks begins."""
        if self._round is None:
            self._round = Round(publishers, ask)
        return self._round

    def look_again(self) -> None:
        """Forget what the builder of this run has seen of the archive: a step has added to it."""
        from tradefin.releases.publish import current

        self._builder = None
        builder = self.open()
        self._former, self._builder = current(builder.store.home), builder

    @property
    def builder(self) -> Builder:
        """The builder of this run."""
        if self._builder is None:
            self.look_again()
        assert self._builder is not None  # noqa: S101 - for the type checker
        return self._builder

    @property
    def former(self) -> str | None:
        """Id of the release that was current when the builder of this run was opened; None outside of a run."""
        return self._former
