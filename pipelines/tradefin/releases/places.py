"""Whoever has the files of a home at an address: a web server or an object store, asked in one way (see `remote`)."""

from typing import TYPE_CHECKING, Protocol

from tradefin.addresses import is_bucket

if TYPE_CHECKING:
    import pyarrow.dataset as ds


class Place(Protocol):
    """Whoever has the files of a home.

    Attributes:
        address: Of the home.
    """

    address: str

    def get(self, name: str, most: int) -> bytes:
        """The bytes of a file, at most so many; raises `NotFound`, `Unavailable`, `ReleaseDamaged` if it has more."""

    def folders(self, name: str) -> list[str] | None:
        """Names of the folders in a folder; None from who does not tell."""

    def dataset(self, names: list[str]) -> "ds.Dataset | None":
        """Parquet files to be read in part; None from who gives whole files only."""


def place_of(address: str) -> Place:
    """Whoever has the files of the home at an address, as `checked` gives it."""
    if is_bucket(address):
        from tradefin.releases.bucket import Bucket

        return Bucket(address)
    from tradefin.releases.web import Web  # brings what asks web servers, which nobody else needs

    return Web(address)
