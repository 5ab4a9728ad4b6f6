"""One target under atheris: `python -m tests.campaigns.guided TARGET [OPTION OF LIBFUZZER...]`; it ends the process."""

import sys

import atheris

with atheris.instrument_imports(include=["tradefin"]):
    import tradefin.claims.claim
    import tradefin.releases.manifest
    import tradefin.sources.antidumping
    import tradefin.sources.bis
    import tradefin.sources.imf
    import tradefin.sources.rta
    import tradefin.sources.weo
    import tradefin.sources.world_bank
    import tradefin.sources.wto
    import tradefin.tables.contract  # noqa: F401 - what the targets read with, watched line by line

from tests.campaigns.fuzz import ends_well
from tests.campaigns.targets import all_targets


def main() -> None:
    """Hand over to libFuzzer, which ends the process."""
    with all_targets() as targets:
        target = targets[sys.argv.pop(1)]
        atheris.Setup(sys.argv, lambda data: ends_well(target, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
