"""The command as a reader of hostile input: what is typed after `tradefin`, a line an argument.

Commands that serve until stopped or ask publishers are not among the seeds, and cannot come of them.
"""

import os
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from unittest import mock

from tests.publishing import publish_light
from tests.tiny import make_tiny
from tradefin.errors import TradefinError
from tradefin.tables.builder import Builder

SEEDS = (
    b"tables\n--json",
    b"where\nrates",
    b"query\nselect iso3, rate_pct from rates order by all limit 2\n--json",
    b"query\nselect 1 as a; select 2 as b\n--seconds\n1\n--megabytes\n100",
    b"claims\n--markdown",
    b"claims\nrate_is_high\n--json",
    b"claims\n--as-of\n2001-12-06",
    b"claims\nnew\nmine\n--claims\nfolder",
    b"claims\ntest\nmine\n--claims\nfolder",
    b"diff\n--json",
    b"verify\n--json",
    b"releases\n--json",
    b"trace\nrates\n--json\n2001",
    b"export\nrates\n--to\nrates.csv",
    b"export\nrates\n--to\nrates.xlsx",
    b"status\n--json\n--source\nbank",
    b"snapshots",
    b"doctor\n--json",
    b"--version",
    b"tables\n--help",
)
_ENDS = range(12)


def typed(folder: Path) -> Callable[[bytes], object]:
    """Run the command with the arguments that some bytes spell.

    Args:
        folder: For a project, a release and whatever is written, several folders below it.
    """

    @cache
    def ground() -> Builder:
        tiny = make_tiny(folder / "typed")
        publish_light(tiny)
        return tiny

    def run(data: bytes) -> object:
        tiny = ground()
        arguments = [word.replace("\0", "") for word in data.decode(errors="replace").split("\n")][:30]
        here = folder / "typed/a/b/c/d/e/f"
        here.mkdir(parents=True, exist_ok=True)
        settings = {"TRADEFIN_PROJECT": str(tiny.project.root), "TRADEFIN_HOME": str(tiny.store.home)}
        with mock.patch.dict(os.environ, settings), chdir(here):
            return _ended(arguments)

    return run


def _ended(arguments: list[str]) -> int:
    """The exit code; an error of ours or of the arguments is one of those that the help lists."""
    from tradefin.cli import app

    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        try:
            app(arguments)
        except TradefinError as error:
            code: object = error.exit_code
        except SystemExit as end:
            code = end.code or 0
    assert code in _ENDS, f"exit code {code!r}"
    return int(str(code))
