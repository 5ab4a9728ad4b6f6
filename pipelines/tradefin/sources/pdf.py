"""Words of a PDF and where they stand, read by a process of its own that may be stopped.

Some broken files keep the library busy for ever (an object that refers to itself is enough), or ask it for all memory.
What belongs here: pages and words. What does not: what they mean (`antidumping`). `python -m tradefin.sources.pdf MOST`
is that process: the file comes in, JSON goes out.
"""

import io
import json
import subprocess
import sys
from typing import Any

from tradefin.errors import SourceChanged

Word = dict[str, Any]

SECONDS = 60.0
_MEGABYTES = 2048
_KEPT = ("text", "x0", "x1", "top", "bottom")


def words(data: bytes, where: str, most_pages: int, seconds: float = SECONDS) -> list[tuple[list[Word], float]]:
    """The words of each page, with `text`, `x0`, `x1`, `top` and `bottom` in points, and the page's height.

    Args:
        data: The file.
        where: What was asked, for errors.
        most_pages: How many pages are put up with.
        seconds: After which reading is given up.

    Raises:
        SourceChanged: Not a PDF that can be read, one with too many pages, or one that takes too long.
    """
    command = [sys.executable, "-m", __name__, str(most_pages)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=seconds, check=False)  # noqa: S603 - our own
    except subprocess.TimeoutExpired as error:
        raise SourceChanged(f"{where}: a PDF that cannot be read within {seconds:g} seconds.") from error
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2][:200]
        raise SourceChanged(f"{where}: not a PDF that can be read ({last or f'ended with {done.returncode}'}).")
    told = json.loads(done.stdout)
    if isinstance(told, int):
        raise SourceChanged(f"{where}: {told} pages where 1 to {most_pages} are expected.")
    return [(page["words"], page["height"]) for page in told]


def _read(data: bytes, most_pages: int) -> object:
    import pdfplumber

    with pdfplumber.open(io.BytesIO(data)) as book:
        if not 1 <= len(book.pages) <= most_pages:
            return len(book.pages)
        return [
            {
                "words": [{k: word[k] for k in _KEPT} for word in page.extract_words(x_tolerance=1.5)],
                "height": float(page.height),
            }
            for page in book.pages
        ]


def main() -> None:
    """Read one file from standard input."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (_MEGABYTES << 20, _MEGABYTES << 20))
    json.dump(_read(sys.stdin.buffer.read(), int(sys.argv[1])), sys.stdout)


if __name__ == "__main__":
    main()
