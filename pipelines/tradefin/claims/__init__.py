"""The ledger: claim files, measurements over the tables as they were on a day, verdicts by written rules.

What belongs here: the engine of the ledger. What does not: any single claim, which is two files of its name in
`expectations/claims/` and `sql/claims/`.
"""
