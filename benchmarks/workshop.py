"""Where a benchmark works: scratch space, our own programs, and the peers in environments of their own."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Command, Costs, compete

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benchmarks"
PEERS = ROOT / ".venv-bench"


@dataclass(frozen=True)
class Workshop:
    """What a benchmark is given.

    Attributes:
        scratch: A folder that is removed afterwards.
        runs: How often each competitor runs, where a run takes seconds; fewer are right where it takes minutes.
    """

    scratch: Path
    runs: int = 5

    @property
    def python(self) -> Path:
        """Our own Python, with tradefin and its pipeline installed."""
        return Path(sys.executable)

    @property
    def tradefin(self) -> Path:
        """Our own command."""
        return self.python.with_name("tradefin")

    def peer(self, name: str, program: str = "python") -> Path:
        """A program of a peer's environment, which is made from benchmarks/requirements/<name>.lock.

        Raises:
            FileNotFoundError: The environment is not there.
        """
        found = PEERS / name / "bin" / program
        if not found.exists():
            raise FileNotFoundError(f"{found} is missing: `make bench` installs the peers.")
        return found

    def versions(self, *packages: str, peer: str = "") -> str:
        """Versions of packages as they are installed, for a row or a note."""
        code = (
            "import sys; from importlib.metadata import version; "
            "print(', '.join(f'{name} {version(name)}' for name in sys.argv[1:]))"
        )
        python = self.peer(peer) if peer else self.python
        return subprocess.check_output([python, "-c", code, *packages], text=True).strip()  # noqa: S603 - our own

    def compete(self, commands: dict[str, Command], runs: int = 0, warm: bool = True) -> dict[str, Costs]:
        """Run competitors in turns; see `measure.compete`."""
        return compete(commands, self.scratch, runs or self.runs, warm)
