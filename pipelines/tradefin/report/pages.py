"""Every page of the site as HTML.

What belongs here: what stands on which page. What does not: where it comes from (`site`), how it looks (`templates`,
`assets`).
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from tradefin.claims.claim import Claim, read_claims
from tradefin.claims.figures import readable_date
from tradefin.claims.ledger import Entry
from tradefin.claims.page import page, query_of
from tradefin.dictionary import LAYERS, table_page
from tradefin.docs import licences_page
from tradefin.report import drawing
from tradefin.report.charts.verdicts import LOOK
from tradefin.report.drawing import Drawing
from tradefin.report.markdown import anchor, region, sections, to_html
from tradefin.tables.rights import OURS

if TYPE_CHECKING:
    from tradefin.report.site import Site

_GLYPHS = dict(zip(LOOK, "●■▲◆✚▬", strict=True))
_PREVIEW = 5


def render(site: "Site") -> dict[str, str]:
    """Every file of the site but the pictures, by its path there.

    Args:
        site: What the pages are made from.
    """
    site.begin()
    made = {f"tables/{stem}.html": _table(site, stem) for stem in site.builder.contracts}
    made |= {
        "tables/index.html": _tables(site),
        "freshness.html": _freshness(site),
        "method.html": _method(site),
        "licences.html": _licences(site),
        "assets/style.css": (Path(__file__).parent / "assets" / "style.css").read_text(encoding="utf-8"),
    }
    if site.entries:
        made["assets/charts.js"] = drawing.script(site.builder.store)
    made["index.html"] = _overview(site)
    claims = read_claims(site.builder.project) if site.entries else {}
    for entry in site.entries:
        name = entry.claim["claim_id"]
        made[f"claims/{name}.html"] = _claim(site, claims[name], entry)
    return made


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"day": readable_date, "anchor": anchor, "cell": _cell}
    environment.globals |= {"glyphs": _GLYPHS, "region": lambda label: Markup(region(label))}  # noqa: S704 - escaped there
    return environment


def _page(site: "Site", template: str, *, root: str = "", charts: Sequence[Drawing] = (), **told: Any) -> str:  # noqa: ANN401
    shared = {"root": root, "release": site.manifest, "charts": charts, "picture": drawing.picture}
    return _environment().get_template(template).render(**shared, **told)


def _cell(value: object) -> str:
    """A cell of a table of rows: the value as it is, without zeros at its end."""
    if isinstance(value, Decimal):
        return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _overview(site: "Site") -> str:
    groups: dict[str, list[Entry]] = {
        verdict: found for verdict in LOOK if (found := [e for e in site.entries if e.now["verdict"] == verdict])
    }
    charts = [d for d in site.drawings if not d.chart.claims]
    return _page(site, "overview.html.j2", charts=charts, groups=groups, entries=site.entries)


def _claim(site: "Site", claim: Claim, entry: Entry) -> str:
    name = claim.claim
    reads = site.captions.reads(name)
    publishers = [site.builder.publishers[slug] for slug in site.captions.publishers(reads)]
    parts = {
        title: to_html(text, _of_claim, claim.title)
        for title, text in sections(page(claim, entry, reads, publishers)).items()
    }
    query = "" if claim.not_testable else query_of(claim)
    charts = [d for d in site.drawings if name in d.chart.claims]
    charts.sort(key=lambda d: (d.chart.id.startswith(f"{name}-"), d.chart.claims.index(name)))
    return _page(
        site,
        "claim.html.j2",
        root="../",
        charts=charts,
        claim=claim,
        entry=entry,
        parts=parts,
        query=query,
        rows=site.rows(query) if query else [],
        others=_neighbours(site.entries, entry),
    )


def _neighbours(entries: Sequence[Entry], entry: Entry) -> dict[str, Entry | None]:
    place = entries.index(entry)
    return {
        "before": entries[place - 1] if place else None,
        "after": entries[place + 1] if place + 1 < len(entries) else None,
    }


def _of_claim(link: str) -> str | None:
    """Links of a claim's page, which lies as deep in the repository as in a release."""
    if link == "../../DATA_LICENSES.md":
        return "../licences.html"
    return _elsewhere(link)


def _elsewhere(link: str) -> str | None:
    if "://" in link or link.startswith("../../sql/"):
        return link
    if link.startswith("../../"):
        return None  # a file of the repository that no release holds
    return link.removesuffix(".md") + ".html" if link.endswith(".md") else link


def _tables(site: "Site") -> str:
    layers = {
        title: [site.manifest.tables[stem] for stem, c in site.builder.contracts.items() if c.layer == layer]
        for layer, title in LAYERS.items()
    }
    return _page(site, "tables.html.j2", root="../", layers={t: found for t, found in layers.items() if found})


def _table(site: "Site", stem: str) -> str:
    info = site.manifest.tables[stem]
    text = table_page(site.builder, site.builder.contracts[stem])
    parts = {title: to_html(part, _elsewhere, stem) for title, part in sections(text.partition("\n")[2]).items()}
    first = site.rows(f'from {info.layer}."{stem}" limit {_PREVIEW}')
    return _page(site, "table.html.j2", root="../", table=info, parts=parts, rows=first)


def _freshness(site: "Site") -> str:
    from tradefin.audit.engine import DATA_DOCS_PAGE

    states = site.rows("from core.source_states order by publisher, flow") if site.has("source_states") else []
    vintages: list[dict[str, Any]] = []
    if site.has("vintages") and "publisher" in site.builder.contracts["vintages"].columns:
        vintages = site.rows(
            "select publisher, count(*) as editions, max(known_on) as newest, arg_max(label, (known_on, vintage_id)) "
            "as label from core.vintages group by publisher order by newest desc, publisher"
        )
    audits = [
        {
            "table": a.table,
            "rows": a.rows,
            "checks": len(a.results),
            "broken": [r for r in a.results if not r.success],
            "data_docs": DATA_DOCS_PAGE.format(table=a.table),
        }
        for a in sorted(site.audits, key=lambda a: a.table)
    ]
    names = {p.publisher: p for p in site.builder.publishers.values()}
    return _page(site, "freshness.html.j2", states=states, vintages=vintages, audits=audits, publishers=names)


def _method(site: "Site") -> str:
    vocabulary = site.rows("from codelists.codelist_verdicts") if site.has("codelist_verdicts") else []
    meanings = {row["code"]: row["meaning"] for row in vocabulary}
    checks = sum(len(a.results) for a in site.audits)
    return _page(site, "method.html.j2", meanings={v: meanings[v] for v in LOOK if v in meanings}, checks=checks)


def _licences(site: "Site") -> str:
    text = licences_page({**site.builder.publishers, OURS.publisher: OURS}).partition("\n")[2]
    return _page(site, "licences.html.j2", text=to_html(text, _elsewhere, "Licences"))
