"""`python -m scope` is `scope`."""

import sys

from scope.cli.main import main

sys.exit(main())
