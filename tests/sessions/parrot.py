"""`python -m tests.sessions.parrot FILE`: a daemon that writes down what it was given, then waits for a signal."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

said = {
    "pid": os.getpid(),
    "argv": sys.argv[1:],
    "environment": dict(os.environ),
    "told": sys.stdin.read(),
    "session": os.getsid(0),
    "parents_session": os.getpgid(os.getppid()) if os.getppid() > 1 else 0,
    "directory": os.getcwd(),
    "open": [int(name) for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")],
}
sys.stderr.write("last words\n")
sys.stderr.flush()
aside = Path(f"{sys.argv[1]}.new")
aside.write_text(json.dumps(said))
aside.rename(sys.argv[1])
signal.pause()
