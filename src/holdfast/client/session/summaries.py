"""Summaries of the session."""

from __future__ import annotations

from holdfast.client.session.log import Log
from holdfast.remembering.summary import Summary

__all__ = ["Summaries"]


class Summaries(Log):
    """Summaries of the session."""

    def summary(self) -> Summary | None:
        """The newest summary: which events it covers, in lines that each name the events that bear it.

        A model's, where one is configured and has answered; else the built-in one, whose `stands_in` says what became
        of the model so far. None where none was made yet: `summarise` makes one. Needs Postgres.
        """
        return self._holdfast.service.summaries.newest(self.id)

    def summaries(self, *, limit: int = 50) -> list[Summary]:
        """All its summaries, the newest first. A new one never takes the place of those before."""
        return self._holdfast.service.summaries.listed(self.id, limit)

    def summarise(self) -> Summary:
        """A summary of all that was published so far, now. It costs what is new since the last one.

        Raises `NotCommittedYet` where what was published before cannot be committed in time.
        """
        self._holdfast._flush_first()  # noqa: SLF001  # the client's own
        return self._holdfast.service.summaries.make(self.id)
