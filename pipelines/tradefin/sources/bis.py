"""Bank for International Settlements: turnover of foreign exchange, dataflow WS_DER_OTC_TOV, by five ways.

The wide bulk file is what the BIS recommends; the flat one, the two versions of its service and the portal's tables
stand in for it in this order. All give the same table, the portal's with fewer series and in whole billions. What
belongs here: the ways. What does not: the formats (`bis_csv`, `bis_sdmx`, `bis_portal`, `bis_structure`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache

import pyarrow as pa

from tradefin.errors import SourceChanged, Unavailable
from tradefin.sources.bis_csv import sdmx_csv, wide_csv
from tradefin.sources.bis_portal import by_portal, parse_portal
from tradefin.sources.bis_sdmx import (
    UNITS_V1,
    UNITS_V2,
    by_v1,
    by_v2,
    parse_sdmx,
    parse_with_units,
    read_answers,
    units_if_unstated,
)
from tradefin.sources.bis_series import DATAFLOW, WANTED, Key, Row, observed
from tradefin.sources.bis_structure import parse_structure, structure_by_v1, structure_by_v2
from tradefin.sources.flow import Flow, Part, Request
from tradefin.sources.lines import InDoubtError, Lines, Strict, sifting
from tradefin.sources.zipfiles import ZipLimits, open_member, open_pieces

_WIDE = f"{DATAFLOW}_csv_col"
_FLAT = f"{DATAFLOW}_csv_flat"

_LARGE = ZipLimits(bytes=64 << 30)  # the largest flat file of the BIS, locational banking, has 18 GB

Reader = Callable[[Lines, str, Sequence[Key]], Iterator[Row]]


def _bulk(stem: str) -> tuple[Request, ...]:
    return (Request(f"https://data.bis.org/static/bulk/{stem}.zip", suffix=".zip", large=True),)


@lru_cache(maxsize=1)  # it is read to see whether it states the unit, and for its figures
def _read_bulk(part: Part, stem: str, read: Reader) -> list[Row]:
    """The fast way, and where that finds anything in doubt the strict one, which says what is wrong and where."""
    member, zipped, where = f"{stem}.csv", f"bis ({stem}.zip)", f"bis ({stem}.csv)"
    with (
        suppress(InDoubtError, SourceChanged, Unavailable),
        open_pieces(part.body, member, zipped, _LARGE) as pieces,
        sifting(pieces, where) as lines,
    ):
        return observed(read(lines, where, WANTED), where)
    with open_member(part.body, member, zipped, _LARGE) as file:
        return observed(read(Strict(file, where), where, WANTED), where)


def _read_wide(parts: tuple[Part, ...]) -> list[Row]:
    return _read_bulk(parts[0], _WIDE, wide_csv)


def _read_flat(parts: tuple[Part, ...]) -> list[Row]:
    return _read_bulk(parts[0], _FLAT, sdmx_csv)


def parse_wide(parts: tuple[Part, ...]) -> pa.Table:
    """The wanted series of the wide bulk file.

    Raises:
        SourceChanged: It is not what it should be.
        Unavailable: It is cut short.
    """
    return parse_with_units(parts, _read_wide)


def parse_flat(parts: tuple[Part, ...]) -> pa.Table:
    """The wanted series of the flat bulk file.

    Raises:
        SourceChanged: It is not what it should be.
        Unavailable: It is cut short.
    """
    return parse_with_units(parts, _read_flat)


_FIRST = "otc_turnover_bulk"

FLOWS: tuple[Flow, ...] = (
    Flow("bis", _FIRST, lambda: _bulk(_WIDE), parse_wide, units_if_unstated(UNITS_V2, _read_wide)),
    Flow(
        "bis",
        "otc_turnover_flat",
        lambda: _bulk(_FLAT),
        parse_flat,
        units_if_unstated(UNITS_V2, _read_flat),
        fallback_for=_FIRST,
    ),
    Flow("bis", "otc_turnover_v2", by_v2, parse_sdmx, units_if_unstated(UNITS_V2, read_answers), fallback_for=_FIRST),
    Flow("bis", "otc_turnover_v1", by_v1, parse_sdmx, units_if_unstated(UNITS_V1, read_answers), fallback_for=_FIRST),
    Flow("bis", "otc_turnover_portal", by_portal, parse_portal, fallback_for=_FIRST),
    Flow("bis", "otc_structure", structure_by_v2, parse_structure),
    Flow("bis", "otc_structure_v1", structure_by_v1, parse_structure, fallback_for="otc_structure"),
)
