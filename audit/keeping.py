"""The folder of a process that signs: its key and what it must not forget (签名进程自己的文件夹)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_KEY: Final = "key"
_PUBLIC: Final = "key.pub"


def put(folder: Path, name: str, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file whole or not at all, and on the disk before anything goes on."""
    fresh = folder / f"{name}.new"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / name)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Folder:
    """Files that only the account of their process reads; the public key is for everybody."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def key(self) -> Ed25519PrivateKey:
        """The key, made on first need."""
        kept = self.root / _KEY
        if not self.has_key():
            put(self.root, _KEY, Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, _OPEN))
        return Ed25519PrivateKey.from_private_bytes(kept.read_bytes())

    def has_key(self) -> bool:
        return (self.root / _KEY).exists()

    def publish(self, keys: list[str]) -> None:
        """Put the public keys where others can read them, those of earlier ones first."""
        if not (self.root / _PUBLIC).exists():
            put(self.root, _PUBLIC, "".join(f"{key}\n" for key in keys).encode(), mode=0o644)

    def text(self, name: str) -> str | None:
        """What was put under this name."""
        try:
            return (self.root / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def put(self, name: str, content: str) -> None:
        put(self.root, name, content.encode())


_OPEN: Final = NoEncryption()
