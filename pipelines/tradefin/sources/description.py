"""What is known of each publisher: its tables as it names them, its licences as evidence.

Reads `expectations/sources/*.yml`. What belongs here: the description. What does not: fetching or parsing.
"""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from tradefin import yamlfile
from tradefin.errors import ProjectInvalid
from tradefin.project import Project


class Licence(yamlfile.Strict):
    """Evidence that figures may be published.

    Attributes:
        name: What the licence is called.
        address: Where it can be read.
        clause: The clause that permits it.
        checked_on: Day on which somebody looked.
        attribution: The citation that it asks for.
    """

    name: str = Field(min_length=1)
    address: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    checked_on: date
    attribution: str = Field(min_length=1)


class SourceRows(yamlfile.Strict):
    """Fewer rows than `min` mean that the source has changed; more than `max` that something is doubled."""

    min: int
    max: int


class SourceTable(yamlfile.Strict):
    """One table of a publisher, every column a text.

    Attributes:
        text: What one row is.
        rows: How many rows to expect of the bundled figures.
        columns: The column names, all of them, in order.
        figure: Columns that name a figure apart from its vintage and source; needed where it is served live.
        beside: Columns that describe a figure: when only they change, the figure is the same.
    """

    text: str
    rows: SourceRows
    columns: tuple[str, ...] = Field(min_length=1)
    figure: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known_columns(self) -> "SourceTable":
        if unknown := sorted({*self.figure, *self.beside} - set(self.columns)):
            raise ValueError(f"'figure' and 'beside' name columns that the table does not have: {', '.join(unknown)}")
        if both := sorted(set(self.figure) & set(self.beside)):
            raise ValueError(f"'figure' and 'beside' both name {', '.join(both)}")
        return self


class FlowColumn(yamlfile.Strict):
    """What a column of a live answer may hold.

    Attributes:
        values: The known codes; empty for any text.
        new: What an unknown code means: `refuse` stops the source, `warn` is shown in the release.
        number: Whether every value must be a number.
        optional: Whether the column may be absent.
    """

    values: tuple[str, ...] = ()
    new: Literal["refuse", "warn"] = "refuse"
    number: bool = False
    optional: bool = False


class FlowParts(yamlfile.Strict):
    """Limits on the parts of one answer.

    Attributes:
        most: How many may be asked for in one round; more is an error that says which were not asked.
        may_lack_pct: Percentage of the optional ones that may be gone or not understood; one always may.
        resume_hours: How long what came in an unfinished round stays good; 0: the next round begins anew.
    """

    most: int = Field(default=500, ge=1)
    may_lack_pct: int = Field(default=5, ge=0, le=100)
    resume_hours: int = Field(default=0, ge=0, le=168)


class FlowDescription(yamlfile.Strict):
    """One table that the publisher serves live.

    Attributes:
        text: What one row is.
        licence: Id of the licence under which it comes.
        rows: How many rows to expect.
        columns: Its columns by the publisher's own ids.
        parts: Limits where it comes in many parts.
    """

    text: str
    licence: str
    rows: SourceRows
    columns: dict[str, FlowColumn]
    parts: FlowParts = FlowParts()


class PartitionedFlow(FlowDescription):
    """One table that is too large for one answer: it is asked for, read and published by partition.

    Attributes:
        partitions: The codes of its partitions; `rows` holds for each of them.
    """

    partitions: tuple[str, ...] = Field(min_length=1)


class Publisher(yamlfile.Strict):
    """A publisher, its licences and its tables.

    Attributes:
        publisher: Slug, as in the folder of the bundled figures.
        name: Full name.
        landing_page: Where a reader starts.
        cadence: How often it publishes.
        licences: Evidence by licence id.
        tables: Tables by name; `source_<publisher>_<name>` in SQL.
        hosts: The only hosts that may be asked, redirects included.
        requests_per_minute: How politely to ask.
        checked_every_days: How often to look for something new; the longest gap of its schedule.
        schedule: When to look for something new, as cron expressions in UTC.
        flows: What it serves live, by name.
        partitioned: What it serves live by partition, by name; no release holds it (see `tradefin.partitioned`).
    """

    publisher: str
    name: str
    landing_page: str
    cadence: str
    licences: dict[str, Licence] = Field(default_factory=dict)
    tables: dict[str, SourceTable]
    hosts: tuple[str, ...] = ()
    requests_per_minute: int = 10
    checked_every_days: int = 7
    schedule: tuple[str, ...] = ()
    flows: dict[str, FlowDescription] = Field(default_factory=dict)
    partitioned: dict[str, PartitionedFlow] = Field(default_factory=dict)


def read_publishers(project: Project) -> dict[str, Publisher]:
    """All publishers by slug.

    Raises:
        ProjectInvalid: A file departs from the rules or is not called as its publisher.
    """
    publishers = {}
    for path in sorted((project.expectations / "sources").glob("*.yml")):
        publisher = yamlfile.read(path, Publisher)
        if publisher.publisher != path.stem:
            raise ProjectInvalid(f"{path}: the publisher is called '{publisher.publisher}' but the file '{path.stem}'.")
        publishers[publisher.publisher] = publisher
    return publishers
