"""What is fuzzed: everything that reads bytes from outside, each with valid input to begin from."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.campaigns.typed import SEEDS, typed
from tests.sources import bis_answers, imf_answers, test_antidumping, test_rta, test_world_bank, test_wto
from tradefin import yamlfile
from tradefin.claims.claim import Claim
from tradefin.project import Project
from tradefin.releases.manifest import Manifest, release_id
from tradefin.releases.release import Pointer
from tradefin.sources import antidumping, bis, imf, rta, weo, world_bank, wto
from tradefin.sources.bundled import parse_csv
from tradefin.sources.corrections import Corrections
from tradefin.sources.description import Publisher
from tradefin.sources.flow import Flow, Part
from tradefin.tables import sql
from tradefin.tables.contract import Contract

_STRUCTURE = b"""<?xml version="1.0" encoding="UTF-8"?>
<mes:Structure xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
 xmlns:str="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure"
 xmlns:com="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"><mes:Header><mes:ID>x</mes:ID>
<mes:Test>false</mes:Test><mes:Prepared>2026-01-01T00:00:00</mes:Prepared><mes:Sender id="BIS"/></mes:Header>
<mes:Structures><str:Codelists><str:Codelist id="CL_FREQ" agencyID="BIS" version="1.0"><com:Name xml:lang="en">Frequency
</com:Name><str:Code id="A"><com:Name xml:lang="en">Annual</com:Name></str:Code></str:Codelist></str:Codelists>
<str:Concepts><str:ConceptScheme id="CS" agencyID="BIS" version="1.0"><com:Name xml:lang="en">Concepts</com:Name>
<str:Concept id="FREQ"><com:Name xml:lang="en">Frequency</com:Name></str:Concept></str:ConceptScheme></str:Concepts>
<str:DataStructures><str:DataStructure id="BIS_DER" agencyID="BIS" version="1.0"><com:Name xml:lang="en">Derivatives
</com:Name><str:DataStructureComponents><str:DimensionList id="DimensionDescriptor">
<str:Dimension id="FREQ" position="1">
<str:ConceptIdentity><Ref id="FREQ" maintainableParentID="CS" maintainableParentVersion="1.0" agencyID="BIS"
 package="conceptscheme" class="Concept"/></str:ConceptIdentity><str:LocalRepresentation><str:Enumeration><Ref
 id="CL_FREQ" version="1.0" agencyID="BIS" package="codelist" class="Codelist"/></str:Enumeration>
</str:LocalRepresentation></str:Dimension></str:DimensionList></str:DataStructureComponents></str:DataStructure>
</str:DataStructures></mes:Structures></mes:Structure>
"""

Read = Callable[[bytes], object]


@dataclass(frozen=True)
class Target:
    """One door for bytes from outside.

    Attributes:
        read: Reads them, or raises one of the project's own errors.
        seeds: Valid input, from which the hostile is made.
        cost: How many times as long as another's one of its inputs takes; so many times fewer are tried.
    """

    read: Read
    seeds: tuple[bytes, ...]
    cost: int = 1


def targets(project: Project, folder: Path) -> dict[str, Target]:
    """Every target by name.

    Args:
        project: Its own files are the seeds of what people write.
        folder: For files that must lie on the disk to be read.
    """
    return {**_bis(), **_imf(), **_others(), **_files(project, folder)}


@contextmanager
def all_targets() -> Iterator[dict[str, Target]]:
    """Every target, with a folder that lasts as long."""
    with tempfile.TemporaryDirectory(prefix="tradefin-fuzz-") as folder:
        yield targets(Project.find(), Path(folder))


def _answer(flow: Flow, *seeds: bytes, before: tuple[Part, ...] = ()) -> Target:
    asked = flow.requests()[0] if not before else flow.follow(before)[0]
    return Target(lambda data: flow.parse((*before, Part(asked, data))), seeds)


def _named(flows: tuple[Flow, ...], name: str) -> Flow:
    return next(flow for flow in flows if flow.name == name)


def _bis() -> dict[str, Target]:
    one = partial(_named, bis.FLOWS)
    columns = bis_answers.zipped("WS_DER_OTC_TOV_csv_col.csv", bis_answers.wide(units=True))
    rows = bis_answers.zipped("WS_DER_OTC_TOV_csv_flat.csv", bis_answers.flat(units="each"))
    csv = bis_answers.flat(units="series"), bis_answers.flat(labels="both", units="set", version=1)
    return {
        "bis wide zip": _answer(one("otc_turnover_bulk"), columns),
        "bis wide csv": Target(partial(_zipped, one("otc_turnover_bulk"), "col"), (bis_answers.wide(units=True),)),
        "bis flat zip": _answer(one("otc_turnover_flat"), rows),
        "bis flat csv": Target(partial(_zipped, one("otc_turnover_flat"), "flat"), csv),
        "bis SDMX-CSV": _answer(one("otc_turnover_v2"), *csv),
        "bis SDMX-ML": _answer(one("otc_turnover_v1"), bis_answers.xml()),
        "bis structure": _answer(one("otc_structure"), _STRUCTURE),
        "bis portal": _answer(one("otc_turnover_portal"), bis_answers.portal()),
    }


def _zipped(flow: Flow, form: str, data: bytes) -> object:
    """Past the zip, whose checksum would catch most of what is done to its bytes."""
    packed = bis_answers.zipped(f"WS_DER_OTC_TOV_csv_{form}.csv", data)
    return flow.parse((Part(flow.requests()[0], packed),))


def _imf() -> dict[str, Target]:
    one = imf_answers.FLOWS
    header, body = imf_answers.FA_HEADER, "IMF.STA:FA(8.0.0),{},IMFQ_XDR,A,2024,2500500000,XDR,6,2026-10-01"
    codes = [f"{chr(65 + n // 26)}{chr(65 + n % 26)}X" for n in range(190)]
    quotas = "\n".join([header, *map(body.format, codes), ""]).encode()
    outlook = imf_answers.outlook(imf_answers.USA)
    keys = 'COUNTRY="USA" INDICATOR="NGDPD" FREQUENCY="A" SCALE="9"'
    series = f'<Series {keys}><Obs TIME_PERIOD="2024" OBS_VALUE="29298012345678"/></Series>'
    xml = f"{imf_answers.XML_START}{series}{imf_answers.XML_END}".encode()
    held = "COUNTRY,INDICATOR,UNIT,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE,VALUATION,STATUS"
    reserves = f"DATAFLOW,{held}\nIMF.STA:IL(13.0.1),USA,RXF11_REVS,USD,A,2001,100000000000,6,,\n".encode()
    link = Part(
        one["quota_data"].requests()[0], b"<html><a href='https://www.imf.org/external/shares.xlsx'>Excel</a></html>"
    )
    book = imf_answers.book([["Member", "Quota share"], ["Japan", 6.46], ["China", 6.39]])
    title = "GDP, current prices (Billions of U.S. dollars)"
    export = imf_answers.book([[title, 1980, 1981], [None, None, None], ["Japan", 1129.4, "no data"]], "NGDPD")
    return {
        "imf quotas": _answer(one["fund_accounts"], quotas),
        "imf reserves": _answer(one["international_liquidity"], reserves),
        "imf page": _answer(one["members_quotas"], imf_answers.page()),
        "imf links": Target(lambda data: imf.quota_data_workbooks((Part(link.request, data),)), (link.data,)),
        "imf workbook": _answer(one["quota_data"], book, before=(link,)),
        "weo": _answer(one["outlook"], outlook),
        "weo xml": _answer(one["outlook_xml"], xml),
        "weo export": _answer(_named(weo.FLOWS, "datamapper"), export),
    }


def _others() -> dict[str, Target]:
    bank, api = partial(_named, world_bank.FLOWS), "NY.GDP.MKTP.CD"
    japan = test_world_bank.record(api, test_world_bank.JAPAN, "2001", 4.3e12)
    (answer,) = test_world_bank.pages(api, [japan])
    sheet = test_world_bank.sheet(api, [("Japan", "JPN", "1", "2")])
    disputes = test_wto.file(test_wto.entry())
    (request,) = world_bank.by_zip((api,))
    case = test_wto.page({"panel_established": "20 March 2000", "adopted": "23 August 2001"})
    dispute = test_wto.page_part("184", case).request
    agreements = test_rta.workbook([test_rta.HEADER, test_rta.JAPAN])
    table = test_antidumping.pdf({"Argentina": {1997: 11, 2001: 18}, "South Africa*": {1999: 36}})
    return {
        "world bank api": _answer(bank("gdp"), answer.data),
        "world bank pages": Target(
            lambda data: world_bank.further_pages((Part(answer.request, data),)), (answer.data,)
        ),
        "world bank zip": _answer(bank("gdp_zip"), test_world_bank.zipped(api, sheet).data),
        "world bank csv": Target(
            lambda data: world_bank.parse_zips((Part(request, test_world_bank.zipped(api, data).data),)), (sheet,)
        ),
        "wto disputes": Target(lambda data: wto.parse((Part(disputes.request, data),)), (disputes.data,)),
        "wto follow": Target(lambda data: wto.further((Part(disputes.request, data),)), (disputes.data,)),
        "wto case page": Target(lambda data: wto.parse((disputes, Part(dispute, data))), (case,)),
        "wto agreements": Target(lambda data: rta.parse((test_rta.part(data),)), (agreements,)),
        "wto anti-dumping": Target(lambda data: antidumping.parse((test_antidumping.part(data),)), (table,), cost=20),
    }


def _files(project: Project, folder: Path) -> dict[str, Target]:
    def yaml(model: type[yamlfile.Strict]) -> Read:
        return lambda data: yamlfile.read(_laid(folder, "file.yml", data), model)

    def seeds(below: str, ending: str = "*.yml") -> tuple[bytes, ...]:
        return tuple(path.read_bytes() for path in sorted((project.expectations / below).glob(ending))[:8])

    queries = tuple(path.read_bytes() for path in sorted(project.claim_sql_files.values())[:4])
    name = release_id("2001-12-06", {}, "0" * 64)
    manifest = Manifest(name, "2001-12-06", "0.1.0", "0" * 64, {}, {}, ()).to_bytes()
    pointer = json.dumps({"release": name, "manifest_sha256": "0" * 64, "published_at": "2001-12-06T09:00:00Z"})
    return {
        "contract": Target(yaml(Contract), seeds("tables")),
        "claim": Target(yaml(Claim), seeds("claims")),
        "publisher": Target(yaml(Publisher), seeds("sources")),
        "corrections": Target(yaml(Corrections), seeds("corrections")),
        "codelist": Target(lambda data: parse_csv(data, folder / "codes.csv"), seeds("codelists", "*.csv")),
        "query": Target(lambda data: sql.upstream(_laid(folder, "query.sql", data)), queries),
        "manifest": Target(lambda data: Manifest.from_bytes(data, "manifest.json"), (manifest,)),
        "pointer": Target(lambda data: Pointer.from_bytes(data, "current.json"), (pointer.encode(),)),
        "command": Target(typed(folder), SEEDS),
    }


def _laid(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
