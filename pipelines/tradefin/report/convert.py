"""Vega-Lite in, SVG and PNG out, in processes of their own: the converter holds on to the one that it runs in.

What belongs here: those processes, each started with `python -m tradefin.report.convert`. What does not: what is drawn.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_FONTS = Path(__file__).parent / "assets" / "fonts.conf"
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


class Converter:
    """Processes that make pictures while the one that asks for them does something else.

    Args:
        jobs: About how many pictures there will be.
    """

    def __init__(self, jobs: int) -> None:
        count = max(1, min(os.cpu_count() or 1, -(-jobs // _WORTH_A_PROCESS)))
        self._hands = [_Hand() for _ in range(count)]
        self._sent = 0

    def __enter__(self) -> "Converter":
        return self

    def __exit__(self, *_: object) -> None:
        for hand in self._hands:
            hand.stop()

    def send(self, job: Job) -> None:
        """Ask for a picture."""
        self._hands[self._sent % len(self._hands)].send(job)
        self._sent += 1

    def made(self) -> list[Made]:
        """The pictures in the order in which they were asked for, once all are made; none can be asked for after that.

        Raises:
            RuntimeError: A process has failed; what it wrote about it is in the message.
        """
        made = [hand.made() for hand in self._hands]
        return [made[i % len(made)][i // len(made)] for i in range(self._sent)]


class _Hand:
    """One process, with a thread that writes to it and one that reads, so that neither waits for the other."""

    def __init__(self) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `stop`
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env={**os.environ, "FONTCONFIG_FILE": str(_FONTS)},
        )
        assert self._process.stdin and self._process.stdout  # noqa: S101 - both are pipes
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._writer, self._reader = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._answers = self._reader.submit(self._stdout.read)

    def send(self, job: Job) -> None:
        self._writer.submit(self._stdin.write, json.dumps(vars(job)).encode() + b"\n")

    def made(self) -> list[Made]:
        self._writer.submit(self._stdin.close)
        answers = self._answers.result()
        if self._process.wait():
            self._complaints.seek(0)
            said = self._complaints.read().decode(errors="replace").strip()
            raise RuntimeError(f"The charts could not be drawn: {said[-2000:]}")
        told = [json.loads(line) for line in answers.splitlines()]
        return [Made(one["svg"], base64.b64decode(one["png"])) for one in told]

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for pool in (self._writer, self._reader):
            pool.shutdown()
        for file in (self._stdin, self._stdout, self._complaints):
            with suppress(BrokenPipeError):
                file.close()


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
        print(answer, flush=True)
