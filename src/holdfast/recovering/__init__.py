"""The words of recovering: the report, the history that a model accepts, checks, plans, prompts and commands. Pure."""
