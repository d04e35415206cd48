"""Entry point of `coldshed` and `python -m coldshed`."""

import sys

LONG_LIVED = ("up", "broker", "ingest", "record", "alerts", "web", "simulate", "backfill")


def main() -> None:
    """Starts long-lived services without typer, so that they import only what they need. typer runs all
    other commands."""
    match sys.argv[1:]:
        case ["up", *rest] if set(rest) <= {"--demo"}:
            from coldshed import up

            sys.exit(up.main(rest))
        case [name] if name in LONG_LIVED:
            from coldshed import services

            sys.exit(services.run(name))
        case [name, "--under", parent] if name in LONG_LIVED and parent.isdecimal():
            from coldshed import services

            sys.exit(services.run(name, int(parent)))
    from coldshed.commands import app

    app()


if __name__ == "__main__":
    main()
