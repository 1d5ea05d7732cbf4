"""The thin waist: what every interface calls.

`Service` is one tenant's sessions, `Service.saves` their saves, `Service.recoveries` their recoveries,
`Service.inspections` what somebody should look at, `Service.greetings` who comes and what they are offered,
`Service.conversations` and `Service.tokens` how front ends reach a session and what they are shown,
`Service.decisions` what waits for somebody to decide, `Service.handoffs` what was offered to whom, and what is known,
`Service.summaries` what sessions come to,
`Service.forgetting` people who are to be gone,
`Service.patterns` which habits users have, and what these suggest.
"""

from holdfast.service.greetings import Greetings, Welcome
from holdfast.service.inspections import Inspections
from holdfast.service.recoveries import Recoveries
from holdfast.service.saves import Saves
from holdfast.service.sessions import Page, Service

__all__ = ["Greetings", "Inspections", "Page", "Recoveries", "Saves", "Service", "Welcome"]
