"""The world: what lies outside a session and changes behind its back, as probes on the agent's side see it.

    probes ──observe──> Observation ──event──> world.observed, in the log        looking.py
                             └──────> world_changes, check_world                 holdfast.recovering
    Git     branch, head, what is under way, uncommitted changes                 git.py
    Files   digests, sizes, times                                                files.py matching.py
    Tasks   statuses by id                                                       tasks.py

They need the standard library, and nothing of the servers. Your own probe is a class with a `name` and a `look`.
"""

from holdfast.recovering.observation import Change, Observation
from holdfast.recovering.probe import Probe
from holdfast.world.files import Files
from holdfast.world.git import Git
from holdfast.world.looking import observe
from holdfast.world.tasks import Tasks

__all__ = ["Change", "Files", "Git", "Observation", "Probe", "Tasks", "observe"]
