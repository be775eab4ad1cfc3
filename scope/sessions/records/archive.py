"""Archives of ended sessions: the whole directory in `archive/<id>.tar.gz`, which any tar can read.

`tar -xzf .scope/archive/7.tar.gz -C .scope/sessions` brings a session back. What people ask for first lies first in
it, so that a glance reads no more than that.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import stat
import tarfile
import tempfile
import zlib
from typing import TYPE_CHECKING, Final

from scope.errors import StoreFault, from_os
from scope.laws.ids import is_id, order
from scope.laws.states import TERMINAL
from scope.store import archivedir, atomic, layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scope.laws.states import State

_FIRST: Final = ("state", "result.md", "task.md", "name")
_BROKEN: Final = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile)
UNFINISHED: Final = ".new"
_LEVEL: Final = 6
_CHUNK: Final = 1 << 20

Seen = tuple[int, int, float]
"""Kind, size and time of a file; of anything else only the kind, and where a link leads."""


def write(root: str, session: str, more: Mapping[str, str]) -> str:
    """Pack a session's directory, with further files by name; return the archive's path. Raises StoreFault.

    Killed at any instruction, there is the whole archive or none.
    """
    directory, path = layout.session(root, session), archivedir.archived(root, session)
    atomic.directory(archivedir.archives(root))
    try:
        descriptor = os.open(f"{path}{UNFINISHED}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=_LEVEL) as tar:
                tar.add(directory, session, recursive=False)
                for name in _ordered(directory):
                    tar.add(f"{directory}/{name}", f"{session}/{name}", recursive=False)
                for name, source in more.items():
                    tar.add(source, f"{session}/{name}", recursive=False)
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(f"{path}{UNFINISHED}", path)
        atomic.sync(archivedir.archives(root))
    except OSError as error:
        atomic.remove(f"{path}{UNFINISHED}")
        raise from_os(error, "cannot archive", directory) from error
    return path


def holds(root: str, session: str, directory: str) -> bool:
    """Tell whether the archive has all that lies in the directory, as it lies there; every byte of it is read."""
    try:
        packed = _packed(archivedir.archived(root, session))
        return all(_is_in(packed, name, f"{directory}/{name}") for name in _ordered(directory))
    except (OSError, *_BROKEN):
        return False  # of what cannot be looked at, nobody knows


def only_there(root: str, session: str) -> str:
    """Name something of an attempt that an archive has more of than the directory, as one brought back in part."""
    directory = layout.session(root, session)
    try:
        packed = _packed(archivedir.archived(root, session))
    except (OSError, *_BROKEN):
        return ""  # there is none, or none that is whole
    attempts = [(name, size) for name, (_, size, _) in packed.items() if name.startswith("attempts/")]
    return next((name for name, size in attempts if _length(f"{directory}/{name}") < size), "")


def _packed(path: str) -> dict[str, Seen]:
    """Return what lies in an archive, every byte of which is read."""
    packed: dict[str, Seen] = {}
    with gzip.open(path) as stream:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                packed[member.name.partition("/")[2]] = _of_member(member)
        while stream.read(_CHUNK):
            pass  # the sum over all of it stands at the end
    return packed


def glance(root: str, session: str, *names: str) -> dict[str, str]:
    """Return the texts of some of the files that lie first in an archive; raises StoreFault."""
    path = archivedir.archived(root, session)
    found: dict[str, str] = {}
    try:
        with gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                name = member.name.partition("/")[2]
                if name and name not in _FIRST:
                    break
                file = tar.extractfile(member) if name in names and member.isfile() else None
                if file is not None:
                    found[name] = file.read(atomic.LARGEST).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise from_os(error, "cannot read", path) from error
    except _BROKEN as error:
        raise _broken(path, error) from error
    return found


def state(root: str, session: str) -> State:
    """Return how an archived session ended; raises StoreFault."""
    path = archivedir.archived(root, session)
    word = glance(root, session, "state").get("state", "").strip()
    if word not in TERMINAL:
        raise StoreFault("cannot read", path, f"it does not say how session {session} ended", f"tar -tzf {path}")
    return word  # type: ignore[return-value]


@contextlib.contextmanager
def unpacked(root: str, session: str) -> Iterator[str]:
    """Lend the directory of an archived session, in a place that is removed afterwards; raises StoreFault."""
    path = archivedir.archived(root, session)
    with tempfile.TemporaryDirectory(prefix="scope-", ignore_cleanup_errors=True) as place:
        try:
            with gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
                for member in tar:
                    _unpack(tar, member, place)
        except OSError as error:
            raise from_os(error, "cannot unpack", path) from error
        except _BROKEN as error:
            raise _broken(path, error) from error
        yield f"{place}/{session}"


def every(root: str) -> list[str]:
    """Return the ids of all archived sessions, parents first; raises StoreFault."""
    place, ending = os.path.split(archivedir.archived(root, ""))
    try:
        names = os.listdir(place)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise from_os(error, "cannot list", place) from error
    found = [name.removesuffix(ending) for name in names if name.endswith(ending)]
    return sorted(filter(is_id, found), key=order)


def way_back(root: str, session: str) -> str:
    """Return the command that brings an archived session back."""
    from shlex import join  # noqa: PLC0415 - only where it is told

    return join(("tar", "-xzf", archivedir.archived(root, session), "-C", layout.sessions(root)))


def size(path: str) -> int:
    """Return what a file takes of the disk, in bytes; with a directory all below it."""
    try:
        total = os.lstat(path).st_blocks * 512
        if os.path.isdir(path) and not os.path.islink(path):
            with os.scandir(path) as entries:
                total += sum(size(entry.path) for entry in entries)
    except OSError:
        return 0
    return total


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, place: str) -> None:
    """Write a file or a directory; links lead out of the place, and so does whatever somebody made of the archive."""
    parts = member.name.split("/")
    if ".." in parts or "" in parts:
        return
    path = os.path.join(place, *parts)
    if member.isdir():
        os.makedirs(path, mode=0o700, exist_ok=True)
        return
    stream = tar.extractfile(member) if member.isfile() or member.islnk() else None
    if stream is not None:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "xb") as copy:
            shutil.copyfileobj(stream, copy)
        os.utime(path, (member.mtime, member.mtime))


def _ordered(directory: str) -> list[str]:
    """Return everything below a directory, directories before what is in them, the first first."""
    found: list[str] = []

    def refuse(error: OSError) -> None:
        raise error

    for place, directories, files in os.walk(directory, onerror=refuse):
        below = os.path.relpath(place, directory)
        found += [name if below == "." else f"{below}/{name}" for name in (*directories, *files)]
    is_socket = {name for name in found if stat.S_ISSOCK(os.lstat(f"{directory}/{name}").st_mode)}  # has no content
    first = [name for name in _FIRST if name in found]
    return first + sorted(name for name in found if name not in _FIRST and name not in is_socket)


def _of_member(member: tarfile.TarInfo) -> tuple[int, int, float]:
    if member.isfile():
        return stat.S_IFREG, member.size, float(member.mtime)
    if member.islnk():  # another name of a file that lies before it
        return stat.S_IFREG, -1, 0.0
    return (stat.S_IFDIR if member.isdir() else 0), 0, 0.0


def _is_in(packed: Mapping[str, Seen], name: str, path: str) -> bool:
    seen = packed.get(name)
    status = os.lstat(path)
    if seen is None:
        return False
    if stat.S_ISREG(status.st_mode):
        # The second name of a file is whole where the first is.
        return seen[:2] == (stat.S_IFREG, -1) or seen == (stat.S_IFREG, status.st_size, status.st_mtime)
    return stat.S_ISDIR(status.st_mode) == (seen[0] == stat.S_IFDIR)


def _length(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return -1


def _broken(path: str, error: Exception) -> StoreFault:
    return StoreFault("cannot read", path, f"it is no whole archive ({error})", f"look at it: tar -tzf {path}")
