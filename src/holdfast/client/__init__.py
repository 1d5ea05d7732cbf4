"""What an agent imports: `holdfast.connect()`, sessions, publishing, appending, reading, recovering.

holdfast.py   a tenant's sessions: starting, finding, listing them
session.py    one session: publishing, appending, reading, saving, leasing
lease.py      a lease while it is held
effects.py    an effect while it happens
greeting.py   a user who comes: an earlier session, or a new one
"""

from holdfast.client.greeting import Greeting
from holdfast.client.holdfast import Holdfast, connect
from holdfast.client.session import Session

__all__ = ["Greeting", "Holdfast", "Session", "connect"]
