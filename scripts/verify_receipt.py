#!/usr/bin/env python3
"""Second implementation of heads, trust, receipts and evidence, written from ledger/FORMAT.md §11–§13 and the .proto files alone.

    verify_receipt.py FILE --policy FILE [--date yyyymmdd] [--now SECONDS] [--json]     one file, without a network
    verify_receipt.py --selftest FILE… --policy FILE --now SECONDS                       also flip bytes and demand refusal

FILE is a receipt (.ocop), a record receipt (.tlog-proof), an evidence file or a handover; --policy is what is believed: a genesis file,
a policy file or a handover file. It prints the verdict word and ends 0, or prints a word that names what failed and ends 1.

    format       the file is not one that a writer writes        policy       a document is not sound, or the head's epoch is not known
    future       cosigned ahead of now            handover    a handover does not lead from what is believed to the next
    chain        it is of another ledger                         cosignature  a line of a known key does not verify
    quorum       too few count as cosigners of the head          trust        the trust period is over and no witness vouches for the head
    path         a path does not lead to the root                seal         the seal does not speak for the head
    signature    a record's or a promise's does not verify       state        the members are not what the seal's state root holds
    history      entries do not lead to the history root         closure      members are missing, or there without need
    signer       the key is not its author's, or has not the role        competence   the author was not competent
    action       not canonical, or shown without need            rule         an action does not make the value that its entry names
    evidence     what the evidence file shows does not hold

Hashes, signatures, canonical protobuf and values of subjects come from verify_format.py, the second implementation of §1–§10.
"""
import argparse
import base64
import datetime
import json
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import verify_format as F
from verify_format import H, Reader, Tree, pae, u8, u16, u32, u64

RECEIPT, EVIDENCE, PROOF, GENESIS, MEMORY = b"OCOPRCPT", b"OCOPEVID", b"c2sp.org/tlog-proof@v1\n", b"OCOPGEN", b"ocop-memory@v1\n"
GENESIS_ENTRY = 0xFFFF
LONGEST = {"business": 20, "group": 16, "gtin": 14}  # bytes of a text that a correction states
PRODUCER = 1  # role of an account
AGENCY_ROLES = 1, 2  # of a key: what agencies do
AHEAD = 300  # seconds that a cosignature may be ahead of now
TERRITORY, SCHEME, AUTHORITY, ACCOUNT, ACTIVITY, PRODUCT, DECISION, CERTIFICATE, LOT = 3, 4, 5, 6, 7, 8, 9, 10, 11
SUBJECTS = {1: PRODUCT, 2: CERTIFICATE, 3: LOT, 4: ACTIVITY}  # by the kind of the receipt
SCHEMA = F.Schema(F.PROTO)


class Refused(Exception):
    def __init__(self, word, why):
        super().__init__(f"{word}: {why}")
        self.word = word


def require(ok, word, why):
    if not ok:
        raise Refused(word, why)


@contextmanager
def naming(word):
    """Differences found by verify_format.py inside are refusals under this word."""
    try:
        yield
    except F.Difference as d:
        raise Refused(word, d) from None


# ---- texts (§11) --------------------------------------------------------------------------------------------------

def b64(text, word="format"):
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused(word, f"base64: {text[:40]!r}") from None
    require(raw and base64.b64encode(raw) == text, word, "base64 in another spelling")
    return raw


def decimal(text, bits, word="format"):
    require(re.fullmatch(rb"0|[1-9][0-9]{0,19}", text), word, f"number {text[:40]!r}")
    require(int(text) < 1 << bits, word, f"number {text!r}")
    return int(text)


def is_utf8(raw):
    return raw.decode(errors="replace").encode() == raw


def is_name(text):
    return bool(re.fullmatch(r"[!-*,-~]{1,128}", text))


def known_id(name, kind, key):
    return H(name.encode() + b"\n", u8(kind), key)[:4]


def verifier_key(name, kind, key):
    return name.encode() + b"+" + known_id(name, kind, key).hex().encode() + b"+" + base64.b64encode(u8(kind) + key)


def read_head(raw, once=False):
    """A signed head: text of three lines, and the first line of each name and key id; once: there are no others."""
    require(len(raw) <= 64 << 10, "format", "head: longer than 64 KiB")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("format", "head: not UTF-8") from None
    require(not re.search(rb"[\x00-\x09\x0b-\x1f]", raw), "format", "head: control character")
    cut = raw.rfind(b"\n\n")
    require(cut >= 0 and raw.endswith(b"\n"), "format", "head: no signatures")
    text, lines = raw[:cut + 1], raw[cut + 2:].split(b"\n")[:-1]
    body = text.split(b"\n")
    require(len(body) == 4 and is_name(body[0].decode()), "format", "head: not three lines")
    head = SimpleNamespace(raw=raw, text=text, origin=body[0].decode(), size=decimal(body[1], 63), root=b64(body[2]), lines={})
    require(len(head.root) == 32, "format", "head: root")
    require(1 <= len(lines) <= 100, "format", "head: signature lines")
    for line in lines:
        parts = line.decode().split(" ")
        require(len(parts) == 3 and parts[0] == "—" and parts[1] and "+" not in parts[1] and not re.search(r"\s", parts[1]), "format", "head: signature line")
        signature = b64(parts[2].encode())
        require(5 <= len(signature) <= 4 + (8 << 10), "format", "head: length of a signature")
        require(not once or (parts[1], signature[:4]) not in head.lines, "format", "head: a signature line that does not count")
        head.lines.setdefault((parts[1], signature[:4]), signature[4:])
    return head


def verify_head(head, doc):
    """Times of validators' and of witnesses' cosignatures; every line of a known key must verify (§11.2)."""
    require(head.origin == doc.origin, "chain", f"head of {head.origin}, not {doc.origin}")

    def line(name, kind, key):
        signature = head.lines.get((name, known_id(name, kind, key)))
        if signature is None:
            return None
        at, message = None, head.text
        if kind == 4:
            require(len(signature) == 72, "cosignature", f"{name}: length")
            at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            require(at < 1 << 63, "cosignature", f"{name}: time")
            message = b"cosignature/v1\ntime %d\n" % at + head.text
        require(len(signature) == 64 and F.ed25519_verify(key, message, signature), "cosignature", f"{name} does not verify")
        return at

    line(doc.origin, 1, doc.log)
    validators = {v["agency"]: line(v["cosigner"], 4, v["key"]) for v in doc.validators}
    witnesses = {w["name"]: line(w["name"], 4, w["key"]) for w in doc.witnesses}
    present = lambda found: {k: at for k, at in found.items() if at is not None}
    return present(validators), present(witnesses)


def certify(head, doc, since, now, period=None):
    """The time of a head certified under doc, as §11.6 counts."""
    validators, witnesses = verify_head(head, doc)
    times = sorted((at for at in validators.values() if at <= now + AHEAD), reverse=True)
    require(len(validators) < doc.quorum or len(times) >= doc.quorum, "future", f"cosigned after {now + AHEAD}")
    require(len(times) >= doc.quorum, "quorum", f"{len(times)} of {len(doc.validators)} cosigned, {doc.quorum} needed")
    at = times[doc.quorum - 1]
    if now > since + min(doc.trust, doc.trust if period is None else period):
        seen = [t for t in witnesses.values() if t <= now + AHEAD]
        require(seen, "trust", "trust period over, no outside witness")
        at = min(at, max(seen))
    return at


def small_order(key):
    point = F.edwards_point(key)
    for _ in range(3):
        point = F.edwards_add(point, point)
    return point[0] == 0 and point[1] == point[2]


def read_document(raw):
    """A sound policy document (§4, §11.1)."""
    with naming("policy"):
        p = F.read_policy(raw)
    keys = [v["key"] for v in p["validators"]] + [w["key"] for w in p["witnesses"]]
    names = [p["origin"], *(v["cosigner"] for v in p["validators"]), *(w["name"] for w in p["witnesses"])]
    require(all(map(is_name, names)) and len(set(names)) == len(names), "policy", "names")
    require(len(set(keys)) == len(keys), "policy", "a key twice")
    for key in [p["log"], *(v["node"] for v in p["validators"]), *keys]:
        require(F.edwards_point(key) is not None and not small_order(key), "policy", f"key {key.hex()}")
    return SimpleNamespace(raw=raw, hash=H(pae("policy", raw)), **p)


def read_policy_file(raw):
    require(len(raw) <= 32 << 10 and raw.endswith(b"\n"), "format", "size or end of the file")
    require(not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", raw), "format", "control character")
    document, logs, witnesses, groups, quorums = [], [], {}, [], []
    for line in raw.split(b"\n")[:-1]:
        f = re.split(rb"[ \t]+", line.strip(b" \t"))
        if line.startswith(b"# ocop-policy "):
            document.append(read_document(b64(line[14:])))
        if f[0][:1] == b"#":
            continue
        if f == [b""]:
            continue
        if f[0] == b"log" and len(f) in (2, 3):
            logs.append(f[1])
            url = f[2:]
        elif f[0] == b"witness" and len(f) in (3, 4):
            require(f[1] != b"none" and f[1] not in witnesses, "format", "name of a witness")
            witnesses[f[1]] = f[2]
            url = f[3:]
        elif f[0] == b"group" and len(f) >= 4:
            require(f[1] != b"none", "format", "name of the group")
            require(all(name in witnesses for name in f[3:]), "format", "group before its witnesses")
            groups.append(f[1:])
            url = []
        elif f[0] == b"quorum" and len(f) == 2:
            require(groups, "format", "quorum before its group")
            quorums.append(f[1])
            url = []
        else:
            raise Refused("format", f"line {line[:40]!r}")
        require(not url or re.fullmatch(rb"[!-~]{1,512}", url[0]) and b"#" not in url[0], "format", "URL")
    require(len(document) == 1 and len(logs) == len(groups) == len(quorums) == 1, "format", "one document, log, group and quorum")
    doc, names = document[0], set(witnesses)
    agencies = {b"agency-%d" % v["agency"]: verifier_key(v["cosigner"], 4, v["key"]) for v in doc.validators}
    outside = sorted(verifier_key(w["name"], 4, w["key"]) for w in doc.witnesses)
    require(logs[0] == verifier_key(doc.origin, 1, doc.log), "format", "log line")
    require(all(witnesses.pop(name, None) == key for name, key in agencies.items()), "format", "witness lines of validators")
    require(sorted(witnesses.values()) == outside, "format", "witness lines of outside witnesses")
    name, threshold, *members = groups[0]
    require(name not in names, "format", "name of the group")
    threshold = {b"any": 1, b"all": len(members)}.get(threshold) or decimal(threshold, 32)
    require(sorted(members) == sorted(agencies) and threshold == doc.quorum and quorums == [name], "format", "group and quorum")
    return doc


# ---- trees --------------------------------------------------------------------------------------------------------

def node(left, right, prefix=0x01):
    return H(u8(prefix), left, right)


def fold(index, size, leaf, path, prefix=0x01):
    """Root by RFC 6962's inclusion path, leaf to root, or None when its length is another."""
    if index >= size:
        return None
    fn, sn, root = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            root = node(sibling, root, prefix)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = node(root, sibling, prefix)
        fn, sn = fn >> 1, sn >> 1
    return root if sn == 0 else None


def consistent(size1, root1, size2, root2, proof):
    """RFC 6962's consistency proof leads from the smaller head to the larger; of one size, no proof and one root."""
    if size1 == size2:
        return not proof and root1 == root2
    if size1 == 0:
        return not proof and root1 == H(b"")
    if not size1 < size2 or not proof:
        return False
    proof = list(proof)
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = root1 if size1 & (size1 - 1) == 0 else proof.pop(0)
    for c in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == root1 and sr == root2


def read_seal(raw):
    with naming("format"):
        s = F.read_seal(raw)
        F.demand(s.draft.flags <= 1, "draft flags", "0 or 1", s.draft.flags)
    return s


def speaks(seal, head, path):
    """The seal is the head's last leaf, and its path folds to its own root-before (§11.2)."""
    require(head.size >= 1 and seal.size == head.size - 1, "seal", "not the last leaf")
    require(fold(head.size - 1, head.size, F.log_leaf(seal.leaf), path) == head.root, "path", "of the seal")
    before = path[0] if path else H()
    for left in path[1:]:
        before = node(left, before)
    require(before == seal.root, "seal", "root before")


# ---- proof files, handovers, trust (§11.3–§11.6) ------------------------------------------------------------------

def read_proof(raw, once=False):
    require(len(raw) <= 256 << 10 and raw.startswith(PROOF), "format", "proof file")
    cut = raw.find(b"\n\n")
    require(cut >= 0, "format", "proof file without head")
    lines = raw[len(PROOF):cut].split(b"\n")
    p = SimpleNamespace(extra=b"", head=read_head(raw[cut + 2:], once))
    if lines[0].startswith(b"extra "):
        p.extra = b64(lines.pop(0)[6:])
    require(lines and lines[0].startswith(b"index "), "format", "index line")
    p.index, p.path = decimal(lines[0][6:], 63), [b64(line) for line in lines[1:]]
    require(len(p.path) <= 63 and all(len(h) == 32 for h in p.path), "format", "path")
    return p


def read_handover(raw, once=False):
    h = read_proof(raw, once)
    r = Reader(h.extra)
    with naming("format"):
        F.same("handover version", 1, r.uint(1))
        h.policy_raw = r.take(r.uint(2))
        h.seal_raw = r.take(429)  # whether it is a seal asks who uses it
        r.finish()
        h.number = F.read_policy(h.policy_raw)["number"]
    require(h.index == h.head.size - 1, "format", "index of a handover")
    require(h.number > 0, "format", "handover to epoch 0")
    h.hash = H(pae("policy", h.policy_raw))
    return h


class Trust:
    """One document believed, and the newest moment at which it is known to have been current."""

    def __init__(self, doc, since):
        self.doc, self.since = doc, since

    def certified(self, head, now):
        return certify(head, self.doc, self.since, now)

    def after(self, at, now):
        return max(self.since, min(at, now))

    def successor(self, raw_doc):
        doc = read_document(raw_doc)
        require(doc.chain == self.doc.chain and doc.origin == self.doc.origin, "chain", "document of another ledger")
        return doc

    def walk(self, h, now):
        try:
            return self.step(h, now)
        except Refused as refused:
            raise Refused("handover", refused) from None

    def step(self, h, now):
        """The trust after a handover from the document believed."""
        doc = self.successor(h.policy_raw)
        require(doc.number == self.doc.number + 1 and doc.previous == self.doc.hash, "policy", f"handover to epoch {doc.number}")
        seal = read_seal(h.seal_raw)
        speaks(seal, h.head, h.path)
        require(seal.chain == self.doc.chain, "chain", "seal of a handover")
        require(seal.policy == self.doc.hash and seal.next_policy == doc.hash, "policy", "seal of a handover")
        return Trust(doc, max(self.since, self.certified(h.head, now)))

    def take(self, head, seal, path, handovers, now):
        """The trust under which head and seal are the ledger's (§11.6), and the head's time."""
        speaks(seal, head, path)
        require(seal.chain == self.doc.chain, "chain", "seal of another ledger")
        trust = self
        if seal.policy != self.doc.hash:
            ahead = [h for h in handovers if h.number > self.doc.number]
            last = next((i for i, h in enumerate(ahead) if h.hash == seal.policy), None)
            require(last is not None, "policy", "head of an epoch that no handover leads to")
            try:  # skipping
                at = self.certified(head, now)
                trust = Trust(self.successor(ahead[last].policy_raw), self.after(at, now))
            except Refused:
                for h in ahead[:last + 1]:
                    if h.number > trust.doc.number:
                        trust = trust.walk(h, now)
        at = trust.certified(head, now)
        return Trust(trust.doc, trust.after(at, now)), at


def pinned(raw, now, since):
    """Trust from a genesis, handover, policy or memory file."""
    if raw.startswith(GENESIS):
        with naming("policy"):
            body, chain = F.read_genesis(SCHEMA, raw)
        check_genesis(body, raw)
        return Trust(read_document(F.policy_of_genesis(body, chain)), body["time"] // 1000)
    if raw.startswith(PROOF):
        h = read_handover(raw)
        doc = read_document(h.policy_raw)
        seal = read_seal(h.seal_raw)
        speaks(seal, h.head, h.path)
        require(seal.chain == doc.chain and seal.next_policy == doc.hash and seal.policy == doc.previous, "policy", "seal of the handover")
        return Trust(doc, seal.time // 1000)
    if raw.startswith(MEMORY):
        return read_memory(raw)
    return Trust(read_policy_file(raw), now if since is None else since)


def read_memory(raw):
    """What a client keeps (§11.7)."""
    cut = raw.find(b"\n\n")
    require(cut >= 0 and raw.startswith(MEMORY), "format", "memory")
    require(is_utf8(raw), "format", "memory that is not UTF-8")
    lines = raw[len(MEMORY):cut].split(b"\n")
    if lines[0].startswith(b"# ") and len(lines[0]) > 2:
        del lines[0]  # for people
    words = [line.split(b" ") for line in lines]
    require([w[0] for w in words] == [b"epoch", b"since", b"policy"] and [len(w) for w in words] == [3, 2, 2], "format", "lines of a memory")
    doc, head = read_document(b64(words[2][1])), read_head(raw[cut + 2:], once=True)
    require((decimal(words[0][1], 32), words[0][2]) == (doc.number, doc.hash.hex().encode()), "format", "epoch of a memory")
    require(len(verify_head(head, doc)[0]) >= doc.quorum, "quorum", "head of a memory")
    return Trust(doc, decimal(words[1][1], 63))


def check_genesis(body, raw):
    """What §7 demands of a genesis beyond what verify_format.py looks at."""
    day_ms = 86_400_000

    def dates(v, what):
        require(all(valid_date(d) for d in (v["from"], v["until"]) if d), "policy", f"dates of {what}")
        require(not v["until"] or v["from"] <= v["until"], "policy", f"{what} ends before it begins")

    require(body["time"] < 1 << 48, "policy", "time of the genesis")
    bounds = dict.fromkeys(body["parameters"], 366 * day_ms) | {"longest_expiry": 30 * day_ms}
    require(all(v <= bounds[k] for k, v in body["parameters"].items()), "policy", "parameters")
    territories = {t["code"]: t for t in body["territories"]}
    require(sum(not t["parent"] for t in body["territories"]) == 1, "policy", "one country")
    for t in body["territories"]:
        dates(t, "a territory")
        parent = territories.get(t["parent"])
        require(not t["parent"] or parent and parent["level"] > t["level"], "policy", f"parent of territory {t['code']}")
    for s in body["schemes"]:
        dates(s, "a scheme")
        require(s["max_a"] + s["max_b"] + s["max_c"] == 10_000, "policy", "highest scores")
        require(len({g["code"] for g in s["groups"]}) == len(s["groups"]), "policy", "groups")
        require(all(a["lowest"] < b["lowest"] for a, b in zip(s["bands"], s["bands"][1:])), "policy", "bands")
    spans = sorted((s["from"], s["until"] or 99999999) for s in body["schemes"])
    require(all(a[1] < b[0] for a, b in zip(spans, spans[1:])), "policy", "dates of schemes overlap")
    for a in body["agencies"]:
        require(a["territory"] in territories and all(g["territory"] in territories for g in a["grants"]), "policy", "territory of an agency")
        for g in a["grants"]:
            dates(g, "a grant")
    validators = {a["account"]: a["validator"] for a in body["agencies"] if a["validator"]}
    require(body["policy"]["publisher"] in validators, "policy", "publisher")
    keys = [k["public_key"] for a in body["agencies"] for k in a["keys"]] + [v[role + "_key"] for v in validators.values() for role in ("node", "cosigner", "tls")]
    require(len(set(keys)) == len(keys), "policy", "a key twice")
    r = Reader(raw[12 + int.from_bytes(raw[8:12], "big"):])
    agencies = [(r.uint(8), r.take(97))[0] for _ in range(r.uint(1))]
    require(all(a < b for a, b in zip(agencies, agencies[1:])), "policy", "countersignatures")


# ---- receipt file (§13.2) -----------------------------------------------------------------------------------------

def read_receipt(raw):
    require(len(raw) <= 4 << 20, "format", "longer than 4 MiB")
    r, p = Reader(raw), SimpleNamespace()
    F.same("magic", RECEIPT, r.take(8))
    F.same("version", 1, r.uint(1))
    p.kind = r.uint(1)
    require(p.kind in SUBJECTS, "format", "kind of the receipt")
    p.subject = SUBJECTS[p.kind], r.take(r.uint(1))
    p.as_of_at = r.pos
    p.as_of = r.uint(8)
    p.handovers = [read_handover(r.take(r.uint(2))) for _ in range(count(r, 2, 1024))]
    F.ascending("handovers", [h.number for h in p.handovers])
    head = r.take(r.uint(2))
    p.head = read_head(head, once=True)
    p.seal = read_seal(r.take(429))
    require(p.as_of <= p.seal.height, "format", "as-of height above the seal's")
    p.path = [r.take(32) for _ in range(count(r, 1, 63))]
    p.genesis_time = r.uint(8)
    proof = r.take(r.uint(4))
    p.keys = [r.take(33) for _ in range(r.uint(2))]
    require(len(set(p.keys)) == len(p.keys), "format", "a key twice")
    p.records = [read_shown(r, p.seal) for _ in range(count(r, 2, 16384))]
    F.ascending("records", [rec.leaf for rec in p.records])
    seen = list(dict.fromkeys(rec.key for rec in p.records))
    F.same("order of keys", list(range(len(p.keys))), seen)
    for rec in p.records:
        rec.public_key = p.keys[rec.key]
    if p.kind == 4:
        require(len(p.records) == 1 and len(p.records[0].actions) == 1, "format", "one record, one action")
        p.place = SimpleNamespace(value=r.take(r.uint(2)), n=r.uint(8), root=r.take(32), number=r.uint(8), after=r.take(32),
                                  path=[r.take(32) for _ in range(count(r, 1, 63))])
    else:
        n = r.uint(2)
        require(1 <= n <= 1024, "format", "number of members")
        p.members = [read_member(r, p.records) for _ in range(n)]
        F.ascending("members", [m.name for m in p.members])
        require(sum(len(m.entries) for m in p.members) <= 32768, "format", "number of entries")
        genesis = any(m.entries[0].record is None for m in p.members)
        require(genesis == (p.genesis_time > 0), "format", "genesis time without need, or none")
    require(p.kind != 4 or p.genesis_time == 0, "format", "genesis time without need")
    r.finish()
    proof = Reader(proof)
    F.same("version of the state proof", 1, proof.uint(1))
    p.proof = read_proof_node(proof, -1)
    proof.finish()
    return p


def count(r, width, most):
    n = r.uint(width)
    require(n <= most, "format", f"{n} of at most {most}")
    return n


def read_shown(r, seal):
    rec = SimpleNamespace(leaf=r.uint(8), height=r.uint(8), time=r.uint(8), key=r.uint(2), schema=r.uint(2), issued=r.uint(8),
                          expires=r.uint(8), author=r.uint(8), count=r.uint(2), root=r.take(32), signature=r.take(64), actions={})
    require(rec.schema >= 1 and rec.issued < 1 << 48 and 1 <= rec.count <= 256, "format", "bounds of a record")
    shown = r.uint(2)
    require(1 <= shown <= rec.count, "format", "number of actions shown")
    for _ in range(shown):
        number, action = r.uint(2), r.take(r.uint(2))
        require(action and number < rec.count and number > max(rec.actions, default=-1), "format", "action shown")
        rec.actions[number] = action

    def folded(low, high):
        if not any(low <= i < high for i in rec.actions):
            return r.take(32)
        if high - low == 1:
            return H(b"\x10", rec.actions[low])
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        left = folded(low, middle)
        return node(left, folded(middle, high), 0x11)

    rec.folded = folded(0, rec.count)
    return rec


def read_member(r, records):
    kind = r.uint(1)
    m = SimpleNamespace(name=(kind, r.take(r.uint(1))), value=r.take(r.uint(2)), entries=[], root=None)
    require(kind in (TERRITORY, SCHEME, AUTHORITY, ACCOUNT, PRODUCT, DECISION, CERTIFICATE, LOT), "format", f"kind of a member {kind}")
    n = r.uint(2)
    require(n >= 1, "format", "number of entries")
    for i in range(n):
        number, last = r.uint(2), i == n - 1
        if number == GENESIS_ENTRY:
            require(i == 0, "format", "entry by genesis that is not the first")
            value = m.value if last else r.take(r.uint(2))
            m.entries.append(SimpleNamespace(record=None, action=F.WHOLE, value=value, hash=F.value_hash(value)))
            continue
        require(number < len(records), "format", "record of an entry")
        action = r.uint(2)
        require(action in records[number].actions, "format", "action of an entry")
        m.entries.append(SimpleNamespace(record=records[number], action=action, value=None, hash=F.value_hash(m.value) if last else r.take(32)))
    if n > 1 or m.entries[0].record:
        m.root = r.take(32)
    F.ascending("entries", [(e.record.leaf, e.action) if e.record else (-1, 0) for e in m.entries])
    return m


def read_proof_node(r, above):
    kind = r.uint(1)
    if kind == 1:
        return None
    require(kind in (2, 3, 4), "format", "node of the state proof")
    position = r.uint(1)
    require(position > above, "format", "positions of the state proof")
    left = r.take(32) if kind == 3 else read_proof_node(r, position)
    return position, left, r.take(32) if kind == 2 else read_proof_node(r, position)


def bit(key, position):
    return key[position // 8] >> (7 - position % 8) & 1


def fold_state(proof, leaves):
    """State root of a proof without leaves; leaves: (state key, leaf hash), ascending by key."""
    left = list(leaves)

    def go(n):
        """Root, and the keys below."""
        if n is None:
            require(left, "state", "more leaves than members")
            key, digest = left.pop(0)
            return digest, [key]
        position, roots, keys = n[0], [], []
        for side, child in enumerate(n[1:]):
            if isinstance(child, bytes):
                roots.append(child)
                continue
            root, below = go(child)
            require(all(bit(key, position) == side for key in below), "state", "a leaf on the wrong side")
            roots.append(root)
            keys += below
        common = {int.from_bytes(key, "big") >> (256 - position) for key in keys}
        require(len(common) == 1, "state", "keys that part above their node")
        return H(b"\x31", u16(position), *roots), keys

    root, _ = go(proof)
    require(not left, "state", "more members than leaves")
    return root


def check_records(p, chain):
    require(p.seal.protocol <= F.PROTOCOL, "action", f"ledger of protocol version {p.seal.protocol}")
    heights = [rec.height for rec in p.records] + [p.seal.height]
    require(all(a <= b for a, b in zip(heights, heights[1:])), "format", "heights that descend")
    for rec in p.records:
        require(rec.leaf < p.seal.size and rec.time <= p.seal.time, "format", "record behind the head")
        header = u8(1) + chain + u16(rec.schema) + u64(rec.issued) + u64(rec.expires) + u64(rec.author) + F.key_id(rec.public_key) + u16(rec.count) + rec.root
        require(rec.folded == rec.root, "action", f"leaf {rec.leaf}: actions root")
        rec.id = u64(rec.issued)[2:] + H(pae("record-header", header))[:26]
        require(F.secp256k1_verify(rec.public_key, pae("record-header", header), rec.signature), "signature", f"record at leaf {rec.leaf}")
        with naming("action"):
            rec.decoded = {i: SCHEMA.decode("Action", a, min(rec.schema, p.seal.protocol)) for i, a in rec.actions.items()}
        require(rec.schema <= p.seal.protocol, "action", "schema above the protocol version")


def state_leaf(name, value, n, root):
    key = F.state_key(*name)
    return key, H(b"\x30", key, F.value_hash(value), u64(n), root)


def check_members(p, chain):
    """Histories and values lead to the state root of the seal."""
    leaves = []
    for m in p.members:
        history = Tree(0x20)
        for e in m.entries:
            if e.record is None:
                entry = u64(0) + u64(0) + u64(p.genesis_time) + bytes(32) + u16(F.WHOLE) + chain
            else:
                rec = e.record
                entry = u64(rec.leaf) + u64(rec.height) + u64(rec.time) + rec.id + u16(e.action) + H(b"\x10", rec.actions[e.action])
            history.append(entry + e.hash)
        require(m.root in (None, history.root()), "history", f"of kind {m.name[0]} id {m.name[1].hex()}")
        leaves.append(state_leaf(m.name, m.value, history.size, history.root()))
    require(fold_state(p.proof, sorted(leaves)) == p.seal.state, "state", "not the seal's state root")
    used = {(id(e.record), e.action) for m in p.members for e in m.entries if e.record}
    require(used == {(id(rec), i) for rec in p.records for i in rec.actions}, "action", "shown without need")
    for m in p.members:
        with naming("state"):
            m.parsed = F.read_subject(*m.name, m.value)


# ---- values (§6.3) ------------------------------------------------------------------------------------------------

def write_layout(layout, v):
    out, words = b"", layout.split()
    while words:
        word = words.pop(0)
        if word in ("u8*(", "u16*("):
            end = next(i for i, w in enumerate(words) if w.startswith("):"))
            items, inner, words = v[words[end][2:]], " ".join(words[:end]), words[end + 1:]
            out += F.u(len(items), 1 if word == "u8*(" else 2) + b"".join(write_layout(inner, item) for item in items)
            continue
        kind, name = word.split(":")
        out += write_value(kind, v[name])
    return out


def write_value(kind, v):
    if kind == "revoked":
        return write_layout(F.TYPES["revocation"], v) if v else b""
    if kind == "restrained":
        return write_layout(F.TYPES["restraint"], v) if v else b""
    if kind in F.TYPES:
        return write_layout(F.TYPES[kind], v)
    if kind[0] == "b":
        return v
    if kind == "text8":
        return F.text8(v)
    if kind in ("name", "party"):
        return b"\x02" + v if isinstance(v, bytes) else b"\x01" + (u64(v) if kind == "party" else F.text8(v))
    return F.u(v, {"flag": 1, "date": 4}.get(kind) or int(kind[1:]) // 8)


def write_subject(kind, v):
    version = F.needed_version(kind, v) if kind in F.EARLIER else 1
    return u8(version) + write_layout(F.KINDS[kind] + " " + F.LATER.get((kind, version), ""), v)


NO_DOCUMENT = {"sha256": bytes(32), "size": 0, "name": ""}
NONE = {"issuer": 0, "year": 0, "item": 0, "number": ""}


def product_name(p): return PRODUCT, u64(p["producer"]) + u32(p["number"])
def account_name(a): return ACCOUNT, u64(a)
def authority_name(a): return AUTHORITY, u64(a)
def decision_name(d): return DECISION, u64(d["issuer"]) + u16(d["year"]) + d["number"].encode()
def certificate_name(c): return CERTIFICATE, u64(c["issuer"]) + u16(c["year"]) + u16(c["item"]) + c["number"].encode()
def lot_name(lot): return LOT, u64(lot["product"]["producer"]) + u32(lot["product"]["number"]) + lot["code"].encode()
def decision_of(c): return {k: c[k] for k in ("issuer", "year", "number")}
def is_agency(account): return 1 <= account <= 999_999


def to_certificate(ref):
    """CertificateRef of an action as a certificate of §6.3."""
    return dict(ref["decision"], item=ref["item"]) if ref else dict(NONE)


# ---- dates --------------------------------------------------------------------------------------------------------

def day(number):
    return datetime.date(number // 10000, number // 100 % 100, number % 100)


def number(date):
    return date.year * 10000 + date.month * 100 + date.day


def day_before(n):
    return number(day(n) - datetime.timedelta(days=1))


def local_date(milliseconds):
    return number((datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=milliseconds, hours=7)).date())


def add_months(n, months, days):
    first = day(n).replace(day=1)
    total = first.year * 12 + first.month - 1 + months
    following = datetime.date((total + 1) // 12, (total + 1) % 12 + 1, 1)
    last = (following - datetime.timedelta(days=1)).day
    return number(datetime.date(total // 12, total % 12 + 1, min(day(n).day, last)) + datetime.timedelta(days=days))


def valid_date(n):
    try:
        return n >= F.FIRST_DAY and bool(day(n))
    except ValueError:
        return False


# ---- replay of what is shown (§13.4) ------------------------------------------------------------------------------

class Replay:
    """Applies the actions shown, in order, to the members; each must make the value hash that its entry names."""

    def __init__(self, p):
        self.p, self.members = p, {m.name: m for m in p.members}
        self.values = {}    # name → value in force now
        self.versions = {}  # name → [(height, value)], one for each entry
        for m in p.members:
            e = m.entries[0]
            if e.record is None:
                with naming("state"):
                    self.store(m.name, F.read_subject(*m.name, e.value), 0)
        entries = {}
        for m in p.members:
            for i, e in enumerate(m.entries):
                if e.record:
                    entries.setdefault((e.record.leaf, e.action), {})[m.name] = i
        self.acceptances = {n: sum(1 for e in m.entries if e.record and e.record.decoded[e.action]["kind"] == "accept_sale")
                            for n, m in self.members.items() if n[0] == LOT}
        self.accepted = dict.fromkeys(self.acceptances, 0)
        for rec in p.records:
            self.record(rec, entries)

    def store(self, name, value, height):
        self.values[name] = value
        self.versions.setdefault(name, []).append((height, value))

    def get(self, name, word="rule"):
        require(name in self.members, "closure", f"kind {name[0]} id {name[1].hex()} is missing")
        require(name in self.values, word, f"kind {name[0]} id {name[1].hex()} is not there yet")
        return json_copy(self.values[name])

    def record(self, rec, entries):
        account = self.get(account_name(rec.author), "signer")
        keys = [k for k in account["keys"] if k["key"] == rec.public_key and k["retired"] == 0]
        require(keys, "signer", f"leaf {rec.leaf}: not a key of {rec.author}")
        self.rec, self.author, self.roles, self.opened = rec, rec.author, keys[0]["roles"], set()
        self.today = local_date(rec.time)
        for i, action in sorted(rec.decoded.items()):
            self.number, kind = i, action["kind"]
            require(hasattr(self, kind), "rule", f"{kind} touches no member")
            changed = getattr(self, kind)(action[kind], entries[rec.leaf, i])
            touched = {name: v for name, v in changed.items() if name in self.members}
            require(touched.keys() == entries[rec.leaf, i].keys(), "rule", f"leaf {rec.leaf} action {i}: {kind} touches other members")
            for name, v in touched.items():
                require(self.unknown_traded(name) or F.value_hash(write_subject(name[0], v)) == self.members[name].entries[entries[rec.leaf, i][name]].hash,
                        "rule", f"leaf {rec.leaf} action {i}: {kind}: value of kind {name[0]} id {name[1].hex()}")
                self.store(name, v, rec.height)

    def unknown_traded(self, name):
        """Between the first acceptance and the last the lot's traded quantity is not known."""
        return name[0] == LOT and 0 < self.accepted[name] < self.acceptances[name]

    # -- who may --

    def role(self, role):
        require(role not in AGENCY_ROLES or self.get(account_name(self.author))["kind"] == F.AGENCY_KIND, "competence", f"leaf {self.rec.leaf}: {self.author} is no agency")
        require(self.roles & role, "signer", f"leaf {self.rec.leaf}: the key has not role {role}")

    def grants(self, account):
        return self.values.get(authority_name(account), {"grants": []})["grants"]

    def within(self, territory, above):
        """territory is above, or below it."""
        for _ in range(8):
            if territory == above:
                return True
            if not territory:
                return False
            territory = self.get((TERRITORY, u32(territory)), "competence")["parent"]
        return False

    def competent(self, power, date, territory, levels=range(8)):
        require(any(g["powers"] & power and g["from"] <= date and (not g["until"] or date <= g["until"]) and g["level"] in levels
                    and self.within(territory, g["territory"]) for g in self.grants(self.author)),
                "competence", f"leaf {self.rec.leaf}: {self.author} has not power {power} on {date}")

    def holds(self, power, date):
        require(any(g["powers"] & power and g["from"] <= date and (not g["until"] or date <= g["until"]) for g in self.grants(self.author)),
                "competence", f"leaf {self.rec.leaf}: {self.author} holds not power {power} on {date}")

    def seat(self, account):
        return self.get(account_name(account))["territory"]

    def rule(self, ok, why):
        require(ok, "rule", f"leaf {self.rec.leaf} action {self.number}: {why}")

    def stated(self):
        return {"record": self.rec.id, "action": self.number}

    # -- accounts --

    def register_account(self, a, _):
        self.rule(is_agency(self.author) and a["account"] // 1_000_000 == self.author and a["account"] % 1_000_000, "number of the account")
        self.rule(a["kind"] != F.AGENCY_KIND, "an agency")
        self.role(1)
        self.competent(1, self.today, a["territory"])
        name = account_name(a["account"])
        self.rule(name not in self.values, "account is there")
        keys = [{"key": a["key"]["public_key"], "roles": a["key"]["roles"], "bound": 1, "retired": 0}] if a["key"] else []
        return {name: {"account": a["account"], "kind": a["kind"], "roles": a["roles"], "name": a["name"][a["name"]["choice"]], "territory": a["territory"],
                       "business": a["business_number"], "registrar": self.author, "stated": self.stated(), "epoch": len(keys), "keys": keys}}

    def own_keys(self, account):
        v = self.get(account_name(account))
        if account == self.author:
            self.role(8)
        else:
            self.rule(not is_agency(account), "an agency's keys")
            self.role(1)
            self.competent(1, self.today, v["territory"])
        v["epoch"] += 1
        return v

    def bind_key(self, a, _):
        v = self.own_keys(a["account"])
        self.rule(a["epoch"] == v["epoch"], "key epoch")
        self.rule(all(k["key"] != a["key"]["public_key"] for k in v["keys"]), "a key once more")
        v["keys"].append({"key": a["key"]["public_key"], "roles": a["key"]["roles"], "bound": v["epoch"], "retired": 0})
        return {account_name(a["account"]): v}

    def retire_key(self, a, _):
        v = self.own_keys(a["account"])
        keys = [k for k in v["keys"] if k["key"] == a["public_key"] and k["retired"] == 0]
        self.rule(keys, "no such key, or retired before")
        keys[0]["retired"] = v["epoch"]
        return {account_name(a["account"]): v}

    # -- products, lots --

    def register_product(self, a, _):
        producer, name = a["product"]["producer"], product_name(a["product"])
        if producer == self.author:
            self.role(4)
        else:
            self.role(1)
            self.competent(1, self.today, self.seat(producer))
        self.rule(name not in self.values, "product is there")
        self.rule(self.get(account_name(producer))["roles"] & PRODUCER, "account is no producer")
        return {name: {"product": a["product"], "name": a["name"][a["name"]["choice"]], "scheme": a["group"]["scheme"], "group": a["group"]["code"],
                       "unit": a["unit"], "gtin": a["gtin"], "origin": a["origin"], "registrar": self.author, "stated": self.stated(), "terms": []} | F.EARLIER[PRODUCT]}

    def set_picture(self, a, _):
        name = product_name(a["product"])
        v, producer = self.get(name), a["product"]["producer"]
        if producer == self.author:
            self.role(4)
        else:
            self.role(1)
            self.competent(1, self.today, self.seat(producer))
        picture = a["blob"] or bytes(32)
        self.rule(picture != v["picture"], "the same picture")
        return {name: v | {"picture": picture}}

    def inspect(self, a, _):
        name = product_name(a["product"]) if a["target"] == "product" else lot_name(F.named_lot(a["lot"]))
        product = a["product"] or a["lot"]["product"]
        self.role(2)
        self.rule(valid_date(a["date"]) and a["date"] <= self.today, "date of the inspection")
        self.competent(64, a["date"], self.seat(product["producer"]))
        v = self.get(name)
        return {name: v | {"inspections": F.inspected(v["inspections"], a["date"], a["outcome"])}}

    def register_lot(self, a, _):
        lot = F.named_lot(a["lot"])
        name = lot_name(lot)
        self.rule(lot["product"]["producer"] == self.author, "not the producer")
        self.role(4)
        self.rule(name not in self.values, "lot is there")
        out = {}
        if name in self.members:
            self.rule(valid_date(a["produced"]) and (not a["expires"] or valid_date(a["expires"])), "dates of the lot")
            self.rule(a["unit"] == self.get(product_name(lot["product"]))["unit"], "unit")
            out[name] = F.EARLIER[LOT] | {"lot": lot, "unit": a["unit"], "quantity": a["quantity"], "left": 0, "traded": 0, "produced": a["produced"],
                                          "expires": a["expires"], "yield": a["declared_yield"]}
            self.made_of(out[name], a["inputs"])
        for i in a["inputs"]:
            source = lot_name(F.named_lot(i["lot"]))
            if source in self.members:
                v = self.get(source)
                self.movable(v)
                self.rule(i["unit"] == v["unit"], "unit of an input")
                v["used"] += i["quantity"]
                self.produced(v)
                out[source] = v
        return out

    def made_of(self, v, inputs):
        """Inputs and yield of a new lot (§6.5), holdings aside."""
        self.rule(bool(inputs) == bool(v["yield"]), "yield and inputs")
        if not inputs:
            return
        sources = [self.get(lot_name(F.named_lot(i["lot"]))) for i in inputs]
        names = [lot_name(s["lot"]) for s in sources]
        self.rule(all(x < y for x, y in zip(names, names[1:])), "order of the inputs")
        self.rule({s["unit"] for s in sources} == {inputs[0]["unit"]} and all(s["produced"] <= v["produced"] for s in sources), "units or dates of the inputs")
        self.rule(v["quantity"] * 1000 <= sum(i["quantity"] for i in inputs) * v["yield"], "more than the inputs make")
        self.rule(v["yield"] <= 1000 or any(s["lot"]["product"] != v["lot"]["product"] for s in sources), "yield above the whole")
        v |= {"input_unit": inputs[0]["unit"], "inputs": [{"lot": s["lot"], "quantity": i["quantity"]} for s, i in zip(sources, inputs)]}
        self.rule(len(self.ancestors(v)) <= 64, "too many ancestors")

    def ancestors(self, v, height=None):
        """Names of all that a lot was made of, now or at a height."""
        found, waiting = set(), [v]
        while waiting:
            for i in waiting.pop()["inputs"]:
                name = lot_name(i["lot"])
                if name not in found:
                    found.add(name)
                    waiting.append(self.get(name) if height is None else self.at(name, height))
        return found

    def movable(self, v):
        status = [v["status"], *(self.values[n]["status"] for n in self.ancestors(v))]
        self.rule(not any(status), "a lot moves that is held or recalled, or made of such a lot")

    def produced(self, v):
        self.rule(v["left"] + v["used"] <= v["quantity"], "more has left and was used than was produced")

    def accept_sale(self, a, entries):
        self.role(4)
        self.rule(len(entries) == 1 and next(iter(entries))[0] == LOT, "accept_sale touches one lot")
        name, = entries
        v = self.get(name)
        self.movable(v)
        self.accepted[name] += 1
        v["traded"] = self.members[name].parsed["traded"]
        return {name: v}

    def outside_sale(self, a, _):
        self.role(4)
        name = lot_name(F.named_lot(a["goods"]["lot"]))
        if name not in self.members:
            return {}
        v = self.get(name)
        self.movable(v)
        v["left"] += a["goods"]["quantity"]
        self.produced(v)
        self.rule(a["goods"]["unit"] == v["unit"], "another unit")
        return {name: v}

    retail_sale = outside_sale

    def restrained(self, a):
        """The lot that an author may hold, release or recall, and why it is so from now on."""
        v = self.get(lot_name(F.named_lot(a["lot"])))
        if v["lot"]["product"]["producer"] == self.author:
            self.role(4)
        else:
            self.role(2)
            self.competent(4, self.today, self.seat(v["lot"]["product"]["producer"]))
            self.rule(a["document"], "an agency without a document")
        document = {k: a["document"][k] for k in NO_DOCUMENT} if a["document"] else NO_DOCUMENT
        return v, {"reason": a["reason"], "author": self.author, "date": self.today, "document": document}

    def hold_lot(self, a, _):
        v, restraint = self.restrained(a)
        over = v["status"] == 1 and is_agency(self.author) and not is_agency(v["restraint"]["author"])
        self.rule(v["status"] == 0 or over, "held or recalled already")
        return {lot_name(v["lot"]): v | {"status": 1, "restraint": restraint}}

    def release_lot(self, a, _):
        v, _ = self.restrained(a)
        self.rule(v["status"] == 1 and (is_agency(self.author) or not is_agency(v["restraint"]["author"])), "not held, or by an agency")
        return {lot_name(v["lot"]): v | {"status": 0, "restraint": None}}

    def recall_lot(self, a, _):
        v, restraint = self.restrained(a)
        self.rule(v["status"] != 2, "recalled already")
        return {lot_name(v["lot"]): v | {"status": 2, "restraint": restraint}}

    def apply_stamps(self, a, _):
        v = self.get(lot_name(F.named_lot(a["lot"])))
        self.rule(v["lot"]["product"]["producer"] == self.author, "not the producer")
        self.role(4)
        self.movable(v)
        terms = self.get(product_name(v["lot"]["product"]))["terms"]
        self.rule(any(t["from"] <= self.today <= t["last"] for t in terms), "no certificate counts today")
        v["stamps"].append({k: a[k] for k in ("first", "count", "per_stamp")})
        self.rule(len(v["stamps"]) <= 32 and F.stamped(v) <= v["quantity"], "more stamps than goods")
        return {lot_name(v["lot"]): v}

    # -- Decisions, certificates --

    def open_decision(self, a, _):
        d, name = a["decision"], decision_name(a["decision"])
        self.signed(d, a["date"])
        self.role(2)
        self.holds(2, a["date"])
        if a["historical"]:
            self.holds(16, self.today)
        document = {k: a["document"][k] for k in ("sha256", "size", "name")}
        stated = {"decision": d, "date": a["date"], "historical": int(a["historical"]), "document": document, "parts": a["parts"], "author": self.author}
        if name in self.values:
            v = self.get(name)
            self.rule(all(v[k] == stated[k] for k in stated), "parts that state different things")
        else:
            schemes = [s["id"] for n, s in self.values.items() if n[0] == SCHEME and s["from"] <= a["date"] and (not s["until"] or a["date"] <= s["until"])]
            self.rule(len(schemes) == 1, "rule set of the date")
            v = dict(stated, scheme=schemes[0], present=bytes(32))
        self.rule(a["part"] <= a["parts"], "part")
        present = int.from_bytes(v["present"], "big")
        self.rule(not present >> (a["part"] - 1) & 1, "part is there")
        v["present"] = (present | 1 << (a["part"] - 1)).to_bytes(32, "big")
        self.opened.add(name)
        return {name: v}

    def signed(self, decision, date):
        """A Decision is signed by its issuer, of the year of its date, and not dated ahead."""
        self.rule(decision["issuer"] == self.author, "not the issuer")
        self.rule(valid_date(date) and date // 10000 == decision["year"] and date <= self.today, "date of the Decision")

    def band(self, scheme, star):
        bands = [b for b in self.get((SCHEME, scheme.encode()))["bands"] if b["star"] == star]
        self.rule(bands, "star is not in the rule set")
        return bands[0]

    def may_certify(self, c):
        levels = [i for i in range(8) if self.band(c["scheme"], c["star"])["recognisers"] >> i & 1]
        self.competent(2, c["decided"], self.seat(c["product"]["producer"]), levels)

    def keeps_to_scheme(self, c):
        s = self.get((SCHEME, c["scheme"].encode()))
        self.rule(c["a"] <= s["a"] and c["b"] <= s["b"] and c["c"] <= s["c"] and c["a"] + c["b"] + c["c"] == c["total"], "scores")
        self.rule(c["star"] >= 3 and self.band(c["scheme"], c["star"])["lowest"] <= c["total"] and c["minimums"], "star")
        self.rule(valid_date(c["from"]) and valid_date(c["until"]), "dates of the certificate")
        self.rule(c["decided"] <= c["from"] <= c["until"] <= add_months(c["decided"], s["months"], s["days"]), "dates of the certificate")

    def settle(self, changed):
        """Last days of the certificates changed, their predecessors, and the terms of the product; drops what is as before."""
        for c in list(changed.values()):
            if c["predecessor"] != NONE:
                name = certificate_name(c["predecessor"])
                changed.setdefault(name, self.get(name))
        for c in changed.values():
            ends = [c["until"]]
            if c["successor"] != NONE:
                name = certificate_name(c["successor"])
                begin = (changed.get(name) or self.get(name))["from"]
                self.rule(c["from"] < begin, "a certificate does not begin after its predecessor")
                ends.append(day_before(begin))
            if c["revocation"]:
                ends.append(day_before(c["revocation"]["effective"]))
            c["last"] = min(ends)
        name = product_name(next(iter(changed.values()))["product"])
        product = self.get(name)
        for c in changed.values():
            term = {"certificate": c["certificate"], "from": c["from"], "last": c["last"]}
            at = [i for i, t in enumerate(product["terms"]) if t["certificate"] == c["certificate"]]
            if at:
                product["terms"][at[0]] = term
            else:
                product["terms"].append(term)
        days = sorted((t["from"], t["last"]) for t in product["terms"] if t["from"] <= t["last"])
        self.rule(all(a[1] < b[0] for a, b in zip(days, days[1:])), "two terms hold a common day")
        out = {n: c for n, c in changed.items() if c != self.values.get(n)}
        return out | ({name: product} if product != self.values[name] else {}), {name: product}

    def certify(self, a, _):
        certificate = to_certificate(a["certificate"])
        name, opened = certificate_name(certificate), decision_name(decision_of(certificate))
        self.rule(opened in self.opened, "the record has not opened the Decision")
        self.role(2)
        self.rule(name not in self.values, "certificate is there")
        d, scores = self.get(opened), a["scores"]
        c = {"certificate": certificate, "stated": self.stated(), "product": a["product"], "star": a["star"], "a": scores["a"], "b": scores["b"], "c": scores["c"],
             "total": scores["total"], "minimums": int(a["minimums_met"]), "scheme": d["scheme"], "group": a["group"], "decided": d["date"],
             "from": a["valid_from"], "until": a["valid_until"], "historical": d["historical"], "status": 1, "last": a["valid_until"],
             "predecessor": to_certificate(a["predecessor"]), "successor": dict(NONE), "corrections": 0, "revocation": None}
        self.keeps_to_scheme(c)
        self.may_certify(c)
        changed = {name: c}
        if c["predecessor"] != NONE:
            before = self.get(certificate_name(c["predecessor"]))
            self.rule(before["product"] == c["product"] and before["status"] == 1 and before["from"] < c["from"], "predecessor")
            before.update(status=3, successor=certificate)
            changed[certificate_name(c["predecessor"])] = before
        return self.settle(changed)[0]

    def revoke(self, a, _):
        name = certificate_name(to_certificate(a["certificate"]))
        c = self.get(name)
        self.signed(a["decision"], a["date"])
        self.role(2)
        issuer = c["certificate"]["issuer"]
        if issuer == self.author:
            self.holds(4, a["date"])
        else:
            highest = max((g["level"] for g in self.grants(issuer) if g["powers"] & 2), default=0)
            self.competent(4, a["date"], self.seat(c["product"]["producer"]), range(highest + 1, 8))
        self.rule(c["status"] != 2, "revoked before")
        self.rule(valid_date(a["effective"]) and c["decided"] <= a["date"] <= a["effective"], "dates of the revocation")
        c.update(status=2, revocation={"decision": a["decision"], "date": a["date"], "document": a["document"], "reason": a["reason"],
                                       "effective": a["effective"], "author": self.author, "leaf": self.rec.leaf})
        changed, product = self.settle({name: c})
        return {name: c} | product | {n: v for n, v in changed.items() if n[0] == CERTIFICATE}

    # -- corrections --

    def correct(self, a, _):
        return getattr(self, "correct_" + a["target"])(a)

    def change(self, a, v, fields):
        before = 0
        for c in a["changes"]:
            self.rule(c["field"] > before and c["field"] in fields, "fields of a correction")
            before, (place, kinds) = c["field"], fields[c["field"]]
            old, new = (self.field_value(c[side], kinds) for side in ("old", "new"))
            self.rule(v[place] == old, f"old value of {place}")
            self.rule(place not in LONGEST or len(new) <= LONGEST[place], f"length of {place}")
            v[place] = new
        self.rule(v["stated"] == {"record": a["wrong"]["record"], "action": a["wrong"]["action"]} if "stated" in v else True, "the action corrected")

    def field_value(self, value, kinds):
        choice = value["choice"]
        self.rule(choice in kinds, f"a value of kind {choice}")
        return "" if choice == "empty" else value[choice]

    def correct_certificate(self, a):
        name = certificate_name(to_certificate(a["certificate"]))
        c = self.get(name)
        star = c["star"]
        self.rule(c["certificate"]["issuer"] == self.author, "not the issuer")
        self.role(2)
        self.holds(8, self.today)
        self.rule(c["status"] != 2, "revoked")
        numbers = {i + 1: (place, ("number",)) for i, place in enumerate(("star", "a", "b", "c", "total", "from", "until"))}
        self.change(a, c, numbers | {8: ("group", ("text",))})
        c["corrections"] += 1
        self.keeps_to_scheme(c)
        if c["star"] != star:
            self.may_certify(c)
        return self.settle({name: c})[0]

    def correct_product(self, a):
        name = product_name(a["product"])
        v, producer = self.get(name), a["product"]["producer"]
        if producer == self.author:
            self.role(4)
            self.rule(v["registrar"] == producer and not v["terms"], "not the producer's to correct")
        else:
            self.rule(v["registrar"] in (self.author, producer), "not the registrar")
            self.role(1)
            self.competent(8, self.today, self.seat(producer))
        self.change(a, v, {16: ("name", ("text", "hash")), 17: ("origin", ("number",)), 18: ("gtin", ("text", "empty"))})
        return {name: v}

    def correct_account(self, a):
        name = account_name(a["account"])
        v = self.get(name)
        self.rule(not is_agency(a["account"]) and v["registrar"] == self.author, "not the registrar")
        self.role(1)
        self.competent(8, self.today, v["territory"])
        self.change(a, v, {16: ("name", ("text", "hash")), 17: ("territory", ("number",)), 19: ("business", ("text", "empty")), 20: ("kind", ("number",))})
        self.rule(2 <= v["kind"] <= 7, "another kind of account")
        self.competent(8, self.today, v["territory"])
        return {name: v}

    # -- what a verdict needs --

    def at(self, name, height):
        return next((v for h, v in reversed(self.versions.get(name, [])) if h <= height), None)


def json_copy(v):
    """A deep copy of dicts and lists."""
    if isinstance(v, dict):
        return {k: json_copy(x) for k, x in v.items()}
    return [json_copy(x) for x in v] if isinstance(v, list) else v


# ---- closure (§13.3) ----------------------------------------------------------------------------------------------

def needs(m, versions):
    kind, v = m.name[0], m.parsed
    out = []
    if kind == PRODUCT:
        out += [account_name(v["product"]["producer"]), (SCHEME, v["scheme"].encode()), *(certificate_name(t["certificate"]) for t in v["terms"])]
    elif kind == CERTIFICATE:
        issuer = v["certificate"]["issuer"]
        out += [product_name(v["product"]), decision_name(decision_of(v["certificate"])), (SCHEME, v["scheme"].encode()), account_name(issuer), authority_name(issuer)]
        out += [certificate_name(v[k]) for k in ("predecessor", "successor") if v[k] != NONE]
    elif kind == DECISION:
        issuer = v["decision"]["issuer"]
        out += [account_name(issuer), authority_name(issuer), (SCHEME, v["scheme"].encode())]
    elif kind == LOT:
        out += [product_name(v["lot"]["product"]), *(lot_name(i["lot"]) for i in v["inputs"])]
    elif kind == ACCOUNT:
        out += [(TERRITORY, u32(version["territory"])) for _, version in versions]
    elif kind == TERRITORY and v["parent"]:
        out += [(TERRITORY, u32(v["parent"]))]
    for e in m.entries:
        if e.record:
            out += [account_name(e.record.author)] + ([authority_name(e.record.author)] if is_agency(e.record.author) else [])
    return out


def check_closure(p, versions):
    members, reached, todo = {m.name: m for m in p.members}, set(), [p.subject]
    while todo:
        name = todo.pop()
        if name in reached:
            continue
        require(name in members, "closure", f"kind {name[0]} id {name[1].hex()} is missing")
        reached.add(name)
        todo += needs(members[name], versions.get(name, []))
    extra = members.keys() - reached
    require(not extra, "closure", f"{len(extra)} members without need")


# ---- verdicts (§13.4) ---------------------------------------------------------------------------------------------

def standing(c, date):
    if c["from"] <= date <= c["last"]:
        return "in_force"
    if c["status"] == 2:
        return "revoked"
    if date < c["from"]:
        return "not_yet_in_force"
    return "superseded" if c["status"] == 3 and date <= c["until"] else "expired"


def verdict_of_product(product, certificates, date):
    """(word, certificate or None)"""
    terms = [certificates[certificate_name(t["certificate"])] for t in product["terms"]]
    if not terms:
        return "not_certified", None
    force = [c for c in terms if standing(c, date) == "in_force"]
    if force:
        return "in_force", force[-1]
    begun = [c for c in terms if c["from"] <= date]
    if begun:
        latest = max(c["from"] for c in begun)
        c = [c for c in begun if c["from"] == latest][-1]
        word = standing(c, date)
        return "expired" if word == "superseded" else word, c
    coming = [c for c in terms if c["status"] != 2]
    c = (coming or terms)[-1]
    return standing(c, date), c


def verdict(p, replay, date, height):
    subject = replay.at(p.subject, height)
    if subject is None:
        return "unknown", None
    if p.kind == 2:
        return standing(subject, date), subject
    product = subject if p.kind == 1 else replay.at(product_name(subject["lot"]["product"]), height)
    certificates = {n: replay.at(n, height) for n in replay.members if n[0] == CERTIFICATE}
    word, c = verdict_of_product(product, certificates, date)
    if p.kind == 3:
        status = {subject["status"], *(replay.at(n, height)["status"] for n in replay.ancestors(subject, height))}
        word = "recalled" if 2 in status else "held" if 1 in status else word
    return word, c


def verify_receipt(raw, trust, now, date, height=None):
    with naming("format"):
        p = read_receipt(raw)
    trust, at = trust.take(p.head, p.seal, p.path, p.handovers, now)
    chain = trust.doc.chain
    check_records(p, chain)
    out = {"verify": "ok", "head": p.seal.height, "size": p.head.size, "epoch": trust.doc.number, "cosigned": at}
    if p.kind == 4:
        check_place(p)
        rec = p.records[0]
        return out | {"verdict": "recorded", "record": rec.id.hex(), "action": next(iter(rec.actions)), "author": rec.author, "leaf": rec.leaf, "height": rec.height}
    check_members(p, chain)
    replay = Replay(p)
    check_closure(p, replay.versions)
    height = p.as_of if height is None else height
    require(height <= p.seal.height, "format", "as-of height above the seal's")
    word, c = verdict(p, replay, date, height)
    out |= {"verdict": word, "date": date, "as_of_height": height}
    if c:
        k = c["certificate"]
        out |= {"certificate": f"{k['issuer']}:{k['year']}:{k['number']}:{k['item']}", "star": c["star"], "from": c["from"], "until": c["last"]}
    return out


def check_place(p):
    """§13.5: the record's entry stands in its author's activity."""
    rec, place = p.records[0], p.place
    require(p.subject[1] == u64(rec.author), "format", "subject is not the author's activity")
    with naming("state"):
        F.read_subject(*p.subject, place.value)
    require(fold_state(p.proof, [state_leaf(p.subject, place.value, place.n, place.root)]) == p.seal.state, "state", "of the activity")
    entry = u64(rec.leaf) + u64(rec.height) + u64(rec.time) + rec.id + u16(F.WHOLE) + rec.root + place.after
    require(fold(place.number, place.n, H(b"\x20", entry), place.path, 0x21) == place.root, "history", "of the activity")


# ---- record receipts (§13.1) --------------------------------------------------------------------------------------

def verify_record(raw, trust, now, record=None):
    p = read_proof(raw)
    require(p.extra[:1] == b"\x01", "format", "version of the extra data")
    leaf = p.extra[1:]
    at = trust.certified(p.head, now)
    require(fold(p.index, p.head.size, F.log_leaf(leaf), p.path) == p.head.root, "path", "of the record")
    out = {"verify": "ok", "size": p.head.size, "epoch": trust.doc.number, "cosigned": at, "leaf": p.index}
    if leaf[:1] == u8(F.REFUSALS):
        with naming("format"):
            height, rows = F.read_refusals(leaf)
        rows = [r for r in rows if record in (None, r.record.hex())]
        require(rows, "record", "no row of the record")
        return out | {"verdict": "refused", "height": height, "records": {r.record.hex(): r.reason for r in rows}}
    with naming("signature"):
        rec = F.read_record(leaf, trust.doc.chain)
    with naming("action"):
        for action in rec.actions:
            SCHEMA.decode("Action", action, min(rec.schema, F.PROTOCOL))
    require(record in (None, rec.id.hex()), "record", "another record")
    return out | {"verdict": "recorded", "record": rec.id.hex(), "author": rec.author, "actions": rec.count}


# ---- evidence (§12) -----------------------------------------------------------------------------------------------

def read_evidence(raw):
    require(len(raw) <= 8 << 20, "format", "longer than 8 MiB")
    r = Reader(raw)
    F.same("magic", EVIDENCE, r.take(8))
    F.same("version", 1, r.uint(1))
    e = SimpleNamespace(kind=r.uint(1))
    require(e.kind in (1, 2, 3, 4), "format", "kind of evidence")
    e.handovers = [read_handover(r.take(r.uint(4)), once=True) for _ in range(count(r, 2, 1000))]
    F.same("epochs of the handovers", list(range(1, len(e.handovers) + 1)), [h.number for h in e.handovers])
    if e.kind == 1:
        e.drafts = [(r.take(134), r.take(64)) for _ in range(2)]
    elif e.kind in (2, 3):
        e.agency, e.a, e.b, e.root = r.uint(8), read_head(r.take(r.uint(4)), once=True), read_head(r.take(r.uint(4)), once=True), r.take(32)
        e.proof = [r.take(32) for _ in range(count(r, 1, 64))]
    else:
        e.promise, e.signature = r.take(97), r.take(64)
        e.file, e.state, frontier = read_proof(r.take(r.uint(4)), once=True), Reader(r.take(r.uint(4))), Reader(r.take(r.uint(4)))
        e.entries = [r.take(122) for _ in range(count(r, 4, 10000))]
        e.seal = read_seal(e.file.extra)
        require(e.file.index == e.file.head.size - 1, "format", "index of the seal")
        e.frontier = Tree(0x20)
        e.frontier.size = frontier.uint(8)
        e.frontier.peaks = [frontier.take(32) for _ in range(bin(e.frontier.size).count("1"))]
        frontier.finish()
    r.finish()
    return e


def verify_evidence(raw, trust, now):
    with naming("format"):
        e = read_evidence(raw)
    walked, ends = [trust], []
    for h in e.handovers:
        if h.number > trust.doc.number:
            trust = trust.walk(h, now)
            walked.append(trust)
            ends.append(h.head.size)
    require(now <= trust.since + trust.doc.trust, "trust", "trust period over")
    doc = trust.doc
    out = {"verify": "ok", "epoch": doc.number}
    return out | [None, show_proposer, show_validator, show_diverged, show_breach][e.kind](e, doc, trust, now, walked, ends)


def show(ok, why):
    require(ok, "evidence", why)


def show_proposer(e, doc, *_):
    drafts = []
    for header, signature in e.drafts:
        with naming("format"):
            d = F.read_seal(b"\x02\x01" + bytes(429 - 2 - 198) + header + signature).draft
            F.demand(d.version == 1 and d.flags <= 1 and d.count <= 1024, "draft header", "its bounds", "others")
        drafts.append(d)
    a, b = drafts
    require(H(b"\x41", e.drafts[0][0]) < H(b"\x41", e.drafts[1][0]), "format", "order of the drafts")
    show(a.chain == b.chain == doc.chain and (a.proposer, a.term, a.sequence) == (b.proposer, b.term, b.sequence), "two drafts of different places")
    keys = [v["node"] for v in doc.validators if v["agency"] == a.proposer]
    show(keys, "not a validator")
    for header, signature in e.drafts:
        show(F.ed25519_verify(keys[0], pae("draft-header", header), signature), "signature of a draft")
    return {"verdict": "proposer", "agency": a.proposer}


def show_validator(e, doc, *_):
    require((e.a.size, e.a.root) < (e.b.size, e.b.root), "format", "order of the heads")
    for head in (e.a, e.b):
        show(e.agency in verify_head(head, doc)[0], "not cosigned by the agency")
    show(consistent(e.a.size, e.root, e.b.size, e.b.root, e.proof) and e.root != e.a.root, "no contradiction")
    return {"verdict": "validator", "agency": e.agency}


def show_diverged(e, doc, trust, now, *_):
    show(e.agency in verify_head(e.a, doc)[0], "not cosigned by the agency")
    certify(e.b, doc, trust.since, now)
    show(e.agency in [v["agency"] for v in doc.validators] and e.agency not in verify_head(e.b, doc)[0], "the certified head is the agency's as well")
    small, large = (e.a, e.b) if e.a.size < e.b.size else (e.b, e.a)
    if e.a.size == e.b.size:
        small, large = e.a, e.b
    show(consistent(small.size, e.root, large.size, large.root, e.proof) and e.root != small.root, "no contradiction")
    return {"verdict": "diverged", "agency": e.agency}


def asked_leaf(r, key):
    """State root of a proof of one key, and its leaf (n, history root), or None where it is absent."""
    F.same("version of the state proof", 1, r.uint(1))
    if r.data[1:] == b"\x00":
        return F.ZERO32, None
    path, kind = [], r.uint(1)
    while kind != 1:
        require(kind in (2, 3), "format", "node of the state proof")
        position = r.uint(1)
        require(not path or position > path[-1][0], "format", "positions of the state proof")
        path.append((position, kind, None if kind == 2 else r.take(32)))
        kind = r.uint(1)
    leaf = r.take(32) + r.take(32) + r.take(8) + r.take(32)
    root = H(b"\x30", leaf)
    for position, kind, left in reversed(path):
        require(bit(key, position) == bit(leaf, position) == kind - 2, "state", "leaf on the wrong side")
        right = r.take(32) if kind == 2 else None
        root = H(b"\x31", u16(position), *((root, right) if kind == 2 else (left, root)))
    r.finish()
    return root, (int.from_bytes(leaf[64:72], "big"), leaf[72:]) if leaf[:32] == key else None


def show_breach(e, doc, trust, now, walked, ends):
    with naming("format"):
        r = Reader(e.promise)
        F.same("promise version", 1, r.uint(1))
        chain, receiver, record, author, size, deadline = r.take(32), r.uint(8), r.take(32), r.uint(8), r.uint(8), r.uint(8)
        root, leaf = asked_leaf(e.state, F.state_key(ACTIVITY, u64(author)))
    show(chain == doc.chain, "promise of another ledger")
    keys = [v["node"] for i, t in enumerate(walked) if i == len(ends) or ends[i] >= size for v in t.doc.validators if v["agency"] == receiver]
    show(any(F.ed25519_verify(key, pae("acceptance-promise", e.promise), e.signature) for key in keys), "signature of the promise")
    head = e.file.head
    speaks(e.seal, head, e.file.path)
    show(e.seal.chain == doc.chain and e.seal.policy == doc.hash, "seal of another epoch")
    certify(head, doc, trust.since, now)
    require(root == e.seal.state, "state", "not the seal's state root")
    n, history = leaf or (0, H())
    show(e.frontier.size + len(e.entries) == n, "number of entries")
    show(e.frontier.size == 0 or e.entries and int.from_bytes(e.entries[0][:8], "big") < size, "entries do not reach back to the promise")
    for entry in e.entries:
        e.frontier.append(entry)
    require(n == 0 or e.frontier.root() == history, "history", "of the activity")
    show(head.size >= size and e.seal.time > deadline, "head before the deadline")
    show(all(entry[24:56] != record for entry in e.entries), "the record is there")
    return {"verdict": "breach", "agency": receiver}


# ---- the command --------------------------------------------------------------------------------------------------

def verify(raw, trust, now, date, height=None, record=None, handovers=()):
    if raw.startswith(RECEIPT):
        return verify_receipt(raw, trust, now, date, height)
    if raw.startswith(EVIDENCE):
        return verify_evidence(raw, trust, now)
    require(raw.startswith(PROOF), "format", "not a file of this ledger")
    extra = read_proof(raw).extra
    if extra[:1] == u8(F.SEAL):  # a head with the seal that speaks for it
        return verify_sealed(raw, trust, now, handovers)
    if extra[3:4] == b"\x01":  # version of the policy document; records have a key there
        walked = trust.walk(read_handover(raw), now)
        return {"verify": "ok", "verdict": "handover", "epoch": walked.doc.number, "since": walked.since}
    return verify_record(raw, trust, now, record)


def verify_sealed(raw, trust, now, handovers):
    p = read_proof(raw)
    seal = read_seal(p.extra)
    require(p.index == p.head.size - 1, "format", "index of the seal")
    trust, at = trust.take(p.head, seal, p.path, handovers, now)
    return {"verify": "ok", "verdict": "head", "head": seal.height, "size": p.head.size, "epoch": trust.doc.number, "since": trust.since, "cosigned": at}


def loose(raw):
    """Bytes at which a flip may be accepted, because nothing signs them.

    The as-of height of a receipt is a question (§13.2). Name and key id of a signature line: the line becomes one of an unknown key, which
    is ignored (§11.2), and the head stands if those left are enough. Handovers to epochs not after the one believed are passed over (§11.6).
    """
    out, heads = set(), []
    if raw.startswith(RECEIPT):
        p = read_receipt(raw)
        out |= set(range(p.as_of_at, p.as_of_at + 8))
        heads = [p.head, *(h.head for h in p.handovers)]
    elif raw.startswith(EVIDENCE):
        e = read_evidence(raw)
        heads = [h.head for h in e.handovers] + ([e.a, e.b] if e.kind in (2, 3) else [e.file.head] if e.kind == 4 else [])
    else:
        heads = [read_proof(raw).head]
    for head in heads:
        at = raw.index(head.raw) + len(head.text) + 1
        for line in head.raw[len(head.text) + 1:].split(b"\n")[:-1]:
            name = at + len("— ".encode())
            key = raw.index(b" ", name) + 1
            out |= set(range(name, key - 1)) | set(range(key, key + 6))  # 32 bits are 5⅓ characters
            at += len(line) + 1
    return out


def selftest(raw, run, step):
    """Flips one bit of each byte, or of every step-th, and demands refusal; returns the number of flips and the places of those accepted."""
    run(raw)
    allowed, accepted, places = loose(raw), [], range(0, len(raw), step)
    for i in places:
        try:
            run(raw[:i] + bytes([raw[i] ^ 1 << (i * 5 + len(raw)) % 8]) + raw[i + 1:])
        except Refused:
            continue
        require(i in allowed, "selftest", f"byte {i}: a flip is accepted")
        accepted.append(i)
    return len(places), accepted


def main():
    parser = argparse.ArgumentParser(description="verify receipts and evidence from FORMAT.md alone")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--policy", type=Path, required=True, help="genesis, policy or handover file that is believed")
    parser.add_argument("--since", type=int, help="moment at which the policy file was handed over as current, Unix seconds; default: now")
    parser.add_argument("--date", type=int, help="verdict on this date, yyyymmdd; default: that of now")
    parser.add_argument("--now", type=int, default=int(time.time()), help="Unix seconds")
    parser.add_argument("--as-of", type=int, dest="height", help="verdict as of this height; default: the receipt's")
    parser.add_argument("--record", help="the record receipt must be of this record")
    parser.add_argument("--handover", type=Path, action="append", default=[], help="with a head: handover file of an epoch, in order")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--selftest", action="store_true", help="flip bytes in memory and demand that each flip is refused")
    parser.add_argument("--step", type=int, default=1, help="with --selftest: only every STEP-th byte")
    args = parser.parse_args()
    date = args.date or local_date(args.now * 1000)
    try:
        trust = pinned(args.policy.read_bytes(), args.now, args.since)
        handovers = [read_handover(path.read_bytes()) for path in args.handover]
        for path in args.files:
            raw = path.read_bytes()
            run = lambda data: verify(data, trust, args.now, date, args.height, args.record, handovers)
            out = run(raw)
            if args.selftest:
                start = time.monotonic()
                flips, accepted = selftest(raw, run, args.step)
                out |= {"flips": flips, "accepted": accepted, "seconds": round(time.monotonic() - start)}
            if args.json:
                print(json.dumps(out, ensure_ascii=False))
            else:
                print(f"{path.name}: {out['verdict']}, {out['flips']} flips, {len(out['accepted'])} accepted" if args.selftest else out["verdict"])
        return 0
    except Refused as refused:
        print(json.dumps({"verify": refused.word, "why": str(refused)}, ensure_ascii=False) if args.json else refused.word)
        print(refused, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
