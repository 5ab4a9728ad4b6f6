"""Commands of `tradefin` that are more than a few lines: one module each, a plain function that `cli` registers.

What belongs here: one command's arguments, how its answer looks on a terminal and as JSON, its exit code. What does
not: doing the work, which a module imports when its command is called, so that `tradefin --help` stays quick.
"""
