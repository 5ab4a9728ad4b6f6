"""The version of the code; releases of data carry ids of their own, made from their content."""

__version__ = "0.1.0"
