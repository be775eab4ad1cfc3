"""`python -m scope` is `scope`."""

from scope.cli.main import main

main()
