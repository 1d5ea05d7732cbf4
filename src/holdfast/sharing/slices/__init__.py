"""What one agent sees of the session's context: declared, redacted, and no larger than it may be. Pure.

View                        view.py roles.py   which paths, what of them is hidden, how much: declared, or by role
  │    └─ Paths             paths.py           the patterns of paths, compiled once
document ──visible──> part  visible.py         what the view lets through; what is not declared is not there
  └─shaped─> the seed's     shape.py           campaign, task, knowledge, budget, and what else there is
      └─fitted─> content    fitting.py         whole facts, as many as fit
          ├─ relevance      relevance.py       … the least relevant go first, and it is said which
          └─ secrets        secrets.py         … and no value of a key that names a secret
sliced(document, agent, view) -> Slice   slice.py
"""

from holdfast.sharing.slices.dropped import Dropped
from holdfast.sharing.slices.roles import ROLES, role_of, view_for
from holdfast.sharing.slices.secrets import REDACTED, SECRETS
from holdfast.sharing.slices.slice import Slice, sliced
from holdfast.sharing.slices.view import View

__all__ = ["REDACTED", "ROLES", "SECRETS", "Dropped", "Slice", "View", "role_of", "sliced", "view_for"]
