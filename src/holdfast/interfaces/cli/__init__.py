"""The command line. `app.py` puts the commands together; each file beside it has those of one concern.

Data goes to stdout, everything else to stderr. `exits.py` is where errors become messages and exit codes.
"""
