"""From contract and SQL to a table in the content-addressed store.

What belongs here: reading contracts and SQL, running one, converting its rows strictly, keeping the file.
What does not: judging values (`audit`), publishing (`releases`).
"""
