#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Search files, folders and the memory of processes for names that must not be there - or must.

    search_names.py --names FILE [--found N] PATH... [--pid PID...]

FILE holds one name a line.  Each is looked for as UTF-8, UTF-16 (both orders), hex (both cases) and base64 (all
three alignments), whatever stands around it.  Prints one line a hit kind and a summary line.
Exit 0: none found (or, with --found N, at least N distinct names found); 1: otherwise; 2: could not look.
"""
import argparse
import array
import base64
import os
import re
import sys


def forms(name):
    """Every byte form of name that a search must know: {form: bytes}."""
    raw = name.encode()
    out = {
        "utf-8": raw,
        "utf-16le": name.encode("utf-16-le"),
        "utf-16be": name.encode("utf-16-be"),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
    }
    # base64 shifts with the position of the name in the text around it: drop the characters that depend on
    # what stands before and after
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw)
        start = (0, 2, 3)[shift]
        end = len(text) - (0, 3, 2)[(shift + len(raw)) % 3]
        out[f"base64+{shift}"] = text[start:end]
    return {form: data for form, data in out.items() if len(data) >= 4}


def search(data, patterns, hits, where):
    for name, table in patterns.items():
        for form, needle in table.items():
            if needle in data:
                hits.setdefault((name, form), []).append(where)


def files_below(path):
    if os.path.isfile(path):
        yield path
        return
    for folder, _, names in os.walk(path):
        for name in names:
            full = os.path.join(folder, name)
            if os.path.isfile(full):
                yield full


ZEROS = re.compile(rb"\0{256,}")
PIECE, OVERLAP = 1 << 20, 4096
PAGE = os.sysconf("SC_PAGE_SIZE")
SHADOW = 1 << 36  # larger regions are a sanitizer's map of the address space, which holds no data
PRESENT = 0b11 << 62  # in memory or in swap (Documentation/admin-guide/mm/pagemap.rst)


def memory_of(pid):
    """The readable, writable memory of a process, in pieces that overlap; what was never written to is left out
    (a sanitizer reserves terabytes), and so is what cannot be read."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem, \
            open(f"/proc/{pid}/pagemap", "rb", 0) as pages:
        for line in maps:
            fields = line.split()
            if "r" not in fields[1] or "w" not in fields[1]:
                continue
            start, end = (int(x, 16) for x in fields[0].split("-"))
            if end - start > SHADOW:
                continue
            for at in written(pages, start, end):
                try:
                    mem.seek(at)
                    yield mem.read(min(PIECE + OVERLAP, end - at))
                except (OSError, ValueError, OverflowError):
                    continue  # guard pages of secrets cannot be read


def written(pages, start, end):
    """The addresses of the pieces of [start, end) that have a page in memory or swap."""
    step = 1 << 30  # a look at so much address space at once
    for low in range(start, end, step):
        high = min(low + step, end)
        pages.seek(low // PAGE * 8)
        entries = array.array("Q")
        entries.frombytes(pages.read((high - low) // PAGE * 8))
        if not any(entries):
            continue
        per_piece = PIECE // PAGE
        for i in range(0, len(entries), per_piece):
            if any(entry & PRESENT for entry in entries[i:i + per_piece]):
                yield low + i * PAGE


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", required=True)
    parser.add_argument("--found", type=int, metavar="N")
    parser.add_argument("--pid", type=int, action="append", default=[])
    parser.add_argument("paths", nargs="*")
    args = parser.parse_args()

    with open(args.names) as source:
        names = [line.strip() for line in source if line.strip()]
    if not names:
        print("search_names: no names to look for", file=sys.stderr)
        return 2
    patterns = {name: forms(name) for name in names}
    hits, n_files, n_bytes = {}, 0, 0
    for path in args.paths:
        if not os.path.exists(path):
            print(f"search_names: {path}: no such file or folder", file=sys.stderr)
            return 2
        for full in files_below(path):
            with open(full, "rb") as file:
                data = file.read()
            n_files, n_bytes = n_files + 1, n_bytes + len(data)
            search(data, patterns, hits, os.path.basename(full))
    for pid in args.pid:
        seen = 0
        for region in memory_of(pid):
            seen += len(region)
            # most of what a sanitizer keeps is zeros
            search(ZEROS.sub(b"\0" * 16, region), patterns, hits, f"memory of process {pid}")
        if seen == 0:
            print(f"search_names: process {pid}: no memory could be read", file=sys.stderr)
            return 2
        n_bytes += seen

    for (name, form), where in sorted(hits.items()):
        print(f"found {form:9} of {name!r} in {', '.join(sorted(set(where))[:3])}")
    found = len({name for name, _ in hits})
    print(f"{found} of {len(names)} names found, {n_bytes} bytes in {n_files} files"
          f" and {len(args.pid)} processes searched")
    if args.found is not None:
        return 0 if found >= args.found else 1
    return 0 if found == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
