"""How a table is written as Parquet. What belongs here: the options. What does not: where the file goes (`store`)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


ROW_GROUP = 128 * 1024  # rows that a filter reads or leaves together


def parquet_bytes(table: "pa.Table") -> bytes:
    """A table as Parquet with fixed options, so that the same table gives the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        version="2.6",
        compression="zstd",
        compression_level=9,
        row_group_size=ROW_GROUP,
        write_page_checksum=True,
        use_dictionary=True,
        write_statistics=True,
    )
    return bytes(sink.getvalue())
