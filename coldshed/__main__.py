"""`coldshed` and `python -m coldshed`."""

import sys


def main() -> None:
    arguments = sys.argv[1:]
    if arguments[:1] == ["up"] and not {"--help", "-h"} & set(arguments):
        from coldshed import up  # alone: what it imports stays in memory as long as we run

        sys.exit(up.main(arguments[1:]))
    from coldshed.commands import app

    app()


if __name__ == "__main__":
    main()
