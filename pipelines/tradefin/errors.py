"""What can go wrong, named so that a program knows what to do next.

Each class answers two questions: may I try again, and with which exit code does the command end?
What belongs here: the error classes. What does not: texts, which are written where the error is found.
"""


class TradefinError(Exception):
    """Base of every error that tradefin raises on purpose.

    Attributes:
        may_retry: Whether the same call may succeed later without anybody changing anything.
        exit_code: What the command returns to its shell.
    """

    may_retry = False
    exit_code = 1


class Unavailable(TradefinError):
    """A publisher or a store did not answer; nothing is known to be wrong with the data."""

    may_retry = True
    exit_code = 3


class SourceChanged(TradefinError):
    """What a source delivers is no longer what its description says: a column, a code, a unit, the row count."""

    exit_code = 4


class ContractBroken(TradefinError):
    """A table does not keep its contract: a value that cannot be read, a failed blocking expectation."""

    exit_code = 5


class ProjectInvalid(TradefinError):
    """A contract, SQL, claim or codelist file of the project itself is wrong."""

    exit_code = 6


class ReleaseDamaged(TradefinError):
    """A file of a release is missing or its bytes are not those that were published."""

    exit_code = 7


class RightsMissing(TradefinError):
    """A source has no evidence of a licence, so nothing made from it may be published."""

    exit_code = 8


class NotFound(TradefinError):
    """A table, claim, release or file that was asked for does not exist."""

    exit_code = 9


class QueryRefused(TradefinError):
    """A query tried something that the read-only, locked-down connection does not allow, or is not valid SQL."""

    exit_code = 10


class Overtaken(TradefinError):
    """Another run made its release the current one meanwhile; this run's own is whole, but readers do not get it."""

    may_retry = True
    exit_code = 11
