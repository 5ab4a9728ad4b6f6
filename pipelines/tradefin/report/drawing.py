"""From the declaration of a chart to its files: Vega-Lite for the browser, SVG and PNG for everything else.

What belongs here: the look that all charts share, and turning them into bytes that are the same on every machine. What
does not: what a chart shows (`charts`), the pages around it (`site`).
"""

import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert

from tradefin.claims.figures import readable_date
from tradefin.report.charts.chart import GREY, INK, Chart, Row, Width
from tradefin.report.convert import Job, Made, convert
from tradefin.tables.store import Store, digest_of

if TYPE_CHECKING:
    import duckdb

WIDTHS: tuple[Width, ...] = ("wide", "narrow")
# vl-convert carries Liberation Sans with it, so that text is measured alike everywhere; Arial has the same metrics.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_NO_RELEASE = "0000-00-00-000000000000"  # as wide as an id, so that a drawing is the same but for it
_VIEW = re.compile(r'"(view_\d+)"')
_VERSION = version("vl-convert-python")
_SNIPPET = Path(__file__).parent / "assets" / "charts.js"

Spec = dict[str, Any]


@dataclass(frozen=True)
class Caption:
    """What stands below every chart, in the picture.

    Attributes:
        sources: The publishers' attributions.
        newest: Day on which the newest vintage of theirs became public.
        release: Id of the release; empty for a chart of the bundled figures, which no release is made of yet.
    """

    sources: tuple[str, ...]
    newest: date | None
    release: str


@dataclass(frozen=True)
class Drawing:
    """A chart that was drawn.

    Attributes:
        chart: Its declaration.
        caption: What stands below it.
        rows: What its query returned.
        specs: Vega-Lite for a wide and a narrow page.
        svg: The same as SVG.
        png: The wide one as PNG.
        size: Width and height of each SVG in pixels.
    """

    chart: Chart
    caption: Caption
    rows: Sequence[Row]
    specs: Mapping[Width, Spec]
    svg: Mapping[Width, str]
    png: bytes
    size: Mapping[Width, tuple[int, int]]

    @property
    def inline(self) -> str:
        """Both declarations as JSON for a page, rows that they share once, safe inside a script element."""
        datasets: Spec = {}
        parts: Spec = {}
        for width, spec in self.specs.items():
            datasets |= spec["datasets"]
            parts[width] = {k: v for k, v in spec.items() if k != "datasets"}
        text = json.dumps({"datasets": datasets, **parts}, ensure_ascii=False, separators=(",", ":"))
        return text.replace("<", "\\u003c")


def draw(
    charts: Sequence[Chart],
    con: "duckdb.DuckDBPyConnection",
    caption: Callable[[Chart], Caption],
    store: Store,
) -> list[Drawing]:
    """Draw charts in both widths.

    Args:
        charts: Their declarations.
        con: Sees the release's tables in their schemas.
        caption: What stands below each.
        store: Remembers pictures by the declaration and rows that they come from.
    """
    planned = []
    for chart in charts:
        rows, below = con.sql(chart.query).to_arrow_table().to_pylist(), caption(chart)
        planned.append((chart, below, rows, {width: spec(chart, rows, width, below) for width in WIDTHS}))
    made = iter(_pictures([(specs[w], below.release, w) for _, below, _, specs in planned for w in WIDTHS], store))
    drawings = []
    for chart, below, rows, specs in planned:
        pictures = {width: next(made) for width in WIDTHS}
        svg = {width: one.svg for width, one in pictures.items()}
        sizes = {width: _size(text) for width, text in svg.items()}
        drawings.append(Drawing(chart, below, rows, specs, svg, pictures["wide"].png, sizes))
    return drawings


def spec(chart: Chart, rows: Sequence[Row], width: Width, caption: Caption) -> Spec:
    """A chart as Vega-Lite with its rows in it, in the look of the report.

    Args:
        chart: Its declaration.
        rows: What its query returned.
        width: Wide or narrow.
        caption: What stands below it.
    """
    with alt.utils.schemapi.debug_mode(False):
        drawn: Spec = chart.draw(rows, width).to_dict(validate=False)
    shared: Spec = {key: drawn.pop(key) for key in ("$schema", "datasets", "params") if key in drawn}
    drawn = {"title": _title(chart, width), **{k: v for k, v in drawn.items() if k != "config"}}
    described = {"description": f"{chart.title}. {chart.alt}", "title": _foot(caption, width), "config": _look(width)}
    return _lasting({**shared, **described, "vconcat": [drawn]})


def write_pictures(drawings: Sequence[Drawing], folder: Path) -> None:
    """Write `<id>.svg`, `<id>-narrow.svg` and `<id>.png` of every chart."""
    folder.mkdir(parents=True, exist_ok=True)
    for drawing in drawings:
        for width, text in drawing.svg.items():
            (folder / picture(drawing.chart, width)).write_text(text, encoding="utf-8")
        (folder / f"{drawing.chart.id}.png").write_bytes(drawing.png)


def picture(chart: Chart, width: Width) -> str:
    """Name of an SVG file."""
    return f"{chart.id}.svg" if width == "wide" else f"{chart.id}-narrow.svg"


def script(store: Store) -> str:
    """The script that makes charts interactive: Vega, Vega-Lite, Vega-Embed and what starts them, in one file."""
    snippet = _SNIPPET.read_text(encoding="utf-8")
    key = digest_of({"snippet": snippet, "vl-convert": _VERSION})
    noted = store.recall("scripts", key)
    if noted is None:
        noted = {"script": vl_convert.javascript_bundle(snippet)}
        store.note("scripts", key, noted)
    text: str = noted["script"]
    return text


def _pictures(wanted: Sequence[tuple[Spec, str, Width]], store: Store) -> list[Made]:
    """The pictures of specs; the id of the release is left out of what is remembered."""
    jobs, keys = [], []
    for found, release, width in wanted:
        told = json.dumps(found, sort_keys=True, ensure_ascii=False)
        told = told.replace(release, _NO_RELEASE) if release else told
        keys.append(digest_of({"spec": told, "vl-convert": _VERSION}))
        noted = store.recall("charts", keys[-1]) or {"svg": ""}
        jobs.append(Job("" if noted["svg"] else told, noted["svg"], (_NO_RELEASE, release), width == "wide"))
    made = convert([job for job in jobs if job.spec or job.png])
    done = iter(made)
    pictures = [next(done) if job.spec or job.png else Made(job.svg, b"") for job in jobs]
    for job, key, one in zip(jobs, keys, pictures, strict=True):
        if job.spec:
            store.note("charts", key, {"svg": one.svg})
    return [Made(job.written(one.svg), one.png) for job, one in zip(jobs, pictures, strict=True)]


def _size(svg: str) -> tuple[int, int]:
    head = svg[: svg.index(">")]
    across, down = (float(head.split(f'{side}="')[1].split('"')[0]) for side in (" width", " height"))
    return round(across), round(down)


def _title(chart: Chart, width: Width) -> Spec:
    text, sub = (74, 100) if width == "wide" else (38, 50)
    unit = chart.unit[:1].upper() + chart.unit[1:]
    return {
        "text": textwrap.wrap(chart.title, text),
        "subtitle": textwrap.wrap(unit, sub),
        "anchor": "start",
        "frame": "bounds",
        "offset": 14,
    }


def _foot(caption: Caption, width: Width) -> Spec:
    letters = 128 if width == "wide" else 62
    sources = "; ".join(s.removeprefix("Source: ").rstrip(".") for s in caption.sources)
    newest = f"Newest vintage of {readable_date(caption.newest)}; " if caption.newest else ""
    made = f"release {caption.release} of tradefin." if caption.release else "tradefin."
    lines = [
        *(textwrap.wrap(f"Sources: {sources}.", letters) if sources else []),
        *textwrap.wrap(f"{newest}{made}", letters),
    ]
    return {
        "text": lines,
        "orient": "bottom",
        "anchor": "start",
        "frame": "bounds",
        "fontSize": 9.5,
        "fontWeight": "normal",
        "color": "#555555",
        "lineHeight": 12,
        "offset": 10,
    }


def _look(width: Width) -> Spec:
    text = 12 if width == "wide" else 11
    wide = width == "wide"
    return {
        "font": FONT,
        "background": "#ffffff",
        "padding": 8,
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": text,
            "titleFontSize": text,
            "titleFontWeight": "normal",
            "gridColor": "#e3e3e3",
            "domainColor": GREY,
            "tickColor": GREY,
            "labelColor": INK,
            "titleColor": INK,
        },
        "legend": {
            "orient": "bottom",
            "direction": "horizontal" if wide else "vertical",
            "columns": 3 if wide else 1,
            "labelFontSize": text,
            "titleFontSize": text,
            "labelLimit": 300,
            "symbolSize": 90,
            "labelColor": INK,
        },
        "header": {"labelFontSize": 13, "labelColor": INK},
        "title": {
            "color": INK,
            "fontSize": 16 if wide else 14,
            "subtitleFontSize": text,
            "subtitleColor": "#444444",
            "subtitlePadding": 6,
            "lineHeight": 20 if wide else 17,
            "subtitleLineHeight": 15,
        },
    }


def _lasting(found: Spec) -> Spec:
    """The same spec with its rows read, and views named by their place: Altair counts them through a process's life."""
    datasets = {name: json.loads(rows) for name, rows in found.pop("datasets", {}).items()}
    text = json.dumps(found, ensure_ascii=False)
    for place, name in enumerate(dict.fromkeys(_VIEW.findall(text)), start=1):
        text = text.replace(f'"{name}"', f'"drawn_{place}"')
    return {**json.loads(text), "datasets": datasets}
