"""Packages of the npm registry, got by npm itself, which knows its machine's registry, proxy and certificates.

What belongs here: a pinned package's bytes, verified, and chosen files out of them. What does not: what they are for
(`report.sqlbox`).
"""

import base64
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tradefin.errors import NotFound, SourceChanged, Unavailable

FOLDER = "TRADEFIN_NPM"  # a folder where `npm pack` has laid the packages, for a machine without npm or network

_PATIENCE = 600.0
_ENTRIES = 5000
_UNPACKED = 1 << 30
_DAMAGED = (tarfile.TarError, zlib.error, EOFError, OSError)


@dataclass(frozen=True)
class Package:
    """One version of a package, pinned.

    Attributes:
        name: As in the registry, with its scope.
        version: Its version.
        integrity: Its hash as the registry and lock files write it: `sha512-` and base64.
        licence: Under which it may be passed on.
    """

    name: str
    version: str
    integrity: str
    licence: str

    @property
    def spec(self) -> str:
        """How npm is asked for it."""
        return f"{self.name}@{self.version}"

    @property
    def file(self) -> str:
        """What `npm pack` calls its file."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"

    @property
    def sha512(self) -> str:
        """Its hash in hexadecimal digits."""
        return base64.b64decode(self.integrity.removeprefix("sha512-")).hex()

    def is_in(self, data: bytes) -> bool:
        """Whether these are its bytes."""
        return hashlib.sha512(data).hexdigest() == self.sha512


def fetch(packages: Sequence[Package]) -> dict[Package, bytes]:
    """The bytes of packages, each with the hash that is pinned: from the folder that `TRADEFIN_NPM` names, else by npm.

    Raises:
        Unavailable: npm got no answer.
        NotFound: There is no npm, or the folder lacks a package.
        SourceChanged: The bytes are others than those pinned.
    """
    if given := os.environ.get(FOLDER):
        return {package: _verified(Path(given), package) for package in packages}
    with tempfile.TemporaryDirectory() as folder:
        _pack(packages, Path(folder))
        return {package: _verified(Path(folder), package) for package in packages}


def _pack(packages: Sequence[Package], folder: Path) -> None:
    specs = [package.spec for package in packages]
    npm = shutil.which("npm")
    if npm is None:
        raise NotFound(
            "npm is not installed here. Install Node.js, which brings it; or run, where there is one, "
            f"`npm pack {' '.join(specs)}`, and name the folder with those files in {FOLDER}."
        )
    command = [npm, "pack", "--ignore-scripts", "--loglevel=error", *specs]
    try:
        done = subprocess.run(  # noqa: S603 - fixed names and versions, no shell
            command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"npm got no answer within {_PATIENCE:g} seconds. A later call may.") from error
    if done.returncode:
        said = done.stderr.strip()[-500:] or "it does not say why"
        raise Unavailable(
            f"`npm pack {' '.join(specs)}` failed: {said}. `npm ping` tells whether its registry answers."
        )


def _verified(folder: Path, package: Package) -> bytes:
    path = folder / package.file
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"{path} is not there; `npm pack {package.spec}` makes it.") from None
    if not package.is_in(data):
        raise SourceChanged(
            f"{package.file}: not the bytes that were pinned ({package.integrity}), so nothing of them was used."
        )
    return data


def members(data: bytes, names: Sequence[str], where: str) -> dict[str, bytes]:
    """Files of a package, by the names asked for; nothing is ever written under a name that the package says.

    Args:
        data: The packed tar.
        names: Exact names below `package/`.
        where: What it is, for errors.

    Raises:
        SourceChanged: A file is missing, not a plain file or there twice, or the archive is one nobody honest makes.
        Unavailable: It is cut short or damaged.
    """
    wanted = {f"package/{name}": name for name in names}
    found: dict[str, bytes] = {}
    left = _UNPACKED
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r|gz") as archive:
            for count, info in enumerate(archive, 1):
                left -= info.size
                if count > _ENTRIES or left < 0:
                    raise SourceChanged(f"{where} holds more than is put up with; nothing of it was used.")
                name = wanted.get(info.name)
                if name is None:
                    continue
                source = archive.extractfile(info) if info.isreg() else None
                if source is None or name in found:
                    raise SourceChanged(f"{where}: {info.name} is no plain file, or there twice.")
                found[name] = source.read()
    except _DAMAGED as error:
        raise Unavailable(f"{where} is cut short or damaged ({error}).") from error
    if missing := [name for name in names if name not in found]:
        raise SourceChanged(f"{where} lacks {', '.join(missing)}.")
    return found
