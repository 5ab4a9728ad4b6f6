"""Several workers on real servers: Postgres, Redis and an S3 server on this machine, each in a folder of its own.

`make scale-test` runs these and nothing else. What belongs here: what takes real servers. What does not: what can be
told without (see `tests/unit/test_deploy.py`).
"""
