"""The light root: answers hot, store-only reads at once, and loads the rest only when it is needed."""

import sys

HOT = {
    ("--version",): "version",
    ("status",): "status",
    ("server", "list"): "servers",
}
"""Exact command lines (less `--json`) that need nothing but the store."""
RECORDS = {
    ("server", "ops", "history"): "history",
    ("server", "ops", "logs"): "logs",
    ("audit", "list"): "audit",
}
"""How command lines begin that, with plain options and `--json`, need nothing but the store."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command line and return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    plain = tuple(word for word in given if word != "--json")
    as_json = len(plain) < len(given)
    if plain in HOT and (as_json or plain == ("--version",)):
        from daoflow_tui.hot import answer

        status = answer(HOT[plain], as_json=as_json)
        if status is not None:
            return status
    for words, what in RECORDS.items() if as_json else ():
        if plain[: len(words)] == words:
            from daoflow_tui.hot import answer_records

            status = answer_records(what, plain[len(words) :])
            if status is not None:
                return status
    from daoflow_tui.cli.main import run

    return run(given)


if __name__ == "__main__":
    sys.exit(main())
