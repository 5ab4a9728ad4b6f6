"""The report: the answers as pictures and pages, a static site that a release carries in `report/`.

What belongs here: charts, pages and what they look like. What does not: figures that no table of the release holds.
"""
