"""The charts, one module a subject: the query that gives the rows, and what is drawn of them.

What belongs here: declarations. What does not: turning them into files (`tradefin.report.drawing`).
"""
