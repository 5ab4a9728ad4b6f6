"""The limits of reading a bulk file: `parse_limit.py unzip|duckdb ZIP`.

`unzip` unpacks it to nowhere. `duckdb` unpacks it into a temporary file and reads that by DuckDB into the same
selection: no line is looked at for faults beyond what DuckDB itself refuses.
"""

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
from parse_common import first_line, given, header, selection, tell, unzipped

_STEP = 1 << 20


def unzip(zipped: Path) -> Iterable[Sequence[str]]:
    """Unpack to nowhere."""
    with zipfile.ZipFile(zipped) as archive, archive.open(archive.namelist()[0]) as member:
        while member.read(_STEP):
            pass
    return ()


def read(zipped: Path) -> Iterable[Sequence[str]]:
    """Unpack, read and select."""
    names, wanted = selection(zipped)
    with unzipped(zipped) as file, duckdb.connect() as con:
        columns, labels = header(first_line(file))
        types = ", ".join(f"'{column}': 'varchar'" for column in columns)
        which = " or ".join(
            "("
            + " and ".join(f"starts_with({n}, '{c}:')" if labels else f"{n} = '{c}'" for n, c in codes.items())
            + ")"
            for codes in wanted
        )
        source = (
            f"from read_csv('{file}', auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
            f"columns = {{{types}}}) where {which}"
        )
        years = [f'"{column}"' for column in columns if column.isdigit()]
        keys = ", ".join(names)
        select = f"select {keys}, TIME_PERIOD, OBS_VALUE {source}"
        if years:
            both = f"select {keys}, {', '.join(years)} {source}"
            select = f"unpivot ({both}) on {', '.join(years)} into name TIME_PERIOD value OBS_VALUE"
        return con.execute(select).fetchall()


if __name__ == "__main__":
    way, given_zip = given()
    tell({"unzip": unzip, "duckdb": read}[way], given_zip)
