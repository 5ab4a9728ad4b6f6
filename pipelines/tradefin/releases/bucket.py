"""Asking an object store for files of releases, through PyArrow, which every reader has.

Whoever writes asks by obstore (`tables.mirror`), which has the conditional puts that PyArrow lacks; a reader needs
neither that nor keys that may write. Both take region, endpoint and keys from the environment variables of the store's
own tools: `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID` and so on; `AWS_SKIP_SIGNATURE=true` reads what is
public. What belongs here: a question and its answer. What does not: what the answer must be (`remote`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tradefin.addresses import endpoint, said
from tradefin.errors import NotFound, ReleaseDamaged, Unavailable

if TYPE_CHECKING:
    import pyarrow.dataset as ds
    from pyarrow import fs

_TRIES = 8  # with growing pauses, some half a minute in all
_SECONDS = 20.0


class Bucket:
    """A home in an object store.

    Args:
        address: `s3://bucket/path`, checked.

    Raises:
        ValueError: The environment names an endpoint that may not be asked.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        parts = urlsplit(address)
        self._files = _file_system(endpoint(), os.environ.get("AWS_SKIP_SIGNATURE") == "true")
        self._root = f"{parts.netloc}{parts.path}"

    def get(self, name: str, most: int) -> bytes:
        """The bytes of a file.

        Args:
            name: From the home.
            most: Bytes that it may have at most.

        Raises:
            NotFound: There is no such file.
            Unavailable: No answer; the same call may succeed later.
            ReleaseDamaged: The file is larger than it may be.
        """
        with self._told(name), self._files.open_input_file(f"{self._root}/{name}") as file:
            if file.size() > most:
                raise ReleaseDamaged(f"{self.address}/{name} has more than the {most:,} bytes that it should have.")
            return bytes(file.read())

    def folders(self, name: str) -> list[str] | None:
        """Names of the folders in a folder.

        Raises:
            Unavailable: No answer; the same call may succeed later.
        """
        from pyarrow import fs

        with self._told(name):
            found = self._files.get_file_info(fs.FileSelector(f"{self._root}/{name}", allow_not_found=True))
        return [one.base_name for one in found if one.type == fs.FileType.Directory]

    def dataset(self, names: list[str]) -> "ds.Dataset":
        """Parquet files of the same columns, of which only the footers are read, and later what a scan needs.

        Args:
            names: From the home; at least one.

        Raises:
            NotFound: There is no such file.
            Unavailable: No answer; the same call may succeed later.
            ReleaseDamaged: A file is no Parquet file.
        """
        import pyarrow as pa
        import pyarrow.dataset as ds

        with self._told(names[0]):
            files = [f"{self._root}/{name}" for name in names]
            try:
                return ds.dataset(files, filesystem=self._files, format=parquet_format())
            except pa.ArrowInvalid as error:
                raise ReleaseDamaged(f"{self.address}/{names[0]} cannot be read as Parquet ({said(error)}).") from error

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        import pyarrow as pa

        try:
            yield
        except FileNotFoundError:
            raise NotFound(f"{self.address}/{name} is not there.") from None
        except (OSError, pa.ArrowException) as error:
            raise Unavailable(f"{self.address}/{name}: no answer from the object store ({said(error)}).") from None


def parquet_format() -> "ds.ParquetFileFormat":
    """How files of releases are scanned: with the checksum of every page that is read."""
    import pyarrow.dataset as ds

    options = ds.ParquetFragmentScanOptions(page_checksum_verification=True)
    return ds.ParquetFileFormat(default_fragment_scan_options=options)


@cache
def _file_system(at: str, anonymous: bool) -> "fs.FileSystem":
    from pyarrow import fs

    return fs.S3FileSystem(
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        endpoint_override=at or None,
        anonymous=anonymous,
        connect_timeout=_SECONDS,
        request_timeout=_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_TRIES),
    )
