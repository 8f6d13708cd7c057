#!/usr/bin/env python3
"""Gives the shared vectors (ledger/verify/vectors/README.md) to the second implementation, which was written from FORMAT.md alone.

    verify_vectors.py [--every N] GROUP.json…

Every case must be accepted or refused as it says, and what is accepted must show the same verdict, epoch, time and since. Words are not compared: the second
implementation has coarser ones. It remembers nothing and asks for nothing, so that cases whose outcome hangs on that are passed over; and of the bytes changed
in a file only every N-th is tried, because its signatures are slow.
"""
import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path

import verify_format as F
import verify_receipt as R

OTHERS = {"genesis", "next"}  # kinds of cases that the second implementation does not know
ASKED = {"subject", "stale"}  # words of questions that it is not asked


class Group:
    def __init__(self, path):
        d = json.loads(path.read_text())
        self.name, self.cases, self.flips = d["group"], d["cases"], d["flips"]
        self.files = {f["name"]: base64.b64decode(f["bytes"]) for f in d["files"]}
        self.settings = {w["name"]: w for w in d["with"]}

    def bytes(self, ref):
        if isinstance(ref, str):
            return self.files[ref]
        base, out, at = self.files[ref["base"]], b"", 0
        for offset, delete, insert in ref["edits"]:
            out += base[at:offset] + base64.b64decode(insert)
            at = offset + delete
        out += base[at:]
        assert hashlib.sha256(out).hexdigest().startswith(ref["sum"]), "edits give other bytes"
        return out

    def file(self, case):
        return self.bytes(case["file"]) if "file" in case else b""

    def hashes(self, ref):
        raw = self.bytes(ref)
        return [raw[i:i + 32] for i in range(0, len(raw), 32)]


def tree(text):
    origin, size, root, _ = text.split(b"\n")
    return origin, int(size), base64.b64decode(root)


def run(g, case, raw):
    """What the second implementation finds; Refused when it refuses."""
    what, w = case["what"], g.settings[case["with"]]
    now = w["now"]
    if what == "policy":
        R.read_policy_file(raw)
        return {}
    if what == "memory":
        R.read_memory(raw)
        return {}
    if what == "handover":
        R.require(raw.startswith(R.PROOF), "format", "no proof file")
        return {"since": min(R.pinned(raw, now, None).since, now)}
    if what == "consistency":
        older, newer = tree(g.bytes(case["older"])), tree(raw)
        R.require(older[0] == newer[0] and R.consistent(*older[1:], *newer[1:], g.hashes(case["path"])), "consistency", "two heads")
        return {}
    trust = R.Trust(R.read_document(g.bytes(w["policy"])), w["since"])
    if what == "certify":
        return {"time": trust.certified(R.read_head(raw), now)}
    if what == "evidence":
        found = R.verify_evidence(raw, trust, now)
        return {"kind": found["verdict"], "agency": found["agency"]}
    handovers = [R.read_handover(g.bytes(h)) for h in w.get("handovers", [])]
    if what == "handovers":
        for h in handovers:
            trust = trust.walk(h, now) if h.number > trust.doc.number else trust
        return {"epoch": trust.doc.number, "since": trust.since}
    if what == "head":
        trust, at = trust.take(R.read_head(raw), R.read_seal(g.bytes(case["seal"])), g.hashes(case["path"]), handovers, now)
        return {"epoch": trust.doc.number, "since": trust.since, "time": at}
    if what == "record":
        out = R.verify_record(raw, trust, now)
        return {"time": out["cosigned"], "leaf": out["leaf"]}
    out = R.verify_receipt(raw, trust, now, w.get("date") or R.local_date(now * 1000), w.get("asOf"))
    show = {"epoch": out["epoch"], "time": out["cosigned"]}
    if what == "receipt" and "verdict" in case["expect"]:
        show["verdict"] = {"kind": out["verdict"], "date": out["date"]} | {k: out[k] for k in ("certificate", "star", "from", "until") if k in out}
    return show


def judge(g, case, raw, ok):
    """What is wrong with the second implementation's answer; empty when nothing is."""
    try:
        found = run(g, case, raw)
    except (R.Refused, F.Difference) as refused:
        return f"refused: {refused}" if ok else ""
    if not ok:
        return "accepted"
    if raw != g.file(case):
        return ""  # a line less may be another time
    want = case["expect"]
    for key, value in found.items():
        shown = want.get(key)
        if key == "verdict":
            shown = {k: v for k, v in shown.items() if k != "day"}
        if shown is not None and shown != value:
            return f"{key}: {value}, want {shown}"
    return ""


def asks_more(g, case):
    """The outcome hangs on something that the second implementation does not have."""
    w, want = g.settings[case["with"]], case["expect"]
    beside = case["what"] in ("receipt", "action", "record") and "handovers" in w
    kind = case["what"] in ("receipt", "action") and want.get("word") == "subject"
    return case["what"] in OTHERS or "memory" in w or "period" in w or beside or kind or want.get("word") in ASKED


def main():
    parser = argparse.ArgumentParser(description="the shared vectors, by the second implementation")
    parser.add_argument("groups", nargs="+", type=Path, metavar="GROUP.json")
    parser.add_argument("--every", type=int, default=1, help="of the bytes changed in a file, try only every N-th")
    args = parser.parse_args()
    tried = passed = wrong = 0
    for g in map(Group, args.groups):
        for case in g.cases + g.flips:
            if asks_more(g, case):
                passed += 1
                continue
            good = g.file(case)
            tries = [("", good, case["expect"]["ok"])]
            for at, mask, words in case.get("flips", [])[::args.every]:
                tries.append((f", byte {at}", good[:at] + bytes([good[at] ^ mask]) + good[at + 1:], words == "ok"))
            for where, raw, ok in tries:
                tried += 1
                problem = judge(g, case, raw, ok)
                if problem:
                    wrong += 1
                    print(f"{g.name}: {case['name']}{where}: {problem}", file=sys.stderr)
    print(f"{tried} vectors tried, {wrong} answered otherwise, {passed} passed over")
    return 1 if wrong or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
