"""Kept until every caller imports from `tradefin.tables.asof`."""

from tradefin.tables.asof import Known, View, connect

__all__ = ["Known", "View", "connect"]
