"""Which modules ask which publisher, loaded only when a publisher is asked or its answers are read.

What belongs here: the list, and finding the SQL that brings a flow into the form of a source table. What does not: any
publisher.
"""

from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from pathlib import Path

from tradefin.errors import NotFound, ProjectInvalid
from tradefin.project import Project
from tradefin.sources.description import Publisher, read_publishers
from tradefin.sources.flow import Flow

# Each of these modules ends in FLOWS.
MODULES: dict[str, tuple[str, ...]] = {
    "bis": ("tradefin.sources.bis",),
    "imf": ("tradefin.sources.imf",),
    "rta": ("tradefin.sources.rta",),
    "weo": ("tradefin.sources.weo",),
    "world_bank": ("tradefin.sources.world_bank",),
    "wto": ("tradefin.sources.wto", "tradefin.sources.antidumping"),
}


# Each of these modules ends in PARTITIONED: what makes the flow of one partition, by name.
PARTITIONED: dict[str, str] = {"bis": "tradefin.sources.bis_locational"}


def connectors(project: Project | None = None) -> dict[str, tuple[Flow, ...]]:
    """Flows by publisher: those that `expectations/sources/<publisher>.yml` describes.

    Args:
        project: The project's files; by default those that the code runs from.

    Raises:
        ProjectInvalid: A flow is described that no connector asks for, or a connector needs what is not installed.
    """
    return {slug: flows for slug, one in read_publishers(project or Project.find()).items() if (flows := flows_of(one))}


def chosen(project: Project, slugs: Collection[str] | None) -> list[tuple[Publisher, tuple[Flow, ...]]]:
    """The publishers that serve something, or those of them that are named, with their flows.

    Raises:
        NotFound: A publisher that is named serves nothing.
    """
    known = {slug: one for slug, one in read_publishers(project).items() if one.flows}
    if unknown := sorted(set(slugs or ()) - set(known)):
        raise NotFound(f"No live source is called {', '.join(unknown)}. There are: {', '.join(sorted(known))}.")
    return [(one, flows_of(one)) for slug, one in known.items() if slugs is None or slug in slugs]


def flows_of(publisher: Publisher) -> tuple[Flow, ...]:
    """A publisher's flows; none if its file describes none.

    Raises:
        ProjectInvalid: A flow is described that no connector asks for, or a connector needs what is not installed.
    """
    if not publisher.flows:
        return ()
    found: list[Flow] = []
    for name in MODULES.get(publisher.publisher, ()):
        try:
            found += import_module(name).FLOWS
        except ModuleNotFoundError as error:
            raise ProjectInvalid(
                f"{error.name} is not installed; asking {publisher.publisher} needs it: pip install 'tradefin[live]'."
            ) from error
    flows = tuple(flow for flow in found if flow.publisher == publisher.publisher and flow.name in publisher.flows)
    if missing := sorted(set(publisher.flows) - {flow.name for flow in flows}):
        raise ProjectInvalid(
            f"expectations/sources/{publisher.publisher}.yml describes flows that no connector asks for: "
            f"{', '.join(missing)}."
        )
    return flows


def partitioned(publisher: Publisher, name: str) -> Callable[[str], Flow]:
    """What makes the flow of one partition of a partitioned flow.

    Args:
        publisher: Who serves it.
        name: Its name in the publisher's file.

    Raises:
        ProjectInvalid: No connector asks for it.
    """
    module = PARTITIONED.get(publisher.publisher)
    found: dict[str, Callable[[str], Flow]] = import_module(module).PARTITIONED if module else {}
    if name not in found:
        raise ProjectInvalid(
            f"expectations/sources/{publisher.publisher}.yml describes a partitioned flow that no connector asks for: "
            f"{name}."
        )
    return found[name]


def mapping(project: Project, stem: str, flow: Flow, flows: Sequence[Flow]) -> Path | None:
    """The SQL that makes rows of a source table from a flow; a stand-in without its own takes that of its principal.

    Args:
        project: The project's files.
        stem: The source table.
        flow: A flow of the same publisher.
        flows: All flows of the publisher.
    """
    by_name = {one.name: one for one in flows}
    seen: set[str] = set()
    one: Flow | None = flow
    while one is not None and one.name not in seen:
        path = project.root / "sql" / "sources" / stem / f"{one.name}.sql"
        if path.is_file():
            return path
        seen.add(one.name)
        one = by_name.get(one.fallback_for)
    return None
