"""A bulk file by what people would otherwise read it with: `parse_peers.py LIBRARY ZIP [SECONDS MIB]`.

Each reads every cell as a text, so that NA stays Namibia and a figure stays as published, and selects the same series.
"""

import importlib
import zipfile
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import and_, or_
from pathlib import Path

from parse_common import first_line, given, header, selection, tell, unzipped

_CHUNK = 500_000  # rows that pandas holds at a time
_FIGURE = ("TIME_PERIOD", "OBS_VALUE")


def by_pandas(zipped: Path) -> Iterable[Sequence[str]]:
    """pandas, straight from the zip, in chunks: the whole would not fit."""
    import pandas as pd

    names, wanted = selection(zipped)
    with zipfile.ZipFile(zipped) as archive, archive.open(archive.namelist()[0]) as member:
        columns, labels = header(member.readline())
    years = [column for column in columns if column.isdigit()]
    used = [*names, *(years or _FIGURE)]
    found = []
    # An open member is streamed; of a path to a zip pandas 3.1 unpacks all into the memory, chunks or not.
    with zipfile.ZipFile(zipped) as archive, archive.open(archive.namelist()[0]) as member:
        for chunk in pd.read_csv(
            member, dtype=str, keep_default_na=False, names=columns, header=0, usecols=used, chunksize=_CHUNK
        ):
            masks = [
                reduce(and_, (chunk[n].str.startswith(f"{c}:") if labels else chunk[n] == c for n, c in codes.items()))
                for codes in wanted
            ]
            found.append(chunk[reduce(or_, masks)])
    table = pd.concat(found)
    if years:
        table = table.melt(names, years, *_FIGURE)
        table = table[table["OBS_VALUE"] != ""]
    return table[[*names, *_FIGURE]].itertuples(index=False, name=None)


def by_polars(zipped: Path) -> Iterable[Sequence[str]]:
    """Polars' streaming engine, on a temporary file."""
    import polars as pl

    names, wanted = selection(zipped)
    with unzipped(zipped) as file:
        columns, labels = header(first_line(file))
        years = [column for column in columns if column.isdigit()]
        which = reduce(
            or_,
            (
                reduce(
                    and_,
                    (pl.col(n).str.starts_with(f"{c}:") if labels else pl.col(n) == c for n, c in codes.items()),
                )
                for codes in wanted
            ),
        )
        lazy = pl.scan_csv(file, infer_schema=False, new_columns=columns).filter(which)
        if years:
            lazy = lazy.unpivot(years, index=names, variable_name=_FIGURE[0], value_name=_FIGURE[1]).drop_nulls()
        return lazy.select(*names, *_FIGURE).collect(engine="streaming").rows()


def by_pysdmx(zipped: Path) -> Iterable[Sequence[str]]:
    """pysdmx, the BIS's own library, without its validation."""
    from pysdmx.io import read_sdmx

    names, wanted = selection(zipped)
    with unzipped(zipped) as file:
        (dataset,) = read_sdmx(file, validate=False).data
    table = dataset.data
    masks = [reduce(and_, (table[n] == c for n, c in codes.items())) for codes in wanted]
    return table[reduce(or_, masks)][[*names, *_FIGURE]].astype(str).itertuples(index=False, name=None)


def by_sdmx1(zipped: Path) -> Iterable[Sequence[str]]:
    """sdmx1, told the structure, which it needs for CSV."""
    import sdmx
    from sdmx.model import v30

    names, wanted = selection(zipped)
    with unzipped(zipped) as file:
        columns, _ = header(first_line(file))
        structure = v30.DataStructureDefinition(id="BIS_DER")
        for name in (*names, "TIME_PERIOD"):
            structure.dimensions.append(v30.Dimension(id=name))
        structure.measures.append(v30.Measure(id="OBS_VALUE"))
        for name in columns[columns.index("OBS_VALUE") + 1 :]:
            structure.attributes.append(v30.DataAttribute(id=name))
        message = sdmx.read_sdmx(file, structure=structure)
    for dataset in message.data:
        for one in dataset.obs:
            codes = {name: str(value.value) for name, value in one.dimension.values.items()}
            if any(all(codes[n] == c for n, c in some.items()) for some in wanted):
                yield (*(codes[name] for name in names), codes["TIME_PERIOD"], str(one.value))


PEERS = {"pandas": by_pandas, "polars": by_polars, "pysdmx": by_pysdmx, "sdmx1": by_sdmx1}
MODULES = {"pandas": "pandas", "polars": "polars", "pysdmx": "pysdmx.io", "sdmx1": "sdmx"}

if __name__ == "__main__":
    library, given_zip = given()
    importlib.import_module(MODULES[library])  # before the clock
    tell(PEERS[library], given_zip)
