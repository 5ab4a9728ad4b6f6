"""The contract: the only place that describes a table.

From it come the Arrow schema, the GX suite, the asset checks, the DuckDB comments and the data package.
What belongs here: reading and checking `expectations/{tables,codelists}/*.yml`. What does not: anything about the
data itself.
"""

import re
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from tradefin import quoting, yamlfile
from tradefin.errors import ProjectInvalid
from tradefin.project import CODELIST, LAYERS, Project

_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_PLAIN_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}

Bound = int | float | str


class Column(yamlfile.Strict):
    """One column of a table.

    Attributes:
        type: `text`, `integer`, `date`, `boolean` or `decimal(precision,scale)`.
        text: What a value means.
        unit: What a number is counted in.
        codelist: Name of the codelist in `expectations/codelists/` whose first column lists the allowed codes.
        values: The allowed values, where a closed set is too small for a codelist.
        references: `table.column` in which every value must occur.
        optional: Whether a value may be missing.
        min: Smallest allowed value, included.
        max: Largest allowed value, included.
        why: The reason for the bounds.
        known_from: Date column of the same row: before that date this cell was not public.
    """

    type: str
    text: str = ""
    unit: str = ""
    codelist: str = ""
    values: tuple[str, ...] = ()
    references: str = ""
    optional: bool = False
    min: Bound | None = None
    max: Bound | None = None
    why: str = ""
    known_from: str = ""

    @field_validator("type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        if value not in _PLAIN_TYPES and not _DECIMAL.fullmatch(value):
            raise ValueError(f"unknown type '{value}'; use text, integer, date, boolean or decimal(p,s)")
        return value

    @model_validator(mode="after")
    def _explained(self) -> "Column":
        if not self.text and not self.unit:
            raise ValueError("needs 'text' (what a value means) or 'unit'")
        if (self.min is not None or self.max is not None) and not self.why:
            raise ValueError("'min' and 'max' need a 'why'")
        if self.references and not re.fullmatch(r"\w+\.\w+", self.references):
            raise ValueError("'references' is written table.column")
        return self

    @property
    def arrow_type(self) -> pa.DataType:
        """Arrow type of the column."""
        decimal = _DECIMAL.fullmatch(self.type)
        return pa.decimal128(int(decimal[1]), int(decimal[2])) if decimal else _PLAIN_TYPES[self.type]

    @property
    def sql_type(self) -> str:
        """DuckDB type of the column."""
        return quoting.sql_type(self.type)


class Rows(yamlfile.Strict):
    """How many rows the table may have, and why."""

    min: int
    max: int
    why: str


class AsOf(yamlfile.Strict):
    """Which columns say when a row became public.

    Attributes:
        published: Date column: the day on which this very figure was public.
        period_ended: Date column: the end of the period that the figure is about.
        figure: Columns that name a figure apart from its vintage and source.
    """

    published: str
    period_ended: str
    figure: tuple[str, ...]


class Expectation(yamlfile.Strict):
    """An expectation beyond those that the columns imply.

    Attributes:
        type: Name of a Great Expectations core expectation in snake case.
        kwargs: Its arguments, as Great Expectations names them.
        per: Column for each of whose values the expectation is run apart.
        severity: `critical` blocks the release; `warning` and `info` are shown.
        why: The reason for it.
    """

    type: str
    kwargs: dict[str, Any] = Field(default_factory=dict)
    per: str = ""
    severity: Literal["critical", "warning", "info"] = "critical"
    why: str

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, given: Any) -> Any:  # noqa: ANN401 - raw YAML
        if not isinstance(given, dict):
            return given
        own = {"type", "per", "severity", "why", "kwargs"}
        loose = {k: v for k, v in given.items() if k not in own}
        return {**{k: v for k, v in given.items() if k in own}, "kwargs": {**given.get("kwargs", {}), **loose}}

    @field_validator("type")
    @classmethod
    def _gx_name(cls, value: str) -> str:
        if not re.fullmatch(r"expect_[a-z_]+", value):
            raise ValueError(f"'{value}' is not the name of an expectation (expect_...)")
        return value


class Example(yamlfile.Strict):
    """A question that the table answers, and the query that answers it.

    Attributes:
        question: What people ask.
        sql: One SELECT in DuckDB's dialect over the tables of a release by their bare names.
    """

    question: str
    sql: str


class Deprecated(yamlfile.Strict):
    """A table that will go.

    Attributes:
        since: Day from which on readers are told.
        until: Day before which no release goes without the table.
        replaced_by: Table to use instead.
    """

    since: date
    until: date
    replaced_by: str

    @model_validator(mode="after")
    def _later(self) -> "Deprecated":
        if self.until <= self.since:
            raise ValueError("'until' must come after 'since', so that readers have time to change over")
        return self


class Contract(yamlfile.Strict):
    """The contract of one table; see the attributes' own files for what each part means.

    Attributes:
        table: The stem: name of the table in every folder.
        layer: `codelists`, `core`, `marts` or `claims`.
        version: SemVer of the table's shape; a release raises it further by what its rows ask for.
        one_row_is: The grain.
        text: What the table is for.
        key: Columns that name a row.
        sorted_by: Columns that order the rows in the published file; holds the whole key.
        rows: Bounds on the number of rows.
        cadence: How often the figures change.
        caveats: Traps that a user must mind.
        as_of: How to see the table as it was on a day, where that has a meaning.
        columns: The columns, in order.
        expectations: Expectations beyond those that the columns imply.
        examples: Questions that it answers, for its page; a test runs them.
        deprecated: Until when a table stays that is to go, and what to use instead.
    """

    table: str
    layer: Literal["codelists", "core", "marts", "claims"]
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    one_row_is: str
    text: str
    key: tuple[str, ...] = Field(min_length=1)
    sorted_by: tuple[str, ...] = Field(min_length=1)
    rows: Rows
    cadence: str
    caveats: tuple[str, ...] = ()
    as_of: AsOf | None = None
    columns: dict[str, Column]
    expectations: tuple[Expectation, ...] = ()
    examples: tuple[Example, ...] = ()
    deprecated: Deprecated | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Contract":
        named = {"key": self.key, "sorted_by": self.sorted_by}
        if self.as_of:
            named["as_of"] = (self.as_of.published, self.as_of.period_ended, *self.as_of.figure)
        for place, names in named.items():
            for name in names:
                if name not in self.columns:
                    raise ValueError(f"'{place}' names the column '{name}', which the table does not have")
        if missing := set(self.key) - set(self.sorted_by):
            raise ValueError(
                f"'sorted_by' must hold the whole key, so that the order is one; missing: {sorted(missing)}"
            )
        for name in self.key:
            if self.columns[name].optional:
                raise ValueError(f"'{name}' is part of the key and cannot be optional")
        for name, column in self.columns.items():
            if column.known_from and self._type_of(column.known_from) != "date":
                raise ValueError(f"'{name}': known_from must name a date column of the same table")
        return self

    def _type_of(self, column: str) -> str:
        return self.columns[column].type if column in self.columns else ""

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """Column names, types and nullability, without metadata."""
        return pa.schema([pa.field(n, c.arrow_type, nullable=c.optional) for n, c in self.columns.items()])


def read_contract(path: Path) -> Contract:
    """Read one contract.

    Raises:
        ProjectInvalid: The file departs from the rules, or is not called as its table.
    """
    contract = yamlfile.read(path, Contract)
    named = contract.table.removeprefix(CODELIST) if contract.layer == "codelists" else contract.table
    if named != path.stem or contract.table.startswith(CODELIST) != (contract.layer == "codelists"):
        raise ProjectInvalid(
            f"{path}: the table is called '{contract.table}' but the file '{path.stem}'; one stem per table."
        )
    return contract


def read_contracts(project: Project) -> dict[str, Contract]:
    """All contracts of the project by stem, in the order codelists, core, marts, claims."""
    files = [f for folder in ("codelists", "tables") for f in sorted((project.expectations / folder).glob("*.yml"))]
    found = [read_contract(f) for f in files]
    for contract in found:
        other = contract.deprecated.replaced_by if contract.deprecated else ""
        if other and (other == contract.table or other not in {c.table for c in found}):
            raise ProjectInvalid(
                f"{project.contract_file(contract.table)}: it is replaced by '{other}', which is no other table."
            )
    return {c.table: c for c in sorted(found, key=lambda c: (LAYERS.index(c.layer), c.table))}
