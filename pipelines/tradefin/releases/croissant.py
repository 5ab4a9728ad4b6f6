"""`croissant.json`: the release in Croissant 1.0, which is JSON-LD over schema.org's Dataset, so one file serves both.

What belongs here: from contracts and publishers to that form. What does not: the data. A test has it validated, and
read, by mlcroissant, which the pipeline itself does not need.
"""

from typing import TYPE_CHECKING, Any

from tradefin.project import CODELIST, CODELISTS
from tradefin.releases.datapackage import HOMEPAGE, TITLE
from tradefin.releases.manifest import Manifest, TableInfo
from tradefin.tables.rights import OURS

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder
    from tradefin.tables.contract import Column, Contract

SPECIFICATION = "http://mlcommons.org/croissant/1.0"

# The terms of Croissant 1.0, as its specification asks for them word by word; all else is schema.org's.
_TERMS = (
    "citeAs column conformsTo dataType equivalentProperty extract field fileObject fileProperty fileSet format "
    "includes isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate "
    "separator source subField transform"
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    **{term: f"cr:{term}" for term in _TERMS.split()},
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}
_TYPES = {"text": "sc:Text", "integer": "sc:Integer", "date": "sc:Date", "boolean": "sc:Boolean"}
_DESCRIPTION = (
    "Trade and finance indicators from public sources, every vintage kept: foreign exchange turnover, IMF quotas, "
    "reserves, GDP, trade, disputes at the WTO, anti-dumping actions and trade agreements; and what they say about "
    "claims made in Tokyo in December 2001, as known then and now. Every table is tested, and tells its sources, "
    "licences and units."
)
_KEYWORDS = ["economics", "international trade", "foreign exchange", "IMF quotas", "WTO disputes", "vintages", "claims"]

Tree = dict[str, Any]


def describe(builder: "Builder", manifest: Manifest) -> Tree:
    """The release as Croissant, which holds every table with its columns, keys, references, hash and licence.

    A reference is told where the other table refers to none itself: mlcroissant joins what is referred to, and fails at
    a chain of references (1.1.1). All of them are in `datapackage.json`.

    `datePublished` is the day on which the newest figure became public: what a release says does not depend on when it
    was made.

    Args:
        builder: Knows contracts and publishers.
        manifest: The tables as they were written.
    """
    publishers = [*(builder.publishers[s["publisher"]] for s in manifest.sources), OURS]
    licences = dict.fromkeys(licence.address for p in publishers for licence in p.licences.values())
    tables = sorted(manifest.tables.values(), key=lambda t: t.layer == CODELISTS)
    dated = {} if manifest.newest_known_on == "undated" else {"datePublished": manifest.newest_known_on}
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": SPECIFICATION,
        "name": "tradefin",
        "alternateName": TITLE,
        "description": _DESCRIPTION,
        "url": HOMEPAGE,
        "version": f"{manifest.made_by}+{manifest.release}",
        "citeAs": f"tradefin, release {manifest.release}, {HOMEPAGE}; and the publishers of the figures",
        **dated,
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "isLiveDataset": False,
        "keywords": _KEYWORDS,
        "license": list(licences),
        "creator": {"@type": "sc:Organization", "name": "The tradefin founders", "url": HOMEPAGE},
        "isBasedOn": [{"@type": "sc:Dataset", **_about(p.name, p.landing_page)} for p in publishers if p is not OURS],
        "variableMeasured": [
            v for t in tables if t.layer != CODELISTS for v in _variables(t.name, builder.contracts[t.name])
        ],
        "distribution": [_file(builder, t) for t in tables],
        "recordSet": [_records(builder, builder.contracts[t.name]) for t in tables],
    }


def _about(name: str, address: str) -> Tree:
    return {"name": name, "description": f"Figures of {name} on which tables of this dataset rest.", "url": address}


def _variables(table: str, contract: "Contract") -> list[Tree]:
    """What is measured, as search engines for datasets read it: the decimals, with their units."""
    return [
        {
            "@type": "sc:PropertyValue",
            "name": f"{table}.{name}",
            "description": column.text or contract.text,
            "unitText": column.unit,
        }
        for name, column in contract.columns.items()
        if column.type.startswith("decimal")
    ]


def _file(builder: "Builder", table: TableInfo) -> Tree:
    return {
        "@type": "cr:FileObject",
        "@id": table.path,
        "name": table.path,
        "description": f"{table.description} One row is {table.one_row_is}.",
        "contentUrl": table.path,
        "contentSize": f"{table.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": table.sha256,
        "license": [right["address"] for right in builder.rights(table.name)],
    }


def _records(builder: "Builder", contract: "Contract") -> Tree:
    kind = {"dataType": "sc:Enumeration"} if contract.layer == CODELISTS and len(contract.key) == 1 else {}
    return {
        "@type": "cr:RecordSet",
        "@id": contract.table,
        "name": contract.table,
        "description": " ".join([contract.text, f"One row is {contract.one_row_is}.", *contract.caveats]),
        **kind,
        "key": [{"@id": f"{contract.table}/{name}"} for name in contract.key],
        "field": [_field(builder, contract.table, name, column) for name, column in contract.columns.items()],
    }


def _field(builder: "Builder", table: str, name: str, column: "Column") -> Tree:
    unit = "" if column.unit in ("", column.text) or not column.text else f" [{column.unit}]"
    field: Tree = {
        "@type": "cr:Field",
        "@id": f"{table}/{name}",
        "name": name,
        "description": f"{column.text or column.unit}{unit}",
        "dataType": _TYPES.get(column.type, "sc:Float"),
        "source": {"fileObject": {"@id": f"tables/{table}.parquet"}, "extract": {"column": name}},
    }
    target = _target(builder, column)
    other, _, _ = target.partition("/")
    plain = other in builder.contracts and not any(
        _target(builder, c) for c in builder.contracts[other].columns.values()
    )
    return {**field, "references": {"field": {"@id": target}}} if plain else field


def _target(builder: "Builder", column: "Column") -> str:
    """`table/column` that a column's values stand in; empty if there is none."""
    published = builder.contracts.get(f"{CODELIST}{column.codelist}")
    code = f"{published.table}/{next(iter(published.columns))}" if published else ""
    return column.references.replace(".", "/") or code
