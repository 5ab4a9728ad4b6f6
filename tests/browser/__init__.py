"""The report as its readers meet it: its files, and its pages in a real browser."""
