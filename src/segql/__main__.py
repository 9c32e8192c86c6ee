"""`python -m segql` is `segql`."""

from segql.cli import main

main()
