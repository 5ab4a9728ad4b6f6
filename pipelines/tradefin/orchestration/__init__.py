"""Dagster: the tables as assets, the expectations as checks, the release as the last asset.

One concept a module: `assets`, `checks`, `jobs`, `resources`; `metadata` is what Dagster shows of a table, `run` builds
a release without a server, `dev` opens the user interface. What does not belong here: how a table is made, judged or
published; each function calls `tables`, `audit` or `releases` and reports.

No module here may say `from __future__ import annotations`: Dagster reads the annotations of what it calls.
"""
