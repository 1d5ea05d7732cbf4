"""What an agent imports: `holdfast.connect()`, and the sessions that it works in.

    holdfast.py      a tenant's sessions: starting, finding, listing them; its inbox and what waits for a person
    session/         one session: publishing and appending, leases, saves, context, decisions, budget, handoffs

Behind them, a concern each:

    lease.py  effects.py                     a lease while it is held, an effect while it happens
    recovering.py  commanding.py             a recovery, and the commands that ask for one
    greeting.py                              a user who comes: an earlier session, or a new one
    observing.py                             looking at the world
    context.py  updating.py  slicing.py      the shared document: imported, updated, as an agent sees it
    checking.py  deciding.py                 requests and the scope; questions that wait
    budgets.py                               a reservation while it is open
    handing.py                               a handoff, and the session that comes with it
    conversing.py  orchestrating.py          the state plan
"""

from holdfast.client.greeting import Greeting
from holdfast.client.holdfast import Holdfast, connect
from holdfast.client.session import Session

__all__ = ["Greeting", "Holdfast", "Session", "connect"]
