"""Redis: where events wait between an agent and the log. Keys, entries, the publisher, the spool and the reader."""
