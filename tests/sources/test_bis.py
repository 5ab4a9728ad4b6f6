"""BIS: every way and layout gives one table; what is no longer as known is refused by name."""

import json
from collections.abc import Sequence

import pyarrow as pa
import pytest

from tests.sources.bis_answers import (
    EURO,
    FIGURES,
    LOCAL,
    LONDON,
    MALTA,
    UNITS,
    WORLD,
    Figure,
    flat,
    flow_of,
    parts,
    portal,
    text_of,
    wide,
    xml,
    zipped,
)
from tests.sources.mapping import accepted
from tradefin.errors import SourceChanged, Unavailable
from tradefin.project import Project
from tradefin.sources.bis import FLOWS
from tradefin.sources.bis_sdmx import UNITS_V1, UNITS_V2
from tradefin.sources.bis_series import COLUMNS, DIMENSIONS
from tradefin.sources.description import read_publishers
from tradefin.sources.drift import check
from tradefin.sources.flow import Part

SERVICE, BULK, FLAT, PORTAL = "otc_turnover_v2", "otc_turnover_bulk", "otc_turnover_flat", "otc_turnover_portal"
MEMBER = {BULK: "WS_DER_OTC_TOV_csv_col.csv", FLAT: "WS_DER_OTC_TOV_csv_flat.csv"}


def table(flow: str, data: bytes, units: bytes | None = None) -> pa.Table:
    return flow_of(flow).parse(parts(zipped(MEMBER[flow], data) if flow in MEMBER else data, units=units))


def fails(flow: str, data: bytes, units: bytes | None = None) -> str:
    with pytest.raises(SourceChanged) as caught:
        table(flow, data, units)
    return str(caught.value)


def dropped(one: pa.Table, columns: Sequence[str] = ("OBS_STATUS", "OBS_CONF")) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = one.drop_columns(list(columns)).sort_by([(n, "ascending") for n in DIMENSIONS])
    return sorted(rows.to_pylist(), key=str)  # type: ignore[attr-defined]


def test_every_layout_gives_one_table() -> None:
    one = table(SERVICE, xml())
    assert one.column_names == list(COLUMNS)
    assert one.num_rows == sum(status != "M" for *_, status in FIGURES) == 10
    others = {
        "CSV 1.0, unit in every row": table(SERVICE, flat(version=1, units="each")),
        "CSV 2.0, unit in a row of its series": table(SERVICE, flat(units="series")),
        "CSV 2.0, unit in a row of the data set": table(SERVICE, flat(units="set")),
        "CSV 2.0, unit in another message": table(SERVICE, flat(), units=xml(FIGURES[:1])),
        "labels in headers and cells": table(SERVICE, flat(labels="both", units="series")),
        "labels in columns beside": table(SERVICE, flat(labels="name", units="set")),
        "columns in another order": table(SERVICE, flat(units="each", order=sorted(COLUMNS))),
        "flat bulk file": table(FLAT, flat((*FIGURES, (LOCAL, "2001", "7", "A")), labels="both", units="series")),
        "flat bulk file, unit in a row of the data set": table(FLAT, flat(units="set")),
        "byte order mark": table(SERVICE, b"\xef\xbb\xbf" + flat(units="each")),
    }
    assert [name for name, other in others.items() if not other.equals(one)] == []
    for units in (True, False):
        bulk = table(BULK, wide(units=units), None if units else xml(FIGURES[:1]))
        assert dropped(bulk) == dropped(one), "the wide file has no status, else the same"


def test_missing_is_absent_and_zero_is_zero() -> None:
    rows = table(SERVICE, flat(units="each")).to_pylist()
    seen = {(".".join(row[d] for d in DIMENSIONS), row["TIME_PERIOD"]): row for row in rows}
    assert (WORLD, "2002") not in seen and (LONDON, "2002") not in seen
    assert seen[MALTA, "2001"]["OBS_VALUE"] == "0"
    assert seen[WORLD, "2004"]["OBS_VALUE"] == "1934000.123456", "as published"
    assert {seen[LONDON, year]["OBS_STATUS"] for year in ("1986", "2001")} == {"E", "B"}
    for status, value in (("M", "5"), ("Q", "0"), ("A", "NaN"), ("A", "")):
        figures: tuple[Figure, ...] = ((WORLD, "2001", "1", "A"), (EURO, "2001", value, status))
        assert table(SERVICE, flat(figures, units="each")).num_rows == 1
    rows = table(SERVICE, flat(units="each", without="OBS_STATUS")).to_pylist()
    assert {row["OBS_STATUS"] for row in rows} == {None}


def test_the_unit_must_be_stated_and_fit() -> None:
    assert "the unit is not stated: UNIT_MULT is missing in 10 of 10 observations" in fails(SERVICE, flat())
    assert "says DECIMALS=3, UNIT_MEASURE=USD, UNIT_MULT=." in fails(
        SERVICE, flat(), xml(units={"DECIMALS": "3", "UNIT_MEASURE": "USD"})
    )
    thousandth: tuple[Figure, ...] = ((WORLD, "2001", "1239.3485", "A"),)
    said = fails(SERVICE, flat(), xml(thousandth, UNITS | {"UNIT_MULT": "9"}))
    assert "is 1239348.5, but 1239.3485 in the message that states the unit (UNIT_MULT=9)" in said


def test_the_unit_is_asked_for_only_when_it_is_not_stated() -> None:
    for name, units in ((BULK, UNITS_V2), (FLAT, UNITS_V2), (SERVICE, UNITS_V2), ("otc_turnover_v1", UNITS_V1)):
        flow = flow_of(name)
        silent = wide() if name == BULK else flat()
        stated = wide(units=True) if name == BULK else flat(units="set")
        first = parts(zipped(MEMBER[name], silent) if name in MEMBER else silent)
        assert flow.follow(first) == (units,)
        assert flow.follow((*first, Part(units, xml()))) == ()
        assert flow.follow(parts(zipped(MEMBER[name], stated) if name in MEMBER else stated)) == ()


def test_answers_of_several_questions_are_put_together() -> None:
    flow = flow_of(SERVICE)
    together = flow.parse(parts(flat(FIGURES[:7]), flat(FIGURES[3:]), units=xml(FIGURES[:1])))
    assert together.equals(table(SERVICE, xml()))
    other: tuple[Figure, ...] = ((WORLD, "2001", "1239349", "A"),)
    with pytest.raises(SourceChanged, match=r"TO1\.A\.A\.3\.C in 2001 has two values, 1239348\.5 and 1239349"):
        flow.parse(parts(xml(), xml(other)))
    with pytest.raises(SourceChanged, match=r"stats\.bis\.org/1\).*no observation of the series asked for among 0"):
        flow.parse(parts(xml(), flat(())))


def test_csv_that_changed() -> None:
    good = flat(units="each")
    assert "no column DER_BASIS. Unknown: DER_BASE; renamed?" in fails(SERVICE, good.replace(b"DER_BASIS", b"DER_BASE"))
    assert "no column OBS_VALUE. It has: STRUCTURE, STRUCTURE_ID, ACTION, FREQ" in fails(
        SERVICE, flat(without="OBS_VALUE")
    )
    assert "of 'BIS:WS_XTD_DERIV(1.0)' where BIS:WS_DER_OTC_TOV" in fails(
        SERVICE, good.replace(b"WS_DER_OTC_TOV", b"WS_XTD_DERIV")
    )
    assert "not SDMX-CSV, which has a column DATAFLOW or STRUCTURE_ID: Series" in fails(SERVICE, b"Series,2001\n1,2\n")
    assert "line 2: tells to delete figures" in fails(SERVICE, good.replace(b"),I,", b"),D,"))
    assert "line 2: 3 cells where the header has" in fails(SERVICE, good.partition(b"\r\n")[0] + b"\r\na,b,c\r\n")
    assert "column FREQ stands twice" in fails(SERVICE, good.replace(b"DER_TYPE", b"FREQ"))
    assert "no observation of the series asked for among 0 rows" in fails(SERVICE, flat(()))
    assert "an observation of 2001 has no DER_RISK" in fails(SERVICE, good.replace(b"A,U,A,B,5J", b"A,U,A,,5J"))
    assert "the period of A.U.A.B.5J.A.5J.A.TO1.TO1.A.A.3.C in 2001-Q2 is no year" in fails(
        SERVICE, good.replace(b",2001,1239348", b",2001-Q2,1239348")
    )
    assert "a semicolon seems to" in fails(SERVICE, good.replace(b",", b";"))
    assert "Latin-1" in fails(SERVICE, flat(labels="both", units="each").replace(b"Frequency", b"Fr\xe9quence"))
    late = good + good.split(b"\r\n")[1].join([b"\r\n"] * 2000) + b"dataflow,caf\xe9,\r\n"
    assert "from line 2014 on: UTF-8 is expected, but byte 12 (0xE9" in fails(FLAT, late)


def test_wide_that_changed() -> None:
    good = wide(units=True)
    assert "no column DER_RISK. Unknown: DER_RISQUE; renamed?" in fails(BULK, good.replace(b"DER_RISK", b"DER_RISQUE"))
    assert "no column Series" in fails(BULK, good.replace(b"Series", b"Key"))
    assert "column '2001-Q1' is no year" in fails(BULK, good.replace(b",2001,", b",2001-Q1,"))
    assert "no column is a year" in fails(BULK, text_of([[*DIMENSIONS, "Series"], ["x"] * 15]))
    said = fails(BULK, good.replace(b"A:U:A:B:GB", b"A:U:A:B:US"))
    assert "line 4: the codes 'A:U:A:B:GB:A" in said and "have columns moved?" in said
    assert "no observation of the series asked for" in fails(BULK, wide(((LOCAL, "2001", "7", "A"),), units=True))
    with pytest.raises(SourceChanged, match=r"no member is called 'WS_DER_OTC_TOV_csv_col\.csv'. It holds: other\.csv"):
        flow_of(BULK).parse(parts(zipped("other.csv", good)))
    with pytest.raises(SourceChanged, match=r"a zip was due, but this is a page of HTML"):
        flow_of(BULK).parse(parts(b"<html><title>Moved</title></html>"))
    with pytest.raises(Unavailable, match="cut short"):
        flow_of(BULK).parse(parts(zipped(MEMBER[BULK], good)[:-60]))


def test_what_may_come_instead() -> None:
    page = b"<!doctype html><html><head><title>Access Denied</title></head></html>"
    for name in (SERVICE, "otc_turnover_v1", PORTAL, "otc_structure"):
        assert "titled 'Access Denied'" in fails(name, page)
        assert "the answer is empty" in fails(name, b" \n")
    error = b"""<?xml version="1.0"?><mes:Error xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
        xmlns:com="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"><mes:ErrorMessage code="100">
        <com:Text>No Results Found</com:Text></mes:ErrorMessage></mes:Error>"""
    assert "No Results Found" in fails(SERVICE, error)
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
    assert "document type" in fails(SERVICE, bomb) and "document type" in fails("otc_structure", bomb)
    assert "not well-formed XML" in fails(SERVICE, xml()[:-40])
    assert "no observation of the series asked for among 0 rows" in fails(SERVICE, xml(()))
    assert "BIS:WS_TC(1.0)" in fails(SERVICE, xml().replace(b"WS_DER_OTC_TOV", b"WS_TC"))


def test_portal_that_changed() -> None:
    rows = table(PORTAL, portal()).to_pylist()
    assert [(r["DER_CURR_LEG1"], r["OBS_VALUE"], r["UNIT_MULT"], r["PERCENT"]) for r in rows] == [
        ("EUR", "470", "9", "38"),
        ("TO1", "1239", "9", "200"),
    ]
    good = portal()
    assert "shows '470 bn', which is no number" in fails(PORTAL, good.replace(b'"470"', b'"470 bn"'))
    assert "shows '4,70', which is no number" in fails(PORTAL, good.replace(b'"470"', b'"4,70"'))
    assert "shows a series of DER_BASIS 'B'" in fails(PORTAL, good.replace(b".A.3.C", b".A.3.B"))
    assert "no 'items' in the JSON" in fails(PORTAL, good.replace(b'"items"', b'"rows"'))
    assert "the JSON is no object but" in fails(PORTAL, b'["error"]')
    assert "not readable as JSON" in fails(PORTAL, good[:-1])
    assert "table 'DER_D11_9'" in fails(PORTAL, portal(id="DER_D11_9"))
    assert "others than known: 'Gross, in billions'" in fails(PORTAL, portal(description="Gross, in billions"))
    assert "has unknown fields: 9" in fails(PORTAL, portal(items=[{"level_1": "EUR", "9": {}}]))
    assert "has no name" in fails(PORTAL, portal(items=[{"level_2": "EUR"}]))
    assert "has a cell of another layout" in fails(PORTAL, portal(items=[{"level_1": "EUR", "3": "470"}]))
    assert "has a cell of the series '' in ''; 14 codes" in fails(
        PORTAL, portal(items=[{"level_1": "EUR", "3": {"value": "1"}}])
    )
    assert "the columns have another layout" in fails(PORTAL, portal(columns=[{"header": "2001"}]))
    assert "'Q2 2001' is no year" in fails(PORTAL, portal(columns=[{"header_name": "Q2 2001", "field": "2"}]))
    assert "no observation of the series asked for" in fails(PORTAL, portal(items=[]))


def test_another_unit_and_new_codes_are_seen_by_the_description(project: Project) -> None:
    description = read_publishers(project)["bis"].flows
    small = {n: d.model_copy(update={"rows": d.rows.model_copy(update={"min": 1})}) for n, d in description.items()}
    good = table(SERVICE, flat(units="each"))
    assert check(good, small[SERVICE], None, "bis") == []
    assert check(table(BULK, wide(units=True)), small[BULK], None, "bis") == []
    assert check(table(PORTAL, portal()), small[PORTAL], None, "bis") == []
    other = table(SERVICE, flat(units="each").replace(b",USD,6", b",USD,9"))
    with pytest.raises(SourceChanged, match="UNIT_MULT is '9' in 10 of 10 rows where it is always '6'"):
        check(other, small[SERVICE], good, "bis")
    millions = table(PORTAL, portal(description='"Net-net" basis, daily averages, in millions of US dollars'))
    with pytest.raises(SourceChanged, match="UNIT_MULT is '6' in 2 of 2 rows where it is always '9'"):
        check(millions, small[PORTAL], None, "bis")
    extra = table(SERVICE, flat(units="each").replace(b"OBS_CONF", b"OBS_SECRET"))
    with pytest.raises(SourceChanged, match="column is new: OBS_SECRET"):
        check(extra, small[SERVICE], None, "bis")
    newcomer = table(SERVICE, flat(((LONDON.replace("GB", "VN"), "2028", "1", "A"),), units="each"))
    assert check(newcomer, small[SERVICE], None, "bis") == [
        "bis: DER_REP_CTY has an unknown code: 'VN' (in 1 of 1 rows)."
    ]
    with pytest.raises(SourceChanged, match="10 rows where 300 to 20,000 are expected"):
        accepted(project, good, flow_of(SERVICE))


def test_what_is_asked(project: Project) -> None:
    hosts = read_publishers(project)["bis"].hosts
    assert [flow.name for flow in FLOWS] == list(read_publishers(project)["bis"].flows)
    addresses = {flow.name: [request.address for request in flow.requests()] for flow in FLOWS}
    assert all(a.startswith(tuple(f"https://{host}/" for host in hosts)) for found in addresses.values() for a in found)
    assert addresses["otc_turnover_v1"][0].endswith(
        "/v1/data/BIS,WS_DER_OTC_TOV,1.0/A.U.A.B..A.5J.A.TO1.TO1.A.A.3.B/all?detail=full"
    )
    assert addresses[SERVICE][1].endswith("/v2/data/dataflow/BIS/WS_DER_OTC_TOV/1.0/A.U.A.B.5J.A.5J.A.*.TO1.A.A.3.C")
    assert json.dumps(addresses[PORTAL]).count("publication_tables/BIS,DER_D11_") == 2
