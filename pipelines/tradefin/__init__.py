"""tradefin: trade and finance indicators as a tested, citable dataset.

    import tradefin

    tradefin.tables()                                       # what there is
    tradefin.load("imf_quota_alignment")                    # an Arrow table; as_="pandas" or "polars" for a frame
    tradefin.connect().sql("from imf_quota_alignment")      # every table in DuckDB

Importing this needs, and brings, nothing of the pipeline (extra `pipeline`).
"""

# The functions `tables` and `releases` share their names with subpackages. The first import of a subpackage binds its
# name here; so both come first, and the functions keep the names. Import modules with `from ... import`.
from tradefin import releases as _releases_package
from tradefin import tables as _tables_package
from tradefin._version import __version__
from tradefin.reader import ReleaseInfo, connect, dataset, load, release, releases, tables
from tradefin.releases.manifest import ColumnInfo, TableInfo

__all__ = [
    "ColumnInfo",
    "ReleaseInfo",
    "TableInfo",
    "__version__",
    "connect",
    "dataset",
    "load",
    "release",
    "releases",
    "tables",
]

del _releases_package, _tables_package
