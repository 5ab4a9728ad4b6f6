"""Vega-Lite in, SVG and PNG out, in processes of their own: the converter holds on to the one that it runs in.

What belongs here: those processes, each started with `python -m tradefin.report.convert`. What does not: what is drawn.
"""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

_PNG_SCALE = 1.5
_WORTH_A_PROCESS = 20


@dataclass(frozen=True)
class Job:
    """One picture to make.

    Attributes:
        spec: Vega-Lite as JSON; empty where the SVG is at hand.
        svg: The SVG, where it is at hand.
        replace: A text in the SVG and what to write instead.
        png: Whether a PNG is wanted, too.
    """

    spec: str
    svg: str
    replace: tuple[str, str]
    png: bool

    def written(self, svg: str) -> str:
        """An SVG with its text replaced."""
        old, new = self.replace
        return svg.replace(old, new)


@dataclass(frozen=True)
class Made:
    """What came of a job.

    Attributes:
        svg: The SVG as the converter made it.
        png: The PNG of the SVG with its text replaced; empty if none was wanted.
    """

    svg: str
    png: bytes


def convert(jobs: Sequence[Job]) -> list[Made]:
    """Make pictures, in the order of the jobs, on all cores.

    Raises:
        RuntimeError: A process has failed; what it wrote about it is in the message.
    """
    count = max(1, min(os.cpu_count() or 1, -(-len(jobs) // _WORTH_A_PROCESS)))
    hands = [jobs[i::count] for i in range(count)]
    with ThreadPoolExecutor(count) as pool:
        made = list(pool.map(_by_one_process, hands))
    return [made[i % count][i // count] for i in range(len(jobs))]


def _by_one_process(jobs: Sequence[Job]) -> list[Made]:
    if not jobs:
        return []
    sent = "".join(json.dumps(vars(job)) + "\n" for job in jobs)
    command = [sys.executable, "-m", __name__]
    done = subprocess.run(command, input=sent, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603 - ourselves
    if done.returncode:
        raise RuntimeError(f"The charts could not be drawn: {done.stderr.strip()[-2000:]}")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [Made(a["svg"], base64.b64decode(a["png"])) for a in answers]


def _work(lines: Iterator[str]) -> Iterator[str]:
    import vl_convert

    for line in lines:
        told = json.loads(line)
        job = Job(**{**told, "replace": tuple(told["replace"])})
        svg = job.svg or vl_convert.vegalite_to_svg(job.spec)
        png = vl_convert.svg_to_png(job.written(svg), scale=_PNG_SCALE) if job.png else b""
        yield json.dumps({"svg": svg, "png": base64.b64encode(png).decode()})


if __name__ == "__main__":
    for answer in _work(sys.stdin):
        print(answer)
