"""Cutting addresses of a network namespace of our own: packets to and from them vanish, nobody is told."""

import os
import shutil
import subprocess
import sys

INSIDE = "EDGEGW_FAULTS_NAMESPACE"
"""Set in the process that has namespaces of its own."""


def enter(module: str) -> None:
    """Run `module` again in network and mount namespaces of its own, where cutting hurts nobody else. Without root or
    the tools it goes on where it is."""
    if INSIDE in os.environ or os.geteuid() != 0 or shutil.which("unshare") is None:
        return
    if subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False).returncode:
        return
    inner = 'ip link set lo up && exec "$@"'
    os.environ[INSIDE] = "1"
    os.execvp(
        "unshare", ["unshare", "--net", "--mount", "sh", "-c", inner, "sh", sys.executable, "-m", module, *sys.argv[1:]]
    )


def why_not() -> str:
    """Why addresses can't be cut here; empty when they can."""
    if INSIDE not in os.environ:
        return "cutting the network needs root and unshare"
    if shutil.which("iptables") is None:
        return "cutting the network needs iptables"
    return ""


def cut(address: str) -> None:
    """Let nothing through to or from a loopback address of ours."""
    for way in ("-s", "-d"):
        subprocess.run(["iptables", "-A", "INPUT", way, address, "-j", "DROP"], check=True)


def mend(address: str) -> None:
    for way in ("-s", "-d"):
        subprocess.run(["iptables", "-D", "INPUT", way, address, "-j", "DROP"], check=True)
