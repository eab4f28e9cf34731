"""`pryv-tui` and `python -m pryv_tui`."""

from __future__ import annotations


def main() -> None:
    """Run the command line; without a command it opens the terminal interface."""
    from pryv_tui.cli.main import cli

    cli(prog_name="pryv-tui")


if __name__ == "__main__":
    main()
