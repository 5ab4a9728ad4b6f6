"""Where things are: the project's own files (sql/, expectations/, bundled/) and the outputs.

What belongs here: paths and the list of files behind each stem. What does not: reading those files.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tradefin.addresses import is_address, marked
from tradefin.errors import NotFound, ProjectInvalid
from tradefin.quoting import IDENTIFIER

HOME = "TRADEFIN_HOME"
CODELISTS = "codelists"
LAYERS = (CODELISTS, "core", "marts", "claims")
CODELIST = "codelist_"  # how the table of a codelist begins

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Project:
    """The files that define the dataset: SQL, contracts, claims, codelists and bundled figures.

    Attributes:
        root: Folder that holds `sql/` and `expectations/`.
        bundled: Folder that holds the bundled figures, one folder per publisher.
    """

    root: Path
    bundled: Path

    @classmethod
    def find(cls) -> "Project":
        """The project this code runs from: `TRADEFIN_PROJECT`, else the checkout, else the installed wheel.

        Raises:
            ProjectInvalid: None of the three holds `sql/` and `expectations/`.
        """
        override = os.environ.get("TRADEFIN_PROJECT")
        candidates = [Path(override)] if override else [_PACKAGE.parent.parent, _PACKAGE / "_project"]
        for root in candidates:
            if (root / "sql").is_dir() and (root / "expectations").is_dir():
                bundled = root / "bundled" if (root / "bundled").is_dir() else _PACKAGE / "bundled"
                return cls(root=root, bundled=bundled)
        looked = ", ".join(str(c) for c in candidates)
        raise ProjectInvalid(f"No folder with sql/ and expectations/ found (looked in {looked}).")

    @property
    def expectations(self) -> Path:
        """Folder of the contracts, sources, claims and codelists."""
        return self.root / "expectations"

    def contract_file(self, stem: str) -> Path:
        """Path of a table's contract, whether or not it exists; a codelist's lies beside the codelist."""
        if stem.startswith(CODELIST):
            return self.codelist_file(stem.removeprefix(CODELIST)).with_suffix(".yml")
        return self.expectations / "tables" / f"{stem}.yml"

    def codelist_file(self, name: str) -> Path:
        """Path of a codelist, whether or not it exists."""
        return self.expectations / "codelists" / f"{name}.csv"

    @cached_property
    def sql_files(self) -> dict[str, Path]:
        """SQL file of each core and mart table, by stem."""
        return {f.stem: f for layer in ("core", "marts") for f in sorted((self.root / "sql" / layer).glob("*.sql"))}

    @cached_property
    def claim_sql_files(self) -> dict[str, Path]:
        """Measurement query of each claim that can be measured, by claim id."""
        return {f.stem: f for f in sorted((self.root / "sql" / "claims").glob("*.sql"))}

    @cached_property
    def claim_files(self) -> dict[str, Path]:
        """Claim file of each claim, by claim id."""
        return {f.stem: f for f in sorted((self.expectations / "claims").glob("*.yml"))}

    def where(self, stem: str) -> list[Path]:
        """Every file of the project that bears this stem.

        Args:
            stem: Name of a table, claim, codelist or source table.

        Raises:
            NotFound: Nothing bears that name.
        """
        places = (
            []
            if not IDENTIFIER.fullmatch(stem)
            else [
                self.sql_files.get(stem),
                self.claim_sql_files.get(stem),
                self.contract_file(stem),
                self.claim_files.get(stem),
                self.codelist_file(stem.removeprefix(CODELIST)),
                self.root / "tests" / "sql" / stem,
                *(
                    self.bundled / p.name / f"{stem.removeprefix(f'source_{p.name}_')}.csv"
                    for p in sorted(self.bundled.iterdir())
                    if stem.startswith(f"source_{p.name}_")
                ),
            ]
        )
        found = [p for p in places if p is not None and p.exists()]
        if not found:
            raise NotFound(
                f"Nothing in the project is called '{stem}'. `tradefin tables` lists the tables, "
                "`tradefin claims` the claims."
            )
        return found


def outputs_home() -> Path:
    """Folder of snapshots, tables and releases: `TRADEFIN_HOME`, else `outputs/` of the checkout or here.

    Where `TRADEFIN_HOME` is an address, as `s3://bucket/path`, it is the folder in the cache that stands for it.

    Raises:
        ProjectInvalid: It is an address that cannot be used.
        Unavailable: The folder that would stand for the address cannot be made.
    """
    override = os.environ.get(HOME)
    if is_address(override):
        try:
            return marked(str(override))
        except ValueError as error:
            raise ProjectInvalid(f"{HOME}: {error}") from error
    if override:
        return Path(override)
    checkout = _PACKAGE.parent.parent
    return (checkout if (checkout / "sql").is_dir() else Path.cwd()) / "outputs"
