"""Bad input: whatever comes from outside, only the project's own errors come out, soon and in bounded memory.

Two ways to find what hurts. Hypothesis spoils valid input by chance (`hostile`), and makes what it finds small. Atheris
watches which lines of the project an input reaches and goes on from there, in a process of its own whose memory and
patience end where the promise does.
"""

import importlib.util
import random
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.campaigns.figure import Figure, Progress
from tests.campaigns.targets import Target, all_targets
from tradefin import yamlfile
from tradefin.errors import TradefinError

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20.0  # for one input
MEGABYTES = 1024  # for a process with all readers in it
GUIDED_SECONDS = 6  # for one target, of a campaign in full
GUIDED_FROM = 50  # inputs by chance per target; with fewer the campaign is a short one, and one target is guided

# The memory that libFuzzer reads includes that of the process which started it; so a small one does.
_LAUNCHER = (sys.executable, "-ISc", "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))")

TOKENS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b'"', b"'", b",", b";", b"\t", b"<", b">", b"&", b"{", b"[",
    b"]]>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"-1", b"1e999", b"NaN", b"9" * 400, b"NA", b"null", b"true", b"*a",
    b"&a ", b"!!python/object:x", b": ", b"- ", b"../", b"\xe9", "\u2028\U0001f4a5".encode(), b"A" * 70_000,
)  # fmt: skip


def hostile(good: bytes, chance: random.Random, seeds: tuple[bytes, ...]) -> bytes:
    """Valid input, spoilt in one to four places."""
    data = good
    for _ in range(chance.randint(1, 4)):
        at, to = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
        how = chance.randrange(9)
        if how == 0:
            data = data[:at] + chance.choice(TOKENS) + data[at:]
        elif how == 1:
            data = data[:at] + chance.choice(TOKENS) + data[to:]
        elif how == 2:
            data = data[:at] + data[to:]
        elif how == 3:
            data = data[:to] + data[at:]
        elif how == 4:
            data = data[:at]
        elif how == 5 and data:
            at = chance.randrange(len(data))
            data = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        elif how == 6:
            other = chance.choice(seeds)
            data = data[:at] + other[chance.randint(0, len(other)) :]
        else:
            lines = data.split(b"\n")
            one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines[one], lines[two] = lines[two], lines[one] if how == 7 else lines[two]
            data = b"\n".join(lines)
    return data


def ends_well(target: Target, data: bytes) -> None:
    """Read one input; raises what is not the project's own error, or that it took too long."""
    began = time.monotonic()
    try:
        target.read(data)
    except TradefinError:
        pass
    finally:
        yamlfile.forget()
    if (took := time.monotonic() - began) > SECONDS:
        raise TimeoutError(f"{took:.0f} s for {len(data):,} bytes")


def by_chance(name: str, target: Target, inputs: int, chance_seed: int) -> str:
    """Spoil valid input `inputs` times; what went wrong in words, empty if nothing."""

    @seed(chance_seed)
    @settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(target.seeds), st.randoms(use_true_random=False))
    def spoilt(good: bytes, chance: random.Random) -> None:
        data = hostile(good, chance, target.seeds)
        last[0] = data
        ends_well(target, data)

    last = [b""]
    try:
        spoilt()
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        return f"{name}: {type(error).__name__} at {place}: {str(error)[:120]!r}; input {last[0][:200]!r}"
    return ""


def guidance() -> bool:
    """Whether atheris is here: it has no wheels for some systems and for the newest Pythons."""
    return importlib.util.find_spec("atheris") is not None


def guided(name: str, target: Target, chance_seed: int, seconds: int) -> tuple[int, str]:
    """Let atheris look for `seconds`; how many inputs it tried, and what went wrong in words."""
    with tempfile.TemporaryDirectory(prefix="tradefin-guided-") as folder:
        for number, good in enumerate(target.seeds):
            (Path(folder) / f"seed{number}").write_bytes(good)
        limits = [f"-rss_limit_mb={MEGABYTES}", f"-timeout={SECONDS:.0f}", "-max_len=200000", "-print_final_stats=1"]
        limits += [f"-max_total_time={seconds}", f"-seed={chance_seed}", f"-artifact_prefix={folder}/"]
        done = subprocess.run(
            [*_LAUNCHER, sys.executable, "-m", "tests.campaigns.guided", name, *limits, folder],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    lines = done.stderr.splitlines()
    tried = next((int(line.split()[-1]) for line in lines if line.startswith("stat::number_of_executed_units")), 0)
    if done.returncode == 0:
        return tried, "" if tried else f"{name}: atheris tried nothing"
    told = next((line for line in lines if "Error" in line or "Exception" in line or "ERROR" in line), "no word")
    return tried, f"{name}, guided: {told.strip()[:200]}"


def run(size: int, chance_seed: int, progress: Progress) -> Figure:
    """Try `size` inputs by chance on each target, and atheris on each, or on one in a short campaign."""
    failures: list[str] = []
    tries = by_atheris = 0
    with all_targets() as targets:
        to_guide = (list(targets) if size >= GUIDED_FROM else ["wto disputes"]) if guidance() else []
        steps, done = len(targets) + len(to_guide), 0
        for name, target in targets.items():
            inputs = -(-size // target.cost)
            tries += inputs
            failures.append(by_chance(name, target, inputs, chance_seed))
            progress(done := done + 1, steps)
        for name in to_guide:
            tried, failure = guided(name, targets[name], chance_seed, GUIDED_SECONDS if size >= GUIDED_FROM else 1)
            by_atheris += tried
            failures.append(failure)
            progress(done := done + 1, steps)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if size >= GUIDED_FROM and megabytes > MEGABYTES:
        failures.append(f"{megabytes:,} MB of memory")
    told = tuple(filter(None, failures))
    detail = (
        f"hostile inputs on {len(targets)} readers that ended well or in the project's own errors: {tries:,} by chance"
        + ", "
        + (f"{by_atheris:,} guided by coverage" if to_guide else "none guided: atheris is not installed here")
        + f"; {megabytes:,} MB at most"
    )
    return Figure("fuzz", tries + by_atheris, tries + by_atheris - len(told), detail, told)
