"""The launcher of containers: it enters a mount namespace with a new root, and becomes the container's process.

The script has no dependencies and runs with ``-I -S``: ``namespace_launcher.py FD``. The descriptor's file is JSON with the keys ``root``
(an empty folder of the host), ``grafts`` (container path to host path), ``private`` (folders that contain only grafts, and whose new
files go to another folder of the host), ``discarded`` (folders whose changes are discarded at the end, each with an empty folder of the
host for them), ``directory``, ``command``, ``environment``, ``network`` and ``hide_processes``. The mounts are not visible outside, and
end with the process.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys
from pathlib import Path

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x00020000, 0x10000000, 0x20000000, 0x40000000
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x1, 0x20, 0x1000, 0x4000, 0x40000
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP = 1, 24
# Capabilities by which root could inspect other processes, enter their namespaces, or undo the mounts:
# https://man7.org/linux/man-pages/man7/capabilities.7.html
_CAP_SYS_MODULE, _CAP_SYS_RAWIO, _CAP_SYS_CHROOT, _CAP_SYS_PTRACE, _CAP_SYS_ADMIN, _CAP_MKNOD = 16, 17, 18, 19, 21, 27
_CAP_DAC_READ_SEARCH, _CAP_NET_ADMIN, _CAP_BPF = 2, 12, 39
_TAKEN = (
    _CAP_DAC_READ_SEARCH,
    _CAP_NET_ADMIN,
    _CAP_SYS_MODULE,
    _CAP_SYS_RAWIO,
    _CAP_SYS_CHROOT,
    _CAP_SYS_PTRACE,
    _CAP_SYS_ADMIN,
    _CAP_MKNOD,
    _CAP_BPF,
)
_EINVAL = 22
_OOM_SCORE = "500"
_CAPABILITY_VERSION_3 = 0x20080522
_CANNOT_ISOLATE = 125
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127  # as in shells and Docker
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Build the root, enter it, and run the command."""
    with os.fdopen(int(sys.argv[1]), encoding="utf-8") as file:
        file.seek(0)
        order = json.load(file)
    hidden = order["hide_processes"]
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # If memory runs out, the kernel kills a job before the cloud: https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
    Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    root = Path(order["root"])
    try:
        _unshare(network=order["network"], processes=not hidden)
        if hidden:
            _go_on_in_child()
        _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
        _mount("tmpfs", str(root), "tmpfs", 0)
        _show(Path("/"), root, _paths(order["grafts"]), _paths(order["private"]))
        for folder, changes in order["discarded"].items():
            _discard_changes(Path(folder), Path(changes), root)
        if hidden:
            _mount("proc", str(root / "proc"), "proc", 0)
        os.chroot(root)
        _drop_capabilities()
        if hidden:
            _go_on_in_child()  # the first process of a namespace ignores signals without a handler
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
    except OSError as error:
        print(f"cannot create a mount namespace: {error}", file=sys.stderr)
        sys.exit(_CANNOT_ISOLATE)
    os.chdir(order["directory"])
    try:
        os.execvpe(order["command"][0], order["command"], order["environment"])  # noqa: S606 - this process becomes the container's
    except FileNotFoundError:
        print(f"{order['command'][0]}: the image has no such program", file=sys.stderr)
        sys.exit(_NOT_FOUND)
    except (OSError, ValueError) as error:  # a folder, a file that is not a program, or a null byte in a variable
        print(f"{order['command'][0]}: cannot be executed: {error}", file=sys.stderr)
        sys.exit(_NOT_EXECUTABLE)


def _go_on_in_child() -> None:
    """Fork, and return in the child. The parent exits with the child's status, which ends all processes of the namespace."""
    child = os.fork()
    if child == 0:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        return
    # Signals go to the whole process group; the command handles them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        ended, status = os.wait()  # the first process of a namespace also adopts orphans
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)  # as in shells and Docker


def _unshare(*, network: bool, processes: bool) -> None:
    uid, gid = os.getuid(), os.getgid()
    flags = _CLONE_NEWNS | (0 if network else _CLONE_NEWNET) | (_CLONE_NEWUSER if uid else 0)
    flags |= 0 if processes else _CLONE_NEWPID
    _check(_libc.unshare(flags), "unshare")
    if uid:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    if not network:
        _raise_loopback()


def _drop_capabilities() -> None:
    """Drop the capabilities of root that a container's root does not have; other users lose all by exec."""
    for capability in _TAKEN:
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 and ctypes.get_errno() != _EINVAL:
            _check(-1, "prctl")  # EINVAL: the kernel does not have this capability
    # Exec would restore inheritable capabilities, regardless of the bounding set: https://man7.org/linux/man-pages/man2/capset.2.html
    header = struct.pack("=II", _CAPABILITY_VERSION_3, 0)
    sets = ctypes.create_string_buffer(24)
    _check(_libc.capget(header, sets), "capget")
    effective_low, permitted_low, _, effective_high, permitted_high, _ = struct.unpack("=6I", sets.raw)
    kept = struct.pack("=6I", effective_low, permitted_low, 0, effective_high, permitted_high, 0)
    _check(_libc.capset(header, kept), "capset")


def _raise_loopback() -> None:
    """Enable the loopback interface, by which processes of the container reach each other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", _IFF_UP))


def _paths(places: dict[str, str]) -> dict[Path, Path]:
    return {Path(path): Path(source) for path, source in places.items()}


def _show(
    host: Path, target: Path, grafts: dict[Path, Path], private: dict[Path, Path], *, only_grafts: bool = False
) -> None:
    """Fill a folder of the new root with the grafts and, unless it is in a private folder, with the host's entries.

    A folder that contains a graft or a private folder is created and filled entry by entry; others are bind-mounted as a whole.
    """
    below = {path: source for path, source in (grafts | private).items() if host in path.parents}
    names = {path.relative_to(host).parts[0] for path in below}
    entries = {path.name for path in host.iterdir()} if host.is_dir() and not only_grafts else set()
    for name in entries | names:
        inside, outside = host / name, target / name
        if inside in grafts:
            _bind(grafts[inside], outside)
        elif name in names:
            outside.mkdir()
            if inside in private:
                _mount(str(private[inside]), str(outside), None, _MS_BIND)
            _show(inside, outside, grafts, private, only_grafts=only_grafts or inside in private)
            if name in entries and inside.is_dir():
                outside.chmod(inside.stat().st_mode & 0o7777)
        elif inside.is_symlink():
            outside.symlink_to(inside.readlink())
        elif inside.is_dir() or inside.is_file():
            with contextlib.suppress(FileNotFoundError):  # temporary files of other processes may disappear
                _bind(inside, outside)


def _bind(source: Path, target: Path) -> None:
    target.mkdir() if source.is_dir() else target.touch()
    _mount(str(source), str(target), None, _MS_BIND | _MS_REC)


def _discard_changes(folder: Path, changes: Path, root: Path) -> None:
    """Discard the process's changes of a folder at its end. If the kernel does not support an overlay, the folder is read-only.

    https://docs.kernel.org/filesystems/overlayfs.html
    """
    target = root / folder.relative_to("/")
    _mount("tmpfs", str(changes), "tmpfs", 0)
    upper, work = changes / "upper", changes / "work"
    upper.mkdir()
    work.mkdir()
    options = f"lowerdir={folder},upperdir={upper},workdir={work}{',userxattr' if os.getuid() else ''}"
    try:
        _mount("overlay", str(target), "overlay", 0, options)
    except OSError:
        _mount(str(folder), str(target), None, _MS_BIND)
        _mount("none", str(target), None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    data = options.encode() if options else None
    code = _libc.mount(source.encode(), target.encode(), kind.encode() if kind else None, flags, data)
    _check(code, f"mount on {target}")


def _check(code: int, what: str) -> None:
    if code != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
