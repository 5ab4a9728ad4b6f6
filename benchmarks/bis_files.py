"""Files in the layouts of the BIS's bulk downloads, of any size, the same bytes each time.

What belongs here: made-up figures of real series, in the wide and the flat layout, zipped. What does not: reading them.
"""

import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from tradefin.project import Project
from tradefin.sources.bis_series import DATAFLOW, DIMENSIONS, SERIES
from tradefin.sources.description import read_publishers

_STEP = 1 << 20
_CHUNK = 5_000_000  # observations that are written while those before them are packed
_FIRST_YEAR = 1986
YEARS = 40
_WIDE_LABELS = DIMENSIONS[2:12]  # columns of labels, so that the wide file has its 73 columns
_COMMA = ("DER_INSTR", "DER_ISSUE_MAT")  # their labels hold one, so that cells are quoted
# Beside the codes that are described of what we want, some that nobody asks for.
_OTHERS = {
    "DER_SECTOR_CPY": ("B", "C", "D", "E", "F", "G", "U"),
    "DER_CPC": ("1E", "5Z"),
    "DER_CURR_LEG2": ("USD", "EUR", "JPY", "GBP", "AUD", "CAD", "CHF", "CNY", "HKD", "SEK", "NZD", "SGD"),
    "DER_ISSUE_MAT": ("G", "H", "J", "V", "2"),
    "DER_BASIS": ("A",),
}
# Attributes: column, code, label; those that hold for the whole data set stand in each row here.
_SAID = (
    ("AVAILABILITY", "K", "Public"),
    ("COLLECTION", "S", "Summed through period"),
    ("OBS_CONF", "F", "Free"),
    ("OBS_STATUS", "A", "Normal value"),
    ("DECIMALS", "3", "Three"),
    ("UNIT_MEASURE", "USD", "US dollar"),
    ("UNIT_MULT", "6", "Millions"),
)
_EMPTY = ("OBS_PRE_BREAK", "TIME_FORMAT", "TITLE_TS")


def flat_zip(folder: Path, observations: int, labels: bool) -> Path:
    """The flat layout: SDMX-CSV 2.0, one observation a row.

    Args:
        folder: Where the zip goes.
        observations: How many; a multiple of 40, since each series has 40 years.
        labels: Whether cells are `CODE: Label`, as in the bulk file, or codes alone, as the service gives them.
    """
    named = [_labelled(d, f'"{d}"', labels) + f' as "{_heading(d, labels)}"' for d in DIMENSIONS]
    said = [f"'{code}{f': {label}' if labels else ''}' as \"{_heading(n, labels)}\"" for n, code, label in _SAID]
    flow = f"BIS:{DATAFLOW}(1.0)" + (": OTC derivatives turnover" if labels else "")
    select = f"""
        select 'dataflow' as "STRUCTURE", '{flow}' as "STRUCTURE_ID", 'I' as "ACTION", {", ".join(named)},
            {_FIRST_YEAR} + year as "{_heading("TIME_PERIOD", labels)}",
            {_figure("number", "year")} as "{_heading("OBS_VALUE", labels)}",
            {", ".join(said)}, {", ".join(f'null as "{_heading(n, labels)}"' for n in _EMPTY)}
        from (select *, unnest(range({YEARS})) as year from {{series}})
    """
    return _written(folder, "flat", select, observations // YEARS)


def wide_zip(folder: Path, series: int) -> Path:
    """The wide layout: one series a row with codes and labels in columns of their own, one column a year; 73 columns.

    Args:
        folder: Where the zip goes.
        series: How many; they have 5.5 observations each, as in the real file.
    """
    named = [
        f'"{d}"' + (f', {_label(d, chr(34) + d + chr(34))} as "{_title(d)}"' if d in _WIDE_LABELS else "")
        for d in DIMENSIONS
    ]
    said = [f"'{code}' as \"{n}\"" for n, code, _ in _SAID if not n.startswith("OBS_")]
    years = [
        f"""case when (number + {y}) % 7 = 0 or "DER_CPC" = '5J' and {y} % 3 = 0 and number % 40 = 0
            then {_figure("number", str(y))} end as "{_FIRST_YEAR + y}" """
        for y in range(YEARS)
    ]
    keys = ", ".join(f'"{d}"' for d in DIMENSIONS)
    select = f"""
        select {", ".join(named)}, {", ".join(said)}, null as "TIME_FORMAT", null as "COMPILATION", null as "TITLE_TS",
            concat_ws(':', {keys}) as "Series", {", ".join(years)}
        from {{series}}
    """
    return _written(folder, "col", select, series)


def _written(folder: Path, layout: str, select: str, series: int) -> Path:
    """Write chunk by chunk, the next one while the last is packed."""
    stem = f"{DATAFLOW}_csv_{layout}"
    path, step = folder / f"{stem}.zip", _CHUNK // YEARS
    with (
        duckdb.connect() as con,
        ThreadPoolExecutor(1) as writer,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(f"{stem}.csv", "w", force_zip64=True) as packed,
    ):
        con.execute(f"create table series as {_series(series)}")
        files = writer.map(
            lambda first: _chunk(con, select, folder / f"{stem}.{first}.csv", first, step), range(0, series, step)
        )
        for file in files:
            with file.open("rb") as lines:
                while piece := lines.read(_STEP):
                    packed.write(piece)
            file.unlink()
    return path


def _chunk(con: duckdb.DuckDBPyConnection, select: str, file: Path, first: int, step: int) -> Path:
    some = f"(from series where number >= {first} and number < {first + step})"
    header = "true" if first == 0 else "false"
    con.execute(f"copy ({select.format(series=some)}) to '{file}' (format csv, header {header}, delimiter ',')")
    return file


def _codes() -> dict[str, tuple[str, ...]]:
    """The codes of each dimension."""
    described = read_publishers(Project.find())["bis"].flows["otc_turnover_bulk"].columns
    return {name: tuple(dict.fromkeys((*described[name].values, *_OTHERS.get(name, ())))) for name in DIMENSIONS}


def _series(count: int) -> str:
    """Numbered series: those that the project wants, scattered among others, each once."""
    codes = _codes()
    wanted = [
        tuple(code if one == "*" else one for one in pattern.split("."))
        for pattern in SERIES.values()
        for code in codes[DIMENSIONS[pattern.split(".").index("*")]]
    ]
    rows = ", ".join(f"({', '.join(map(repr, key))})" for key in dict.fromkeys(wanted))
    others, divisor = [], 1
    for name in DIMENSIONS:
        others.append(f"{[*codes[name]]}[1 + digits // {divisor} % {len(codes[name])}]")
        divisor *= len(codes[name])
    stride = 1_000_003  # no divisor of theirs: so the others differ from each other
    columns = ", ".join(f'"{d}"' for d in DIMENSIONS)
    return f"""
        with wanted ({columns}) as (values {rows}),
        others ({columns}, place) as (
            select {", ".join(others)}, place
            from (select place, place * {stride} % {divisor} as digits from range({count}) as places (place))
        ),
        together as (
            select *, hash({columns}) % {count} as place from wanted
            union all (
                from others anti join wanted using ({columns})
                order by place limit {count} - (select count(*) from wanted)
            )
        )
        select row_number() over (order by place, {columns}) - 1 as number, {columns} from together
    """


def _figure(series: str, year: str) -> str:
    return f"((({series}) * {YEARS} + {year}) * 7919 % 99999989 / 1000)::decimal(12, 3)"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _heading(name: str, labels: bool) -> str:
    return f"{name}:{_title(name)}" if labels else name


def _label(name: str, cell: str) -> str:
    return f"'{_title(name)}{', as' if name in _COMMA else ''} ' || {cell} || ' of the survey'"


def _labelled(name: str, cell: str, labels: bool) -> str:
    return f"{cell} || ': ' || {_label(name, cell)}" if labels else cell
