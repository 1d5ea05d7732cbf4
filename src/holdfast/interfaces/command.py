"""The command `holdfast`, which an install without the server part has too: it then says what is missing."""

import logging
import sys

from holdfast import logs

__all__ = ["main"]

SERVER_PART = frozenset({"alembic", "psycopg", "rich", "sqlalchemy", "typer"})


def main() -> int:
    """Run the command line; returns the exit code. `holdfast --help` says what each code means."""
    try:
        from holdfast.interfaces.cli import app  # noqa: PLC0415  # part of the extra [server]
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in SERVER_PART:
            raise
        sys.stderr.write(
            f"error: the command line is in the server part of Holdfast, which is not installed ({error.name} is "
            "missing); run: pip install 'holdfast[server]'\n"
        )
        return 2
    logs.set_up("console", logging.WARNING)
    for stream in (sys.stdout, sys.stderr):
        # What the terminal's encoding does not have must not end a listing.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # both are text files here
    return app.run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
