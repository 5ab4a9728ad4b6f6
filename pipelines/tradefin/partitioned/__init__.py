"""Flows too large for one table: fetched, read, audited and published by partition, each of them apart.

A partition goes the way of any figure (snapshot, strict reading, typed table, audit) in a store of its own,
`<outputs>/partitioned/`. What stands for the whole is an edition: a manifest that names one audited table for each
partition, and a pointer to the newest. What belongs here: that way and editions. What does not: Dagster
(`orchestration.partitioned`); releases, which hold none of this.
"""
