"""The promises of the design tried under fire: each campaign counts how often a promise held, against a target.

`python -m tests.campaigns [NAME...] [--short]` runs them and prints the table; `make prove` runs all at full size and
writes docs/proof.md. What belongs here: one module a campaign, with `run(size, seed, progress) -> Figure`, and a line
in `__main__`. What does not: tests that need to be done once only (`tests/`); `test_short.py` runs small campaigns.
"""
