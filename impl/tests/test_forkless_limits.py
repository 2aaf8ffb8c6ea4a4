"""Memory and cores are those that this process may have, by the machine and by control groups."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from forkless import limits

MIB = 2**20
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")


def test_machine_has_memory_and_cores_to_give() -> None:
    assert 1 <= limits.cores() <= (os.cpu_count() or 1)
    available = limits.available_memory()
    assert available is not None
    assert available.size > MIB
    assert available.where


@pytest.mark.skipif(sys.platform == "darwin", reason="a footprint leaves out what was not touched")
def test_private_memory_grows_by_what_is_taken() -> None:
    before = limits.private_memory(os.getpid())
    taken = bytearray(os.urandom(64)) * MIB
    after = limits.private_memory(os.getpid())
    assert before is not None
    assert after is not None
    assert 60 * MIB < after - before < 70 * MIB
    assert len(taken) == 64 * MIB


def test_private_memory_of_another_process_can_be_asked_until_it_has_ended() -> None:
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        found = limits.private_memory(process.pid)
        assert process.stdin is not None
        process.stdin.close()
    assert found is not None
    assert found > 0
    if sys.platform != "win32":  # there, a process stays as long as somebody has a handle of it
        assert limits.private_memory(process.pid) is None


FORKS = """
import os
from forkless import limits

taken = bytearray(os.urandom(64)) * 2**20
private, share = limits.private_memory(os.getpid()), limits.share_of_memory(os.getpid())
reader, writer = os.pipe()
if os.fork() == 0:
    os.close(writer)
    os.read(reader, 1)  # until the parent has ended
    os._exit(0)
print(private - limits.private_memory(os.getpid()), share - limits.share_of_memory(os.getpid()))
"""


@linux_only
def test_what_is_shared_with_a_fork_is_private_to_nobody_and_half_each_ones_share() -> None:
    command = [sys.executable, "-c", FORKS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    fewer_private, less_share = map(int, done.stdout.split())
    assert fewer_private > 60 * MIB
    assert 30 * MIB < less_share < 40 * MIB


@linux_only
def test_cores_are_those_of_the_affinity() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert limits.cores() == 1
    finally:
        os.sched_setaffinity(0, before)


class Tree:
    """Files as the kernel shows them for a process in the groups /a/b of both versions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.proc = str(root / "proc")
        self.write("proc/cgroup", "4:memory,hugetlb:/a/b\n3:cpu,cpuacct:/a/b\n0::/a/b\n")

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def mount(self, *mounts: tuple[str, str, str, str]) -> None:
        """Each: the root that is mounted, the folder, and the file system's kind and options."""
        self.write(
            "proc/mountinfo",
            "23 1 0:5 / /proc rw,nosuid shared:7 - proc proc rw\n"
            + "".join(
                f"30 23 0:28 {root} {self.root / folder} rw shared:9 - {kind} none {options}\n"
                for root, folder, kind, options in mounts
            ),
        )


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@linux_only
def test_tightest_limit_of_all_groups_of_version_2_holds(tree: Tree) -> None:
    from forkless import cgroups_linux as cgroups

    tree.mount(("/", "v2", "cgroup2", "rw"))
    tree.write("v2/a/b/memory.max", "max\n")
    tree.write("v2/a/b/memory.high", "max\n")
    tree.write("v2/a/memory.max", f"{500 * MIB}\n")
    tree.write("v2/a/memory.high", f"{400 * MIB}\n")
    tree.write("v2/a/memory.current", f"{300 * MIB}\n")
    tree.write("v2/a/memory.stat", f"anon 5\ninactive_file {50 * MIB}\nactive_file 7\n")
    tree.write("v2/a/b/cpu.max", "max 100000\n")
    tree.write("v2/a/cpu.max", "250000 100000\n")
    (found,) = cgroups.memory(tree.proc)
    assert found.size == 150 * MIB  # memory.high, and what the cache holds can be had
    assert found.where == f"control group {tree.root / 'v2' / 'a'}"
    assert cgroups.cores(tree.proc) == [3]


@linux_only
def test_limits_of_version_1_are_those_of_each_controllers_own_tree(tree: Tree) -> None:
    from forkless import cgroups_linux as cgroups

    tree.mount(
        ("/", "memory", "cgroup", "rw,memory,hugetlb"),
        ("/", "cpu", "cgroup", "rw,cpu,cpuacct"),
        ("/", "v2", "cgroup2", "rw"),
    )
    tree.write("memory/a/b/memory.limit_in_bytes", f"{2**63 - 4096}\n")
    tree.write("memory/a/memory.limit_in_bytes", f"{100 * MIB}\n")
    tree.write("memory/a/memory.usage_in_bytes", f"{90 * MIB}\n")
    tree.write("memory/a/memory.stat", f"cache 5\ntotal_inactive_file {MIB}\n")
    tree.write("cpu/a/b/cpu.cfs_quota_us", "50000\n")
    tree.write("cpu/a/b/cpu.cfs_period_us", "100000\n")
    tree.write("cpu/a/cpu.cfs_quota_us", "-1\n")
    tree.write("cpu/a/cpu.cfs_period_us", "100000\n")
    assert [found.size for found in cgroups.memory(tree.proc)] == [11 * MIB]
    assert cgroups.cores(tree.proc) == [1]


@linux_only
@pytest.mark.parametrize("root", ["/a/b", "/a", "/somewhere/else", "/.."])
def test_container_that_sees_a_part_of_the_tree_reads_that_part(tree: Tree, root: str) -> None:
    from forkless import cgroups_linux as cgroups

    tree.mount((root, "v2", "cgroup2", "rw"))
    inside = "/b" if root == "/a" else ""
    tree.write(f"v2{inside}/memory.max", f"{8 * MIB}\n")
    tree.write(f"v2{inside}/memory.current", f"{3 * MIB}\n")
    assert [found.size for found in cgroups.memory(tree.proc)] == [5 * MIB]


@linux_only
def test_process_without_control_groups_has_no_such_limits(tree: Tree) -> None:
    from forkless import cgroups_linux as cgroups

    assert cgroups.memory(tree.proc) == []  # no mountinfo
    tree.proc += "/gone"
    assert cgroups.cores(tree.proc) == []


LIMITED = """
import os, sys
folder = sys.argv[1]
with open(f"{folder}/cgroup.procs", "w") as file:
    file.write(str(os.getpid()))
from forkless import limits
available = limits.available_memory()
print(available.where, available.size, sep="|")
"""


@linux_only
def test_limit_that_the_kernel_sets_is_found(tmp_path: Path) -> None:
    """With a control group of its own, where this user may make one."""
    from forkless import cgroups_linux as cgroups

    own = next(iter(cgroups._groups("memory", "/proc/self")), None)
    name = "memory.max" if own is not None and own.unified else "memory.limit_in_bytes"
    if own is None or not (Path(own.folder) / name).exists():
        pytest.skip("no control group here limits memory")
    group = Path(own.folder) / f"forkless-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"this user can make no control group: {error}")
    try:
        (group / name).write_text(str(300 * MIB))
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, str(group)], capture_output=True, text=True, timeout=60
        )
        where, size = done.stdout.split("|")
        assert where == f"control group {group}"
        assert 200 * MIB < int(size) <= 300 * MIB
    finally:
        group.rmdir()
