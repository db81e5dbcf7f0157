#!/usr/bin/env python3
"""Make ready what the site (``set_up.py``) or the tests too (``set_up.py dev``) need; quick when all is there.

Runs on any Python from 3.11 on with nothing but the standard library.  What only the distribution has is installed
when we are root, and otherwise named in one sentence; the site starts without it.
"""

import compileall
import ctypes
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}


class Missing(Exception):
    """Says in one sentence what is missing and how to get it."""


def say(sentence: str) -> None:
    print(f"set-up: {sentence}", flush=True)


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: Sequence[str]) -> bool:
    """As root, install packages of the distribution; whether that worked."""
    if not may_install():
        return False
    say(f"installing {' '.join(packages)} with apt-get ...")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:  # the lists of packages may be old or not there at all
        subprocess.run(["apt-get", "update", "-q"], env=environment, capture_output=True, check=False)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        say(f"apt-get failed: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}")
    return done.returncode == 0


def has_pip() -> bool:
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode == 0


def has_ensurepip() -> bool:
    """Debian ships ``venv`` without ``ensurepip`` until python3-venv is installed."""
    return subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True, check=False).returncode == 0


def pip_elsewhere() -> list[str] | None:
    """A pip that is not ours but can install into ours: the system's own, or a wheel that the distribution keeps."""
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
        return [sys.executable, "-m", "pip"]
    wheels = sorted(Path("/usr/share/python-wheels").glob("pip-*.whl"))
    return [sys.executable, str(wheels[-1] / "pip")] if wheels else None


def make_environment() -> None:
    """``.venv`` with pip; one left broken by an interrupted run is made anew."""
    if has_pip():
        return
    say("making .venv ...")
    venv = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if has_ensurepip() or (install([venv]) and has_ensurepip()):
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        return
    pip = pip_elsewhere()
    if pip is None:
        raise Missing(
            f"this Python cannot make an environment with pip: ask an administrator for `apt-get install {venv}`, "
            "then run this again."
        )
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV], check=True)
    subprocess.run([*pip, "--python", PYTHON, "install", "-q", "--disable-pip-version-check", "pip"], check=True)


def install_requirements(name: str) -> None:
    """What the list ``name`` pins, unless exactly that has been installed before."""
    listed = [ROOT / "requirements.txt", *([ROOT / name] if name != "requirements.txt" else [])]
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in listed)).hexdigest()
    stamp = VENV / f".{name}.sha256"
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return
    say(f"installing what {name} lists ...")
    quiet = ["-q", "--disable-pip-version-check", "--no-input", "--no-warn-script-location"]
    command = [str(PYTHON), "-m", "pip", "install", *quiet, "--only-binary=:all:", "-r", str(ROOT / name)]
    environment = os.environ | {"PIP_ROOT_USER_ACTION": "ignore"}
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
        raise Missing(
            f"pip could not install what {name} lists; its own words stand above.  With no way to a package index, "
            "put the wheels into a folder and set PIP_NO_INDEX=1 and PIP_FIND_LINKS to it."
        )
    stamp.write_text(digest, encoding="ascii")


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_libraries() -> None:
    """Pango and HarfBuzz for papers; without them the site starts and says so on its status page."""
    missing = [package for library, package in LIBRARIES.items() if not loads(library)]
    if missing and sys.platform == "linux" and not install(missing):
        say(
            f"papers (PDF) cannot be made yet: an administrator must run `apt-get install {' '.join(missing)}`.  "
            "Everything else works."
        )


def install_browser() -> None:
    """Chromium for the browser tests, with its Chinese fonts, and what the driver of it is linked against.

    The shell draws the same pages with nothing around them, in half the time; without it the whole Chromium is taken.
    """
    missing = [] if shutil.which("chromium-headless-shell") else ["chromium-headless-shell", "fonts-noto-cjk"]
    if not loads("libatomic.so.1"):
        missing.append("libatomic1")
    if missing and sys.platform == "linux" and not install(missing) and not shutil.which("chromium"):
        say(f"the browser tests cannot run yet: an administrator must run `apt-get install {' '.join(missing)}`.")


def compile_translations() -> None:
    subprocess.run([PYTHON, ROOT / "tools" / "messages.py", "compile"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def compile_code() -> None:
    """Bytecode for the account of the servers, which may not write here."""
    for folder in ("cadre", "selection", "audit", "tools"):
        compileall.compile_dir(ROOT / folder, quiet=2)


def main(arguments: list[str]) -> None:
    if sys.version_info < (3, 11):
        raise Missing(
            f"this is Python {sys.version_info.major}.{sys.version_info.minor}, but 3.11 or newer is needed: "
            "name one with `make PYTHON=/path/to/python3.11 ...`."
        )
    if sys.argv[1:] not in ([], ["dev"]):
        raise Missing("the only argument is `dev`.")
    if os.geteuid() == 0:
        os.umask(0o022)  # the account of the servers must be able to read what is installed here
    lock = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)  # one set-up at a time; the lock ends with this process
    make_environment()
    install_requirements("requirements-dev.txt" if arguments == ["dev"] else "requirements.txt")
    install_libraries()
    if arguments == ["dev"]:
        install_browser()
    compile_translations()
    compile_code()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Missing as problem:
        sys.exit(f"set-up: {problem}")
    except subprocess.CalledProcessError as problem:
        sys.exit(f"set-up: {problem.cmd[0]} ended with {problem.returncode}; its own words stand above.")
