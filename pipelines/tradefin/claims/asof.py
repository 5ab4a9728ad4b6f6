"""Kept until every caller imports from `tradefin.tables.asof`.

To whoever writes against this: the views live in `tradefin.tables.asof` (View, connect, Tables); a release as such a
source of tables is `tradefin.releases.asof.ReleaseTables(Release.open(home, id))`; `tradefin.claims.readings.measure_all(
tables, claims, queries, today, day=None)` measures any claims over it in every reading; `claims.tables.verdict_rows`,
`sensitivity_rows` and `measurement_rows` make the ledger's rows of that. This file goes.
"""

from tradefin.tables.asof import Known, View, connect

__all__ = ["Known", "View", "connect"]
