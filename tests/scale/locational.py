"""The BIS's locational banking statistics as its service answers for one reporting country, generated.

The layout is that of real answers in CSV (`?format=csv`): twelve dimensions, the attributes, then period, value and
status; `NaN` with the status Q where a figure is confidential. The figures are arithmetic on the place of a row and the
same on each machine. What belongs here: making the files. What does not: serving them (`publisher`).
"""

from pathlib import Path

import duckdb

from tradefin.quoting import literal

QUARTERS = 100  # to the second quarter of 2026

_HEADER = (
    "FREQ", "L_MEASURE", "L_POSITION", "L_INSTR", "L_DENOM", "L_CURR_TYPE", "L_PARENT_CTY", "L_REP_BANK_TYPE",
    "L_REP_CTY", "L_CP_SECTOR", "L_CP_COUNTRY", "L_POS_TYPE", "DECIMALS", "UNIT_MEASURE", "UNIT_MULT", "AVAILABILITY",
    "TITLE_GRP", "TIME_FORMAT", "COLLECTION", "ORG_VISIBILITY", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "OBS_CONF",
    "OBS_PRE_BREAK",
)  # fmt: skip

# A series is a number; its codes are the digits of that number, so that no two series have the same.
_DIGITS = {
    "L_MEASURE": "S F",
    "L_POSITION": "C L",
    "L_INSTR": "A D G",
    "L_DENOM": "TO1 USD EUR JPY GBP CHF",
    "L_CP_SECTOR": "A B N F",
    "L_CP_COUNTRY": "5J " + " ".join(f"{a}{b}" for a in "ABCDEFGHIJKLM" for b in "ABCDEFGHIJKLMNOP"),
}


def write(path: Path, country: str, observations: int, revised: bool = False) -> None:
    """Write the answer for one reporting country.

    Args:
        path: The file.
        country: Its code.
        observations: How many; every series has up to `QUARTERS`.
        revised: Whether the newest quarter has other figures.
    """
    fields = dict.fromkeys(_HEADER, "null") | {
        "FREQ": "'Q'", "L_CURR_TYPE": "'A'", "L_PARENT_CTY": "'5J'", "L_REP_BANK_TYPE": "'A'", "L_POS_TYPE": "'N'",
        "L_REP_CTY": literal(country), "DECIMALS": "'3'", "UNIT_MEASURE": "'USD'", "UNIT_MULT": "'6'",
        "AVAILABILITY": "'K'", "COLLECTION": "'S'", "ORG_VISIBILITY": "'E'", "OBS_CONF": "'F'",
        "TIME_PERIOD": "printf('%d-Q%d', 2001 + (quarter + 2) // 4, 1 + (quarter + 2) % 4)",
        "OBS_VALUE": "case when hidden then 'NaN' else printf('%d.%03d', thousandth // 1000, thousandth % 1000) end",
        "OBS_STATUS": "case when hidden then 'Q' else 'A' end",
    }  # fmt: skip
    place = "series"
    for name, codes in _DIGITS.items():
        listed = codes.split()
        fields[name] = f"({listed})[{place} % {len(listed)} + 1]"  # Python writes lists of texts as DuckDB does
        place = f"({place} // {len(listed)})"
    shift = f"+ (quarter = {QUARTERS - 1})::int * {int(revised)}"
    select = ", ".join(f"{sql} as {name}" for name, sql in fields.items())
    with duckdb.connect(":memory:", config={"threads": 1}) as con:
        con.execute(
            f"""
            copy (
                with places as (
                    select i // {QUARTERS} as series, i % {QUARTERS} as quarter
                    from range({observations}) as r(i)
                ), figures as (
                    select series, quarter,
                        (series * 7919 + quarter * 104729 + {sum(country.encode())}) % 2000000000 {shift} as thousandth,
                        (series + quarter) % 97 = 0 as hidden
                    from places
                )
                select {select} from figures
            ) to {literal(str(path))} (format csv, header true)
            """
        )
