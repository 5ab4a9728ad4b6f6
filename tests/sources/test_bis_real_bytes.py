"""BIS: the publisher's real bytes through the connectors, and their figures beside the bundled ones."""

import csv
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from tests.conftest import SHARED
from tests.sources.bis_answers import EURO, FIGURES, LONDON, WORLD, Figure, flat, flow_of, parts, wide, xml, zipped
from tests.sources.mapping import Row, accepted, bundled, differences, in_doubt, same_keys
from tradefin.project import Project
from tradefin.sources.bis import FLOWS
from tradefin.sources.bis_series import ATTRIBUTES, COLUMNS, DIMENSIONS
from tradefin.sources.bis_structure import COLUMNS as STRUCTURE_COLUMNS
from tradefin.sources.connectors import mapping
from tradefin.sources.flow import Part
from tradefin.sources.readings import mapped
from tradefin.tables.builder import Builder

STEM = "source_bis_fx_turnover"
PORTAL = "otc_turnover_portal"
# Daily amounts of 1992 on in the portal's tables of January 2026; nothing of them is in doubt.
KNOWN = {"": (25, "instrument"), "_by_country": (582, "country"), "_by_currency": (430, "currency")}


@pytest.fixture(scope="module")
def raw() -> Path:
    folder = SHARED / "raw" / "bis"
    if not folder.is_dir():
        pytest.skip(f"no files of the BIS at {folder}: reading its real bytes needs that folder")
    return folder


@pytest.fixture(scope="module")
def portal(raw: Path) -> pa.Table:
    flow = flow_of(PORTAL)
    files = ("DER_D11_2.json", "DER_D11_3.json")
    asked = flow.requests()
    assert [f.removesuffix(".json") in request.address for f, request in zip(files, asked, strict=True)] == [True] * 2
    return flow.parse(tuple(Part(r, (raw / f).read_bytes()) for r, f in zip(asked, files, strict=True)))


def rows_of(builder: Builder, live: pa.Table, flow: str, suffix: str) -> list[Row]:
    """Rows for a source table, by the engine's own way."""
    stem = f"{STEM}{suffix}"
    path = mapping(builder.project, stem, flow_of(flow), FLOWS)
    assert path is not None and path.name == "otc_turnover_bulk.sql", "all ways share one mapping"
    rows: list[Row] = mapped(builder, builder.publishers["bis"], flow_of(flow), live, stem, path).to_pylist()
    return rows


def test_csv_and_xml_of_the_service_are_one_table(raw: Path, project: Project) -> None:
    csv_1, sdmx_ml = ((raw / f).read_bytes() for f in ("der_sdmx_csv_1.0.csv", "der_structure_specific.xml"))
    flow = flow_of("otc_turnover_v1")
    by_xml = flow.parse(parts(sdmx_ml))
    assert flow.follow(parts(sdmx_ml)) == (), "SDMX-ML states the unit"
    (about_unit,) = flow.follow(parts(csv_1))
    by_csv = flow.parse((*parts(csv_1), Part(about_unit, sdmx_ml)))
    assert by_csv.equals(by_xml)
    assert by_xml.num_rows == 360, "the 640 others are missing by their status"
    assert set(by_xml["UNIT_MULT"].to_pylist()) == {"6"} and set(by_xml["OBS_STATUS"].to_pylist()) == {"A"}
    published = [row["OBS_VALUE"] for row in csv.DictReader(io.StringIO(csv_1.decode())) if row["OBS_VALUE"]]
    assert sorted(by_csv["OBS_VALUE"].to_pylist()) == sorted(published), "texts as published"
    for name in ("otc_turnover_v1", "otc_turnover_v2"):
        warnings = accepted(project, by_csv, flow_of(name))
        assert warnings[0] == f"bis.{name}: DER_CPC has an unknown code: '1E' (in 360 of 360 rows)."
        assert all("DER_CURR_LEG2 has 12 unknown codes" in warning for warning in warnings[1:])


def test_our_csv_reader_agrees_with_the_library(raw: Path) -> None:
    from pysdmx.io import read_sdmx
    from pysdmx.io.pd import PandasDataset

    data = (raw / "der_sdmx_csv_1.0.csv").read_bytes()
    (dataset,) = read_sdmx(io.BytesIO(data), validate=False).data or ()
    assert isinstance(dataset, PandasDataset)
    theirs = dataset.data[dataset.data["OBS_STATUS"] != "M"].to_dict("records")
    names = [*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "OBS_CONF", "AVAILABILITY", "COLLECTION"]
    ours = flow_of("otc_turnover_v2").parse(parts(data, units=(raw / "der_structure_specific.xml").read_bytes()))
    assert sorted(tuple(r[n] for n in names) for r in ours.to_pylist()) == sorted(
        tuple(str(r[n]) for n in names) for r in theirs
    )


def test_structures_in_json_and_xml(raw: Path, project: Project) -> None:
    flow = flow_of("otc_structure")
    of_2026, of_2021 = (
        flow.parse(parts((raw / f).read_bytes())) for f in ("der_structure.json", "der_datastructure.xml")
    )
    assert of_2026.column_names == of_2021.column_names == STRUCTURE_COLUMNS
    assert accepted(project, of_2026, flow) == []
    assert accepted(project, of_2021, flow) == [
        "bis.otc_structure: COMPONENT has an unknown code: 'NEW_DIMENSION' (in 1 of 3,106 rows)."
    ]
    rows = of_2026.to_pylist()
    assert {r["COMPONENT"] for r in rows if r["ROLE"] == "dimension"} == {*DIMENSIONS}
    assert {r["COMPONENT"] for r in rows if r["ROLE"] == "attribute"} == {*ATTRIBUTES}
    assert {r["COMPONENT"] for r in rows if r["ATTACHED_TO"] == "data set"} == {"DECIMALS", "UNIT_MEASURE", "UNIT_MULT"}
    labels = {(r["COMPONENT"], r["CODE"]): r["LABEL"] for r in of_2021.to_pylist()}
    assert labels["DER_BASIS", "B"] == "Net - gross" and labels["DER_BASIS", "C"] == "Net - net"
    assert labels["UNIT_MULT", "6"] == "Millions" and labels["UNIT_MULT", "9"] == "Billions"
    assert labels["OBS_STATUS", "M"].startswith("Missing value")
    assert [labels["DER_INSTR", code] for code in "ABEHIRZ"] == [
        *("Total (all instruments)", "Spot", "Outright forwards", "FX swaps", "Currency swaps"),
        *("Options", "Other instruments"),
    ]
    compiled = csv.DictReader(io.StringIO((raw / "codelists_BIS_DER_2020-12.csv").read_text(encoding="utf-8")))
    names = {(r["codelist"], r["code"]): " ".join(r["name_en"].split()) for r in compiled}
    ours = {(r["CODELIST"], r["CODE"]): r["LABEL"] for r in of_2021.to_pylist() if r["CODE"]}
    assert len(ours) > 1000 and {k: (v, names.get(k)) for k, v in ours.items() if v != names.get(k)} == {}


def test_codes_of_the_descriptions_are_codes_of_the_publisher(raw: Path, builder: Builder, portal: pa.Table) -> None:
    structure = flow_of("otc_structure").parse(parts((raw / "der_datastructure.xml").read_bytes())).to_pylist()
    known = {name: {r["CODE"] for r in structure if r["COMPONENT"] == name} for name in (*COLUMNS, "PERCENT")}
    described = builder.publishers["bis"].flows["otc_turnover_bulk"].columns
    assert {
        n: set(c.values) - known[n] for n, c in described.items() if c.values and not set(c.values) <= known[n]
    } == {}
    assert {n: set(portal[n].to_pylist()) - known[n] for n in DIMENSIONS} == {n: set() for n in DIMENSIONS}
    for name, file, column in (
        ("DER_REP_CTY", "ref_pays.csv", "code_pays"),
        ("DER_CURR_LEG1", "ref_devises.csv", "code_devise"),
    ):
        present = {r[column] for r in csv.DictReader(io.StringIO((raw / file).read_text(encoding="utf-8")))}
        assert present - {"1E", "5Z"} <= set(described[name].values), "all that occur in the full file"


def test_portal_agrees_with_the_bundled_figures(portal: pa.Table, builder: Builder, project: Project) -> None:
    assert portal.num_rows == 582 + 430 + 13 + 12
    assert accepted(project, portal, flow_of(PORTAL)) == []
    for suffix, (count, column) in KNOWN.items():
        live = rows_of(builder, portal, PORTAL, suffix)
        old = bundled(project, "bis", f"fx_turnover{suffix}", vintage_id="bis-portal-2026-01-11")
        key = (column, "survey_year", "survey_month", "basis")
        assert (len(live), len(old)) == (count, count)
        assert same_keys(live, old, key) == (set(), set())
        compared = [c for c in live[0] if c not in (*key, "note", "label")]
        assert {c: found for c in compared if (found := differences(live, old, key, c))} == {}
        assert all(row["turnover_usd_bn"] == old_row["turnover_usd_bn"] for row, old_row in _pairs(live, old, key))
    zeros = Counter(row["turnover_usd_bn"] for row in rows_of(builder, portal, PORTAL, "_by_country"))["0"]
    assert zeros == 19, "rounded to nothing, yet told"


def _pairs(live: list[Row], old: list[Row], key: tuple[str, ...]) -> list[tuple[Row, Row]]:
    by = {tuple(row[k] for k in key): row for row in old}
    return [(row, by[tuple(row[k] for k in key)]) for row in live]


def test_millions_become_billions_exactly(builder: Builder) -> None:
    tables = {
        "otc_turnover_bulk": zipped("WS_DER_OTC_TOV_csv_col.csv", wide(units=True)),
        "otc_turnover_flat": zipped("WS_DER_OTC_TOV_csv_flat.csv", flat(labels="both", units="series")),
        "otc_turnover_v2": flat(units="each"),
        "otc_turnover_v1": xml(),
    }
    for name, data in tables.items():
        live = flow_of(name).parse(parts(data))
        world = rows_of(builder, live, name, "")
        assert [(r["instrument"], r["survey_year"], r["basis"], r["turnover_usd_bn"]) for r in world] == [
            ("options_other", "2001", "net-net", "60.0125"),
            ("spot", "2001", "net-net", "386"),
            ("total", "2001", "net-gross", "1705"),
            ("total", "2001", "net-net", "1239.3485"),
            ("total", "2004", "net-net", "1934.000123456"),
        ]
        countries = rows_of(builder, live, name, "_by_country")
        assert [[r[c] for c in ("country", "survey_year", "survey_month")] for r in countries] == [
            ["GB", "1986", "March"],
            ["GB", "2001", "April"],
            ["MT", "2001", "April"],
        ]
        assert [(r["turnover_usd_bn"], r["share_pct"]) for r in countries] == [
            ("90", None),  # no total of that survey to take a share of
            ("541.70005", "31.7713"),
            ("0", "0.0000"),
        ]
        assert countries[0]["series_key"] == LONDON
        (euro,) = rows_of(builder, live, name, "_by_currency")
        assert (euro["currency"], euro["turnover_usd_bn"], euro["share_pct"]) == ("EUR", "470.44325", "37.9589")
        assert Decimal(euro["share_pct"] or 0) == round(Decimal("47044.325") / Decimal("1239.3485"), 4)


def test_codes_that_core_does_not_know_are_left_out_and_told(builder: Builder) -> None:
    odd: tuple[Figure, ...] = (
        (LONDON.replace("GB", "VN"), "2001", "1", "A"),  # a newcomer
        (LONDON.replace("GB", "5Z"), "2001", "1", "A"),
        (EURO.replace("EUR", "VND"), "2001", "1", "A"),
        (EURO.replace("U.A.B", "U.C.B"), "2001", "1", "A"),
        (EURO.replace("TO1.A.A.3", "USD.A.A.3"), "2001", "1", "A"),
    )
    live = flow_of("otc_turnover_v2").parse(parts(flat((*FIGURES, *odd), units="each")))
    plain = flow_of("otc_turnover_v2").parse(parts(flat(units="each")))
    assert live.num_rows == plain.num_rows + 5
    for suffix in KNOWN:
        assert rows_of(builder, live, "otc_turnover_v2", suffix) == rows_of(builder, plain, "otc_turnover_v2", suffix)
    for suffix, of, said in (
        (
            "_by_country",
            "5Z",
            "the code 5Z is no centre of the codelist country_codes: country=5Z|survey_year=2001|basis=",
        ),
        (
            "_by_country",
            "VN",
            "the code VN is no centre of the codelist country_codes: country=VN|survey_year=2001|basis=",
        ),
        (
            "_by_currency",
            "VND",
            "the code VND is no currency of the codelist currencies: currency=VND|survey_year=2001",
        ),
    ):
        told = in_doubt(builder.project, live, f"{STEM}{suffix}", flow_of("otc_turnover_v2"))
        (one,) = [text for text in told if f"code {of} " in text]
        assert one.startswith(f"bis.otc_turnover_v2: 1 figure left out of {STEM}{suffix}, since {said}")


def test_every_currency_and_centre_of_the_full_file_is_known(raw: Path, builder: Builder) -> None:
    known = set(builder.table("codelist_currencies")["currency"].to_pylist())
    with (raw / "ref_devises.csv").open(encoding="utf-8", newline="") as lines:
        assert {row["code_devise"] for row in csv.DictReader(lines)} - known == {"TO1"}
    codes = builder.table("codelist_country_codes").to_pylist()
    with (raw / "ref_pays.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    centres = {row[next(iter(row))] for row in rows}
    assert centres - {row["code"] for row in codes if row["publisher"] == "bis"} <= {"1E", "5J", "5Z"}


def test_others_without_options_are_no_figure(builder: Builder) -> None:
    others: tuple[Figure, ...] = ((WORLD.replace("U.A.B", "U.Z.B"), "2010", "5", "A"),)
    live = flow_of("otc_turnover_v2").parse(parts(flat((*FIGURES, *others), units="each")))
    assert all(row["survey_year"] != "2010" for row in rows_of(builder, live, "otc_turnover_v2", ""))
    (told,) = in_doubt(builder.project, live, STEM, flow_of("otc_turnover_v2"))
    assert told.endswith("no turnover of options stands beside that of other instruments: "
                         "instrument=other|survey_year=2010|basis=net-net.")  # fmt: skip
