"""ClaimReview: every term and value is schema.org's, what its readers require is there, the rating is the verdict."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import rdflib
import schema_org
from rdflib.namespace import RDF, SDO

from tests.publishing import publish_light, writable
from tests.tiny import make_tiny
from tradefin.claims import claimreview
from tradefin.errors import NotFound, ReleaseDamaged
from tradefin.releases.release import Release
from tradefin.tables.builder import Builder

# What a reader of fact checks requires (claimReviewed, url, reviewRating.alternateName) or asks for (the rest), by the
# documentation of Google's Fact Check; a rating has all three numbers or none.
REQUIRED: dict[str, Any] = {
    "type": "object",
    "required": ["@context", "@graph"],
    "properties": {
        "@context": {"const": "https://schema.org"},
        "@graph": {"type": "array", "items": {"$ref": "#/$defs/review"}},
    },
    "additionalProperties": False,
    "$defs": {
        "text": {"type": "string", "minLength": 1},
        "address": {"type": "string", "pattern": "^https://[^ ]+$"},
        "day": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "rating": {
            "type": "object",
            "required": ["alternateName", "ratingExplanation"],
            "properties": {
                "@type": {"const": "Rating"},
                "alternateName": {"$ref": "#/$defs/text"},
                "ratingValue": {"type": "integer", "minimum": 1, "maximum": 5},
                "bestRating": {"const": 5},
                "worstRating": {"const": 1},
            },
            "dependentRequired": {
                "ratingValue": ["bestRating", "worstRating"],
                "bestRating": ["ratingValue"],
                "worstRating": ["ratingValue"],
            },
        },
        "claim": {
            "type": "object",
            "required": ["author", "datePublished", "appearance", "text"],
            "properties": {
                "@type": {"const": "Claim"},
                "datePublished": {"$ref": "#/$defs/day"},
                "author": {"required": ["@type", "name"]},
                "appearance": {"required": ["@type", "name"]},
            },
        },
        "review": {
            "type": "object",
            "required": [
                "claimReviewed",
                "url",
                "reviewRating",
                "reviewBody",
                "itemReviewed",
                "author",
                "datePublished",
                "identifier",
            ],
            "properties": {
                "@type": {"const": "ClaimReview"},
                "claimReviewed": {"$ref": "#/$defs/text"},
                "reviewBody": {"$ref": "#/$defs/text"},
                "url": {"$ref": "#/$defs/address"},
                "datePublished": {"$ref": "#/$defs/day"},
                "reviewRating": {"$ref": "#/$defs/rating"},
                "itemReviewed": {"$ref": "#/$defs/claim"},
                "author": {"required": ["@type", "name", "url"], "properties": {"@type": {"const": "Organization"}}},
                "citation": {"type": "array", "items": {"required": ["@type", "name", "creditText", "license"]}},
            },
        },
    },
}


def as_model(node: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A JSON-LD node as the strict model that is made from schema.org's vocabulary; refuses what that does not know."""
    if isinstance(node, list):
        return [as_model(part) for part in node]
    if not isinstance(node, dict):
        return node
    values = {k: date.fromisoformat(v) if k.startswith("date") else as_model(v) for k, v in node.items() if k[0] != "@"}
    return getattr(schema_org, node["@type"])(**values)


def validate(document: dict[str, Any]) -> None:
    """All that a reader of fact checks may demand of the document."""
    jsonschema.Draft202012Validator(REQUIRED).validate(document)
    for node in document["@graph"]:
        again = as_model(node).to_jsonld()
        assert {k: v for k, v in again.items() if k != "@context"} == node
    # schema.org's own context takes a network; every term of the document is in its vocabulary, as the next line says
    local = json.dumps({**document, "@context": {"@vocab": str(SDO)}})
    graph = rdflib.Graph().parse(data=local, format="json-ld")
    for _, term, _ in graph:
        assert term == RDF.type or str(term).removeprefix(str(SDO)) in SDO.__annotations__
    assert len(set(graph.subjects(RDF.type, SDO.ClaimReview))) == len(document["@graph"])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    return make_tiny(tmp_path_factory.mktemp("review"))


@pytest.fixture(scope="module")
def release(tiny: Builder) -> Release:
    return publish_light(tiny)


def test_a_release_holds_valid_reviews(tiny: Builder, release: Release) -> None:
    document = json.loads((release.folder / claimreview.FILE).read_text(encoding="utf-8"))
    validate(document)
    (node,) = document["@graph"]
    assert node["claimReviewed"] == "The rate is above ten."
    assert node["datePublished"] == release.manifest.newest_known_on == "2002-03-01"
    assert {(i["propertyID"], i["value"]) for i in node["identifier"]} == {
        ("claim", "rate_is_high"),
        ("release", release.id),
    }
    assert node["reviewRating"]["alternateName"] == "supported"
    assert node["reviewBody"].startswith(
        "As known on 1 March 2002: supported. It is 11.25 percent. As known on 6 December"
    )
    (cited,) = node["citation"]
    assert (cited["name"], cited["creditText"]) == ("Figures of The Bank", "Source: The Bank")
    assert cited["license"] == [
        {"@type": "CreativeWork", "name": "Terms of the bank", "url": "https://bank.example/terms"}
    ]
    assert claimreview.FILE in release.manifest.files
    assert claimreview.published(tiny.store.home) == document
    assert claimreview.published(tiny.store.home, claim="rate_is_high") == document


def test_an_unknown_claim_has_no_review(tiny: Builder, release: Release) -> None:
    with pytest.raises(NotFound, match=r"No claim is called 'rate_is_hihg'\. Did you mean rate_is_high\?"):
        claimreview.published(tiny.store.home, release.id, "rate_is_hihg")


def test_a_changed_review_is_not_read(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    path = writable(publish_light(builder).folder / claimreview.FILE)
    path.write_text(path.read_text().replace("supported", "contradicted"))
    with pytest.raises(ReleaseDamaged):
        claimreview.published(builder.store.home)


def test_every_verdict_has_its_place_on_the_scale(builder: Builder) -> None:
    codes = set(builder.table("codelist_verdicts").column("code").to_pylist())
    ratings = {code: claimreview.rating(code) for code in codes}
    assert {c: r["ratingValue"] for c, r in ratings.items() if "ratingValue" in r} == claimreview.RATINGS
    assert codes - set(claimreview.RATINGS) == {"undecided", "not testable"}
    assert all(code in claimreview.SCALE for code in codes)


SPOILT: list[tuple[str, Any]] = [
    ("claimReviewed", None),
    ("claimReviewed", ""),
    ("url", None),
    ("url", "somewhere"),
    ("datePublished", "yesterday"),
    ("reviewRating", {"@type": "Rating", "ratingValue": 5}),
    ("reviewRating", {"@type": "Rating", "alternateName": "x", "ratingExplanation": "x", "ratingValue": 7}),
    ("itemReviewed", {"@type": "Person", "name": "x"}),
    ("author", {"@type": "Person", "name": "x", "url": "https://example.org"}),
    ("isBasedOn", {"@type": "Rating", "alternateName": "x"}),
    ("claimReview", "x"),
    ("version", {"@type": "Dataset", "name": "x"}),
    ("citation", [{"@type": "Dataset", "name": "x", "creditText": "x", "license": 5}]),
]


@pytest.mark.parametrize(("key", "value"), SPOILT, ids=lambda v: str(v)[:30])
def test_the_validation_notices_what_is_wrong(key: str, value: Any, release: Release) -> None:  # noqa: ANN401
    document = json.loads((release.folder / claimreview.FILE).read_text(encoding="utf-8"))
    node = document["@graph"][0]
    node.pop(key, None)
    if value is not None:
        node[key] = value
    with pytest.raises((jsonschema.ValidationError, ValueError, AssertionError)):
        validate(document)
