"""Releases: one whole audited state of the dataset, in one folder that never changes again.

What belongs here: staging, publishing, listing and verifying releases, and the files that describe their tables
(manifest, data package, DuckDB copy, read-me). What does not: making tables (`tables`), judging them (`audit`).

`manifest`, `release` and `verify` serve readers and need the base dependencies only; the others write, and need the
extra `pipeline`.
"""
