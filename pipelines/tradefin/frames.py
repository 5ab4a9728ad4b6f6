"""An Arrow table as a frame of pandas or polars, which a reader may have and need not."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def frame(table: "pa.Table", kind: str) -> Any:  # noqa: ANN401 - a frame of a library that may not be installed
    """The table as a frame of that library, decimals kept exact.

    Args:
        table: The table.
        kind: `pandas` or `polars`.

    Raises:
        ImportError: It is not installed.
    """
    try:
        if kind == "polars":
            import polars as pl

            return pl.from_arrow(table)
        import pandas as pd
    except ImportError as error:
        raise ImportError(f"as_='{kind}' needs {kind}, which is not installed: pip install {kind}") from error
    return table.to_pandas(types_mapper=pd.ArrowDtype)
