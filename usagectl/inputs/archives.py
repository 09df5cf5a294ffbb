"""Archives, which hold files and are not read: what they are, and whether usage is in them."""

import os
import re
from collections.abc import Callable

from usagectl.inputs.compression import without_suffix
from usagectl.inputs.file import HEAD_BYTES
from usagectl.inputs.head import Head

_BY_SUFFIX = {
    ".zip": "zip",
    ".7z": "7z",
    ".rar": "rar",
    ".tar": "tar",
    ".tgz": "tar",
    ".tbz2": "tar",
    ".txz": "tar",
    ".tzst": "tar",
    # One file each, packed as nothing here unpacks it.
    ".br": "brotli",
    ".lz": "lzip",
    ".lz4": "lz4",
    ".lzma": "lzma",
    ".sz": "snappy",
    ".z": "compress",
}
# With what follows the magic bytes: damage may put these alone in front of a text.
_BY_BEGINNING = (
    ("zip", rb"PK\x03\x04[\x00-\x3f]\0(?s:..)[\x00\x08\x09\x0c\x0e\x5d-\x63]\0"),
    ("zip", rb"PK\x05\x06\0{4}"),
    ("7z", rb"7z\xbc\xaf\x27\x1c\0"),
    ("rar", rb"Rar!\x1a\x07[\0\1]"),
    ("lz4", rb"\x04\x22\x4d\x18[\x40-\x7f]"),
)
_FIRST = (b"PK", b"7z\xbc", b"Rar!", b"\x04\x22")
_TAR, _TAR_AT = (b"ustar\0", b"ustar "), 257
_MOST_MEMBERS = 1000
_MOST_OPENED = 20
_TELLING = (".json", ".jsonl", ".ndjson", ".log", ".txt")


def archive(name: str, beginning: bytes) -> str | None:
    """What kind of archive a file is, by its name or its first bytes; None for none."""
    by_name = _BY_SUFFIX.get(os.path.splitext(without_suffix(name.lower()))[1])
    return by_name or by_beginning(beginning)


def by_beginning(data: bytes) -> str | None:
    """What kind of archive some first bytes are of; None for none."""
    if data.startswith(_TAR, _TAR_AT):
        return "tar"
    if not data.startswith(_FIRST):
        return None
    return next((kind for kind, magic in _BY_BEGINNING if re.match(magic, data)), None)


def holds_usage(path: str, knows: Callable[[Head], bool]) -> bool:
    """Whether an archive looks as if usage files were in it.

    A zip archive is looked into, as far as its first files; any other has no more than its name.

    Args:
        path: The archive.
        knows: Whether a file of such a head is one of usage.
    """
    name = os.path.basename(path)
    bare = without_suffix(name)
    while os.path.splitext(bare)[1].lower() in _BY_SUFFIX:
        bare = os.path.splitext(bare)[0]
    if "usage" in bare.lower() or knows(Head(bare, b"", whole=True)):
        return True
    import zipfile

    try:
        return _in_zip(path, knows)
    except (OSError, zipfile.BadZipFile, RuntimeError, ValueError, EOFError, NotImplementedError):
        # Damaged, encrypted, or none at all.
        return False


def _in_zip(path: str, knows: Callable[[Head], bool]) -> bool:
    import zipfile
    import zlib

    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as opened:
        members = [m for m in opened.infolist()[:_MOST_MEMBERS] if not m.is_dir()]
        if any(knows(Head(os.path.basename(m.filename), b"", whole=True)) for m in members):
            return True
        telling = [m for m in members if m.filename.lower().endswith(_TELLING)]
        for member in telling[:_MOST_OPENED]:
            try:
                with opened.open(member) as file:
                    data = file.read(HEAD_BYTES)
            except zlib.error:
                continue
            if knows(Head(os.path.basename(member.filename), data, whole=False)):
                return True
    return False
