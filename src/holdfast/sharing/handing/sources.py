"""Sources: the events that the parts of a state rest on, by the paths under which packages show them."""

from collections.abc import Iterator

from holdfast.session import State
from holdfast.session.parts import Area
from holdfast.sharing.slices.paths import below

__all__ = ["of_document"]


def of_document(state: State) -> dict[str, list[str]]:
    """Of the `session_context` document. What came with an import beside its events has none."""
    found: dict[str, list[str]] = {}
    for field, event_id in state.campaign_said.items():
        found[below("campaign", field)] = [event_id]
    task = state.active_task
    if task is not None and task.event_id is not None:
        found["active_task"] = [task.event_id]
        if task.budget_event_id is not None:
            found["active_task.budget"] = [task.budget_event_id]
    for name, area in state.knowledge.items():
        found.update(_of_area(below("knowledge", name), area))
    found.update(_listed("artifacts", [each.event_id for each in state.artifacts.values()]))
    found.update(_listed("pending_decisions", [each.event_id for each in state.pending_decisions.values()]))
    found.update(_listed("decisions_made", [each.event_id for each in state.decisions_made]))
    found.update(_listed("history", [each.event_id for each in state.notes]))
    for validator, said in state.validations.items():
        if said.event_id is not None:
            found[below("validations", validator)] = [said.event_id]
    figures = list(_of_figures(state))
    if figures:
        found["compute"] = figures
    found.update(_listed("compute.invocation_log", [each.event_id for each in state.compute.invocation_log]))
    return found


def _of_area(path: str, area: Area) -> Iterator[tuple[str, list[str]]]:
    for fact, seqs in area.origins.items():
        told = [area.told[seq].event_id for seq in seqs]
        yield f"{path}{fact}" if fact.startswith("[") else f"{path}.{fact}", told
    items = path
    if area.items and area.facts:
        items = below(path, _items_key(area))
    for at, seq in enumerate(area.item_origins):
        yield f"{items}[{at}]", [area.told[seq].event_id]


def _items_key(area: Area) -> str:
    """Where the document shows the items of an area that has facts too."""
    key = "items"
    while key in area.facts:
        key += "_"
    return key


def _listed(path: str, event_ids: list[str | None]) -> Iterator[tuple[str, list[str]]]:
    for at, event_id in enumerate(event_ids):
        if event_id is not None:
            yield f"{path}[{at}]", [event_id]


def _of_figures(state: State) -> Iterator[str]:
    """What is left rests on the limits and on all that was used; of that the last is named."""
    session, task = state.compute.limits.get("session"), state.active_task
    for limit in (session.event_id if session else None, task and (task.budget_event_id or task.event_id)):
        if limit:
            yield limit
    if state.compute.invocation_log:
        yield state.compute.invocation_log[-1].event_id
