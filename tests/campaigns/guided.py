"""One target under atheris: `python -m tests.campaigns.guided TARGET [OPTION OF LIBFUZZER...]`; it ends the process."""

import sys

import atheris

with atheris.instrument_imports(include=["tradefin"]):  # all that the targets read with, watched line by line
    import tradefin.cli  # noqa: F401 - which `typed` imports when it is asked
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
