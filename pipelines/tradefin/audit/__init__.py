"""Is a table what its contract promises? Contract -> checks -> Great Expectations -> results people can read.

`suite` derives the checks, `words` puts them into sentences, `expectations` writes them as Great Expectations does,
`asking` puts those in SQL, `counting` has DuckDB count them over the `rows`, `engine` has Great Expectations judge the
counts (only it imports that, lazily), `results` explains what came of it, `run` audits one table and remembers the
answer, `docs` writes the pages. What belongs here: judging values. What does not: making tables, publishing, Dagster.
"""
