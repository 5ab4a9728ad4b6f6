"""Is a table what its contract promises? Contract -> checks -> Great Expectations -> results people can read.

`suite` derives the checks, `words` puts them into sentences, `expectations` writes them as Great Expectations does,
`engine` is the only module that imports Great Expectations (lazily), `run` audits one table and remembers the answer,
`docs` writes the pages. What belongs here: judging values. What does not: making tables, publishing them, Dagster.
"""
