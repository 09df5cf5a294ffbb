"""`python -m usagectl`."""

from usagectl.cli import main

if __name__ == "__main__":
    main()
