"""One figure walked back to the rows that publishers published.

A query is taken apart into its parts (CTEs, branches of a union, subqueries); each part is run once more with, beside
every figure that matters, the numbers of the rows that it was made from. What belongs here: following queries (`query`,
`origins`, `step`), tables (`walk`), claims (`verdicts`) and documents (`publishers`). What does not: printing it
(`commands`).
"""
