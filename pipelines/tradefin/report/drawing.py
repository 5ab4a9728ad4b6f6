"""From the declaration of a chart to its files: Vega-Lite for the browser, SVG and PNG for everything else.

What belongs here: the look that all charts share, and turning them into bytes that are the same on every machine. What
does not: what a chart shows (`charts`), the pages around it (`site`).
"""

import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert

from tradefin.claims.figures import readable_date
from tradefin.report.charts.chart import GREY, INK, Chart, Row, Width
from tradefin.report.convert import Converter, Job, Made
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


class Easel:
    """Draws charts in both widths: sketched at once, finished by other processes in the meantime.

    Args:
        con: Sees the release's tables in their schemas.
        caption: What stands below a chart.
        store: Remembers pictures by the declaration and rows that they come from.
        charts: What is to be drawn.
    """

    def __init__(
        self,
        con: "duckdb.DuckDBPyConnection",
        caption: Callable[[Chart], Caption],
        store: Store,
        charts: Sequence[Chart],
    ) -> None:
        self._store = store
        self._sketches: list[tuple[Chart, Caption, Sequence[Row], dict[Width, Spec]]] = []
        self._asked: list[tuple[str, Job]] = []
        self._converter = Converter(len(charts) * len(WIDTHS))
        with ExitStack() as unless_done:
            unless_done.push(self._converter)
            for chart in charts:
                rows, below = con.sql(chart.query).to_arrow_table().to_pylist(), caption(chart)
                specs = {width: spec(chart, rows, width, below) for width in WIDTHS}
                self._sketches.append((chart, below, rows, specs))
                for width in WIDTHS:
                    self._ask(specs[width], below.release, png=width == "wide")
            unless_done.pop_all()

    def _ask(self, found: Spec, release: str, *, png: bool) -> None:
        """Ask for a picture, unless it is remembered; the id of the release is left out of what is."""
        told = json.dumps(found, sort_keys=True, ensure_ascii=False)
        told = told.replace(release, _NO_RELEASE) if release else told
        key = digest_of({"spec": told, "vl-convert": _VERSION})
        noted = self._store.recall("charts", key) or {"svg": ""}
        job = Job("" if noted["svg"] else told, noted["svg"], (_NO_RELEASE, release), png)
        self._asked.append((key, job))
        if job.spec or job.png:
            self._converter.send(job)

    def finished(self) -> list[Drawing]:
        """The charts as they were drawn; may be asked for once.

        Raises:
            RuntimeError: They cannot be drawn.
        """
        with self._converter as converter:
            made = iter(converter.made())
        pictures = []
        for key, job in self._asked:
            one = next(made) if job.spec or job.png else Made(job.svg, b"")
            if job.spec:
                self._store.note("charts", key, {"svg": one.svg})
            pictures.append(Made(job.written(one.svg), one.png))
        drawn = iter(pictures)
        return [_drawing(*sketch, {width: next(drawn) for width in WIDTHS}) for sketch in self._sketches]


def draw(
    charts: Sequence[Chart],
    con: "duckdb.DuckDBPyConnection",
    caption: Callable[[Chart], Caption],
    store: Store,
) -> list[Drawing]:
    """Draw charts and wait for them; see `Easel`."""
    return Easel(con, caption, store, charts).finished()


def _drawing(
    chart: Chart, below: Caption, rows: Sequence[Row], specs: dict[Width, Spec], pictures: dict[Width, Made]
) -> Drawing:
    svg = {width: one.svg for width, one in pictures.items()}
    sizes = {width: _size(text) for width, text in svg.items()}
    return Drawing(chart, below, rows, specs, svg, pictures["wide"].png, sizes)


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
