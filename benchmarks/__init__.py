"""Speed and memory, measured against the limit and against what people would otherwise use.

`python -m benchmarks [NAME...] [--write FILE]` runs benchmarks and prints what they found; `make bench` sets the peers
up, runs all and writes benchmarks/RESULTS.md.

What belongs here: one module a benchmark, with `run(workshop) -> list[Row]` and a docstring that says what was measured
and how, and a line in `__main__`; the scripts that are measured, in a folder of the benchmark's name. What does not:
what must be true on any machine, which is a test.
"""
