"""`datapackage.json`: the release as a Frictionless Data Package 2.0, for any tool that reads one.

What belongs here: from contracts and publishers to that form, and the check that it keeps it. What does not: the data.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradefin.errors import ProjectInvalid
from tradefin.project import CODELIST, CODELISTS
from tradefin.releases.manifest import Manifest, TableInfo
from tradefin.tables.rights import OURS

if TYPE_CHECKING:
    from tradefin.sources.description import Publisher
    from tradefin.tables.builder import Builder
    from tradefin.tables.contract import Column, Contract

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
TITLE = "tradefin: trade and finance indicators, and what they say about claims made in Tokyo in December 2001"
HOMEPAGE = "https://github.com/tradefin/tradefin"

_TYPES = {"text": "string", "integer": "integer", "date": "date", "boolean": "boolean"}
_FEW = 60  # codelists up to this size are spelt out

Tree = dict[str, Any]


def describe(builder: "Builder", manifest: Manifest) -> Tree:
    """The data package of a release.

    Raises:
        ProjectInvalid: It does not keep the form of a Data Package 2.0.
    """
    publishers = [*(builder.publishers[s["publisher"]] for s in manifest.sources), OURS]
    tables = sorted(manifest.tables.values(), key=lambda t: t.layer == CODELISTS)
    package = {
        "$schema": PROFILE,
        "name": "tradefin",
        "title": TITLE,
        "version": manifest.release,
        "homepage": HOMEPAGE,
        "contributors": [{"title": "The tradefin founders", "roles": ["creator"]}],
        **_rights(publishers),
        "resources": [_resource(builder, builder.contracts[t.name], t) for t in tables],
    }
    validate(package)
    return package


def validate(package: Tree) -> None:
    """Check a data package against the form of Data Package 2.0.

    Raises:
        ProjectInvalid: It departs from it; names the place.
    """
    import jsonschema

    form = json.loads(Path(__file__).with_name("datapackage.schema.json").read_text(encoding="utf-8"))
    errors = list(jsonschema.Draft202012Validator(form).iter_errors(package))
    if errors:
        first = jsonschema.exceptions.best_match(errors)
        raise ProjectInvalid(f"datapackage.json would not be a valid Data Package: {first.json_path}: {first.message}.")


def _rights(publishers: "list[Publisher]") -> Tree:
    sources = [{"title": p.name, "path": p.landing_page} for p in publishers]
    licences = [
        {
            "name": f"{p.publisher}.{name}",
            "path": licence.address,
            "title": licence.name,
            "attribution": licence.attribution,
        }
        for p in publishers
        for name, licence in p.licences.items()
    ]
    return {"sources": sources, "licenses": licences}


def _resource(builder: "Builder", contract: "Contract", table: TableInfo) -> Tree:
    return {
        "name": table.name,
        "type": "table",
        "path": table.path,
        "title": f"One row is {table.one_row_is}",
        "description": " ".join([table.description, *contract.caveats]),
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        # no "bytes": frictionless (5.21) cannot count those of Parquet and would call the file damaged
        "hash": f"sha256:{table.sha256}",
        "version": table.version,
        **({"deprecated": asdict(table.deprecated)} if table.deprecated else {}),
        "layer": table.layer,
        "caveats": list(contract.caveats),
        "rows": table.rows,
        **_rights(builder.sources_of(table.name)),
        "schema": _schema(builder, contract),
    }


def _schema(builder: "Builder", contract: "Contract") -> Tree:
    schema: Tree = {
        "fields": [_field(builder, name, column) for name, column in contract.columns.items()],
        "primaryKey": list(contract.key),
    }
    keys = [
        _foreign_key(contract.table, name, *reference.split("."))
        for name, column in contract.columns.items()
        for reference in (column.references, _code_column(builder, column))
        if reference.split(".")[0] in builder.contracts
    ]
    return {**schema, "foreignKeys": keys} if keys else schema


def _code_column(builder: "Builder", column: "Column") -> str:
    """`table.column` of the codelist that a column keeps to; empty without one that is published."""
    published = builder.contracts.get(f"{CODELIST}{column.codelist}")
    return f"{published.table}.{next(iter(published.columns))}" if published else ""


def _foreign_key(table: str, column: str, other: str, other_column: str) -> Tree:
    reference: Tree = {"fields": [other_column]}
    return {"fields": [column], "reference": reference if other == table else {"resource": other, **reference}}


def _field(builder: "Builder", name: str, column: "Column") -> Tree:
    constraints: Tree = {} if column.optional else {"required": True}
    if allowed := _allowed(builder, column):
        constraints["enum"] = allowed
    for rule, bound in (("minimum", column.min), ("maximum", column.max)):
        if bound is not None:
            constraints[rule] = bound
    field: Tree = {"name": name, "type": _TYPES.get(column.type, "number"), "description": column.text or column.unit}
    extra = {"unit": column.unit, "codelist": column.codelist, "constraints": constraints}
    return {**field, **{k: v for k, v in extra.items() if v}}


def _allowed(builder: "Builder", column: "Column") -> list[str | int]:
    codes: list[str] = list(column.values)
    if column.codelist:
        codes = list(dict.fromkeys(builder.table(f"codelist_{column.codelist}").column(0).to_pylist()))
    if not codes or len(codes) > _FEW:
        return []
    return [int(c) for c in codes] if column.type == "integer" else [*codes]
