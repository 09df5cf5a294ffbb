"""The program, as `python -m usagectl` and as the command that is installed."""


def main() -> None:
    """Be ready for Ctrl-C before anything is loaded, then run a command."""
    try:
        from usagectl.model import interrupts

        interrupts.catch()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    from usagectl import cli

    try:
        cli.main()
    finally:
        interrupts.over()


if __name__ == "__main__":
    main()
