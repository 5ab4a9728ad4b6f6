"""The IMF's statistics by SDMX: how to ask api.imf.org, and its answers as one table of texts.

What belongs here: what all of the IMF's dataflows share. What does not: which of them is asked for, formats
(`imf_sdmx_formats`), what the figures mean.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from urllib.parse import quote

import pyarrow as pa

from tradefin.errors import SourceChanged
from tradefin.sources.bundled import text_table
from tradefin.sources.flow import Part, Request
from tradefin.sources.imf_sdmx_formats import Rows, rows_of

HOST = "api.imf.org"
CSV = "text/csv"
XML = "application/vnd.sdmx.structurespecificdata+xml;version=2.1"

_BASE = f"https://{HOST}/external/sdmx"
_PERIOD = re.compile(r"[0-9]{4}(-(Q[1-4]|M(0[1-9]|1[0-2])|S[12]))?")
_ATTRIBUTES = ("UNIT", "SCALE")


@dataclass(frozen=True)
class Magnitude:
    """The range of one country's figures of one indicator; outside it the unit is no longer what it was.

    Attributes:
        indicator: Code of the indicator.
        country: Code of the country.
        low: Smallest figure.
        high: Largest figure.
        unit: The unit in which that holds, for the error.
    """

    indicator: str
    country: str
    low: Decimal
    high: Decimal
    unit: str


@dataclass(frozen=True)
class Question:
    """Some series of one dataflow.

    Attributes:
        agency: Who maintains the dataflow, e.g. `IMF.STA`.
        flow: Its id, e.g. `FA`.
        key: Dimension by dimension, in the order of the dataflow, the codes asked for; none means all.
        attributes: Attributes to keep beside `UNIT` and `SCALE`; missing where an answer lacks them. Those that change
            with each answer, such as `UPDATE_DATE`, are better left out: the same figures must give the same table.
        required: Those of the attributes without which an answer is of no use.
        magnitudes: What the figures of well-known countries must look like.
    """

    agency: str
    flow: str
    key: dict[str, tuple[str, ...]]
    attributes: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    magnitudes: tuple[Magnitude, ...] = field(default=())

    def by_21(self, start: str, accept: str = CSV, **codes: str) -> Request:
        """SDMX 2.1; an empty position of the key means all.

        Args:
            start: First period.
            accept: Media type.
            codes: Other codes for single dimensions.
        """
        key = ".".join("+".join((codes[d],) if d in codes else c) for d, c in self.key.items())
        return Request(
            f"{_BASE}/2.1/data/{self.agency},{self.flow}/{key}?startPeriod={start}",
            accept=accept,
            suffix=".csv" if accept == CSV else ".xml",
        )

    def by_30(self, **codes: str) -> Request:
        """SDMX 3.0, newest version of the dataflow; its filter on time is not relied upon, so all periods come.

        Args:
            codes: Other codes for single dimensions.
        """
        key = ".".join("+".join((codes[d],) if d in codes else c) or "*" for d, c in self.key.items())
        version = quote("+", safe="")
        return Request(
            f"{_BASE}/3.0/data/dataflow/{self.agency}/{self.flow}/{version}/{key}?attributes=all", accept=CSV
        )

    def read(self, parts: tuple[Part, ...]) -> pa.Table:
        """All answers as one table; observations without a figure are left out.

        Returns:
            Columns: the dimensions, `TIME_PERIOD`, `OBS_VALUE`, then the attributes.

        Raises:
            SourceChanged: No figures at all, a column is missing, a code nobody asked for, two figures for one period,
                a period that cannot be read, or figures of another magnitude.
        """
        dimensions = (*self.key, "TIME_PERIOD")
        header = list(dict.fromkeys((*dimensions, "OBS_VALUE", *_ATTRIBUTES, *self.attributes)))
        figures: dict[tuple[str, ...], list[str]] = {}
        for part in parts:
            where = f"{self.agency}:{self.flow} at {part.request.address}"
            rows = rows_of(part.data, where)
            for row in self._checked(rows, header, where):
                key = tuple(row[: len(dimensions)])
                known = figures.setdefault(key, row)
                if known[len(dimensions)] != row[len(dimensions)]:
                    raise SourceChanged(
                        f"{where}: {'.'.join(key)} has two figures, {known[len(dimensions)]} and "
                        f"{row[len(dimensions)]}; the dataflow may have got a further dimension."
                    )
        if not figures:
            asked = ", ".join(part.request.address for part in parts)
            raise SourceChanged(
                f"{self.agency}:{self.flow}: the answer is well-formed but has no figures, which is how the IMF "
                f"answers a key with a code or an order of dimensions that it does not know. Asked: {asked}"
            )
        self._check_magnitudes(figures)
        return text_table(header, list(figures.values()))

    def _checked(self, rows: Rows, header: list[str], where: str) -> Iterator[list[str]]:
        needed = [*self.key, "TIME_PERIOD", "OBS_VALUE", *self.required]
        missing = [column for column in needed if column not in rows.columns]
        if missing and rows.columns:
            raise SourceChanged(f"{where}: no column {', '.join(missing)}. It has: {', '.join(rows.columns)}.")
        take = _picker(rows.columns, header)
        value = header.index("OBS_VALUE")
        for cells in rows.cells:
            row = take(cells)
            if row[value] in ("", "NaN"):
                continue
            for place, (dimension, codes) in enumerate(self.key.items()):
                if not row[place] or (codes and row[place] not in codes):
                    raise SourceChanged(
                        f"{where}: {dimension} '{row[place]}' was not asked for; asked for {', '.join(codes) or 'all'}."
                    )
            if not _PERIOD.fullmatch(row[value - 1]):
                raise SourceChanged(f"{where}: TIME_PERIOD '{row[value - 1]}' is not a year, quarter or month.")
            for column in self.required:
                if not row[header.index(column)]:
                    raise SourceChanged(f"{where}: {column} is empty for {'.'.join(row[:value])}.")
            yield row

    def _check_magnitudes(self, figures: dict[tuple[str, ...], list[str]]) -> None:
        names = [*self.key]
        country, indicator = names.index("COUNTRY"), names.index("INDICATOR")
        for m in self.magnitudes:
            for key, row in figures.items():
                if (key[indicator], key[country]) == (m.indicator, m.country):
                    number = as_number(row[len(key)], f"{self.agency}:{self.flow} {'.'.join(key)}")
                    if not m.low <= number <= m.high:
                        raise SourceChanged(
                            f"{self.agency}:{self.flow}: {'.'.join(key)} is {row[len(key)]}, outside {m.low:f} to "
                            f"{m.high:f} {m.unit}; the unit or its scale has changed."
                        )


def as_number(text: str, where: str) -> Decimal:
    """A published figure, exactly; thousands may be parted by commas.

    Raises:
        SourceChanged: It is not a number.
    """
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise SourceChanged(f"{where}: '{text}' is not a number.")
    return number


def _picker(columns: list[str], header: Iterable[str]) -> Callable[[list[str]], list[str]]:
    places = [columns.index(column) if column in columns else -1 for column in header]
    return lambda cells: [cells[place].strip() if place >= 0 else "" for place in places]
