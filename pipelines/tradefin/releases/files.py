"""Are the files of a release the ones that were published? Told from their bytes; needs neither DuckDB nor PyArrow."""

import hashlib
from pathlib import Path

from tradefin.releases.manifest import MANIFEST, SUMS, Manifest


def problems_of(folder: Path, manifest: Manifest) -> list[str]:
    """What differs between the bytes in a folder and its manifest, one line a file; empty when nothing does."""
    listed = manifest.all_files()
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    problems = [f"{path}: missing" for path in (*listed, MANIFEST, SUMS) if path not in found]
    problems += [f"{path}: not part of the release" for path in found - listed.keys() - {MANIFEST, SUMS}]
    for path in listed.keys() & found:
        if hashlib.sha256((folder / path).read_bytes()).hexdigest() != listed[path].sha256:
            problems.append(f"{path}: changed (sha256 differs from the manifest's)")
    if {MANIFEST, SUMS} <= found:
        problems += _unlike_sums(folder, manifest)
    return sorted(problems)


def _unlike_sums(folder: Path, manifest: Manifest) -> list[str]:
    """Manifest and sums vouch for each other, so that a change of either is seen in a release that no pointer names."""
    own, sums = (folder / MANIFEST).read_bytes(), (folder / SUMS).read_bytes()
    if sums == manifest.sums(own):
        return []
    if f"{hashlib.sha256(own).hexdigest()}  {MANIFEST}\n".encode() in sums:
        return [f"{SUMS}: changed (it does not list the hashes of {MANIFEST})"]
    return [f"{MANIFEST}: changed (its sha256 is not the one in {SUMS}), unless it is {SUMS} that changed"]
