"""The steps of the fold, a file for each family of events. Each is total: whatever came before, it finds its way."""
