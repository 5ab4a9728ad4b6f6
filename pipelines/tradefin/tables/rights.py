"""Who stands behind a table and what permits publishing it, as the table's own file says it.

What belongs here: the rights of one publisher, and those of what the project has compiled itself. What does not: which
publishers a table has (`builder`), whether a release may be published (`releases`).
"""

from datetime import date

from tradefin.errors import RightsMissing
from tradefin.sources.description import Licence, Publisher

# Codelists, editions, citations and claims hold no publisher's figures; they are files of this project.
OURS = Publisher(
    publisher="tradefin",
    name="tradefin",
    landing_page="https://github.com/tradefin/tradefin",
    cadence="with each release",
    licences={
        "apache-2": Licence(
            name="Apache License, Version 2.0",
            address="https://www.apache.org/licenses/LICENSE-2.0",
            clause="section 2: to reproduce, prepare derivative works of, and distribute the work",
            checked_on=date(2026, 11, 24),
            attribution="Source: tradefin",
        )
    },
    tables={},
)


def rights_of(publisher: Publisher, stem: str) -> list[dict[str, str]]:
    """Every licence of a publisher, for a table that holds its figures.

    Args:
        publisher: The publisher.
        stem: The table, for the error.

    Raises:
        RightsMissing: It has no licence.
    """
    if not publisher.licences:
        raise RightsMissing(
            f"{publisher.publisher} has no licence in expectations/sources/{publisher.publisher}.yml (address, clause, "
            f"day checked, attribution), so table {stem} may not be published."
        )
    return [
        {
            "publisher": publisher.name,
            "landing_page": publisher.landing_page,
            "licence": licence.name,
            "address": licence.address,
            "attribution": licence.attribution,
        }
        for licence in publisher.licences.values()
    ]
