"""The embedded default: compiled figures of each publisher, so that everything can be built with no network.

What belongs here: CSV files, `manifest.json` with their origin, vintage, licence and sha256, and the compilers that
made them from the compiled facts. What does not: anything that runs in a build.
"""
