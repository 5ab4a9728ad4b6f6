"""Verdicts as schema.org ClaimReview in JSON-LD, for machines that collect fact checks.

The rating is on a scale of 1 (contradicted) to 5 (supported); what cannot be decided bears its name and no number. What
belongs here: the document. What does not: measuring and judging.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tradefin.claims.figures import readable_date
from tradefin.claims.ledger import Entry, entries_of
from tradefin.errors import NotFound
from tradefin.releases.manifest import Manifest
from tradefin.releases.release import Release, suggest

if TYPE_CHECKING:
    from tradefin.claims.published import Published
    from tradefin.tables.builder import Builder

FILE = "claimreview.jsonld"
HOME = "https://github.com/tradefin/tradefin"
RATINGS = {"supported": 5, "supported but ordinary": 4, "partly supported": 3, "contradicted": 1}
SCALE = (
    "5 supported, 4 supported but ordinary (the same holds for everybody), 3 partly supported, 1 contradicted; "
    "'undecided' (a figure is missing) and 'not testable' bear no number."
)

Node = dict[str, Any]

# Where the claims of the project's own ledger were made.
_TALK: Node = {
    "@type": "CreativeWork",
    "name": "Beyond Bilateralism: Japanese and US Cooperation and Conflict in Multilateral Asia",
    "description": "Seminar of the Research Institute of Economy, Trade and Industry (RIETI), Tokyo, 6 December 2001",
    "datePublished": "2001-12-06",
}


def of_builder(builder: "Builder", manifest: Manifest) -> str:
    """The reviews of a project's ledger, as a release holds them: JSON-LD text.

    Args:
        builder: Makes the tables.
        manifest: The release's id, day and publishers.
    """
    from tradefin.tables.sql import upstream

    entries = entries_of(builder.table) if "claims" in builder.contracts else []
    reads = {name: upstream(path) for name, path in builder.project.claim_sql_files.items()}
    tables = {t: builder.table(t) for needs in reads.values() for t in needs if t in builder.contracts}
    graph = []
    for entry in entries:
        name = entry.claim["claim_id"]
        cited = citations((tables[t] for t in reads.get(name, ()) if t in tables), manifest)
        graph.append(review(entry, cited, manifest, page=f"{HOME}/blob/main/docs/claims/{name}.md", said_in=_TALK))
    return json.dumps(_document(graph), indent=1, ensure_ascii=False) + "\n"


def of_folder(entries: Iterable[Entry], queries: Mapping[str, Path | None], tables: "Published") -> Node:
    """The reviews of claims from a folder; nothing is known of where they were made or are published.

    Args:
        entries: The claims, measured.
        queries: The file of each one's query, where it has one.
        tables: The release that they were measured against.
    """
    from tradefin.tables.sql import upstream

    manifest = tables.release.manifest
    graph = []
    for entry in entries:
        query = queries[entry.claim["claim_id"]]
        reads = [t for t in (upstream(query) if query else ()) if t in manifest.tables]
        graph.append(review(entry, citations(map(tables.table, reads), manifest), manifest))
    return _document(graph)


def published(home: Path, release: str | None = None, claim: str | None = None) -> Node:
    """The reviews that a release holds, verified by their sha256.

    Args:
        home: The outputs folder.
        release: Id of a release; None for the current one.
        claim: Id of one claim; None for all.

    Raises:
        NotFound: There is no such release or claim, or the release is older than its reviews.
        ReleaseDamaged: The file is not the one that was published.
    """
    document: Node = json.loads(Release.open(home, release).file_bytes(FILE))
    if claim is None:
        return document
    by_claim = {_claim_of(node): node for node in document["@graph"]}
    if claim not in by_claim:
        raise NotFound(f"No claim is called '{claim}'. {suggest(claim, list(by_claim))}")
    return _document([by_claim[claim]])


def review(
    entry: Entry, cited: list[Node], manifest: Manifest, *, page: str | None = None, said_in: Node | None = None
) -> Node:
    """One claim's review.

    Args:
        entry: The claim, measured and judged.
        cited: The data sets behind it.
        manifest: The release that the verdict is of.
        page: Address of the page about the claim.
        said_in: The work in which a person made the claim; None where it is not known who or what made it where.
    """
    claim = entry.claim
    author: Node = {"author": {"@type": "Person", "name": claim["speaker"]}, "appearance": said_in}
    # who spoke may be a person or an organisation, which a claim file does not say
    unknown: Node = {"creditText": claim["speaker"]}
    made_by = {"@type": "Organization", "name": "tradefin", "url": HOME}
    node = {
        "@type": "ClaimReview",
        "url": page,
        "name": claim["title"],
        "claimReviewed": claim["restated"],
        "itemReviewed": {
            "@type": "Claim",
            "name": claim["title"],
            "text": claim["restated"],
            "datePublished": _day(claim["said_on"]),
            **(author if said_in else unknown),
        },
        "reviewRating": rating(entry.now["verdict"]),
        "reviewBody": _body(entry),
        "author": made_by,
        "publisher": made_by,
        "datePublished": None if manifest.newest_known_on == "undated" else manifest.newest_known_on,
        "inLanguage": "en",
        "identifier": [_named("claim", claim["claim_id"]), _named("release", manifest.release)],
        "version": manifest.release,
        "isBasedOn": {
            "@type": "Dataset",
            "name": "tradefin",
            "description": "Trade and finance indicators from public sources, every vintage kept",
            "url": HOME,
            "version": manifest.release,
        },
        "citation": cited,
    }
    return {key: value for key, value in node.items() if value not in (None, [])}


def rating(verdict: str) -> Node:
    """A verdict as a rating; without a number where nothing was decided."""
    node: Node = {"@type": "Rating", "alternateName": verdict, "ratingExplanation": SCALE}
    if verdict in RATINGS:
        node |= {"ratingValue": RATINGS[verdict], "bestRating": 5, "worstRating": 1}
    return node


def citations(tables: Iterable[pa.Table], manifest: Manifest) -> list[Node]:
    """The publishers behind some tables as data sets, each with its licences.

    Args:
        tables: Tables as published, which know whose figures they hold.
        manifest: Knows the publishers' landing pages.
    """
    pages = {source["name"]: source["landing_page"] for source in manifest.sources}
    rights: dict[str, dict[str, dict[str, str]]] = {}
    for table in tables:
        for right in json.loads((table.schema.metadata or {}).get(b"tradefin", b"{}")).get("rights", []):
            rights.setdefault(right["publisher"], {})[right["licence"]] = right
    return [_dataset(name, list(found.values()), pages.get(name)) for name, found in sorted(rights.items())]


def _dataset(name: str, rights: list[dict[str, str]], page: str | None) -> Node:
    licences = [{"@type": "CreativeWork", "name": r["licence"], "url": r["address"]} for r in rights]
    node = {
        "@type": "Dataset",
        "name": f"Figures of {name}",
        "creator": {"@type": "Organization", "name": name},
        "url": page,
        "creditText": "; ".join(dict.fromkeys(r["attribution"] for r in rights)),
        "license": licences,
    }
    return {key: value for key, value in node.items() if value}


def _body(entry: Entry) -> str:
    now, then = entry.now, entry.then
    if now["as_of"] == then["as_of"]:
        return str(now["why"])
    before = f"As known on {readable_date(then['as_of'])}: {then['verdict']}. {then['why']}"
    return f"As known on {readable_date(now['as_of'])}: {now['verdict']}. {now['why']} {before}"


def _named(what: str, value: str) -> Node:
    return {"@type": "PropertyValue", "propertyID": what, "value": value}


def _claim_of(node: Node) -> str:
    return next(str(i["value"]) for i in node["identifier"] if i["propertyID"] == "claim")


def _day(day: date) -> str:
    return day.isoformat()


def _document(graph: list[Node]) -> Node:
    return {"@context": "https://schema.org", "@graph": graph}
