#!/usr/bin/env python3
"""Second implementation of the ledger format, written from ledger/FORMAT.md and the .proto files alone.

    verify_format.py DIR               check DIR/genesis.bin, leaves.txt and expected.json, of protocol version 1, 2, 3 or 4
    verify_format.py --selftest DIR    also flip bits in memory and demand that each flip is noticed

Checked, in this order, until the first difference:

 (a) genesis file: framing, canonical body, chain id, proofs of possession, countersignatures;
 (b) policy document of epoch 0, derived from the body, and of every later epoch, derived from rotations and votes; validator keys, nodes,
     proposals and parameters likewise; lots, serial numbers and contacts, and pictures and inspections of products, from the actions on them;
 (c) records: framing, bounds, key id, actions root, record id, signature, canonical protobuf of every action
     against the tables of the .proto files, proofs of possession of the keys that the actions bring, validators' included;
 (d) refusals leaves: framing, height, rows; no record id accepted or refused twice;
 (e) seals: every field, the chain of previous seals, size and root before, block time, the proposer's signature,
     under the key of the block's epoch, policy and next policy, the chain of drafts as far as the leaves show it, the draft
     records hash where the whole draft was accepted;
 (f) subjects of genesis, derived from the body, against the changes of block 0;
 (g) state: each block's changes from expected.json: value encodings, ids, value hashes, history entries and roots,
     state keys, and the root of the trie against the seal's;
 (h) activity: derived from the records and refusals alone, entry by entry;
 (i) author keys: bound to the author's account in the state;
 (j) expected.json: every number in it against the one computed here, commitments and key possession included.

Nothing here is taken from the other implementation. Changes of state come from expected.json, since FORMAT.md does not say
what every action does to a subject, those of rotations, nodes, proposals and votes (§6.4) and of lots, stamps, inspections and contacts (§6.5)
excepted; everything that follows from them is computed.
"""
import argparse
import datetime
import functools
import hashlib
import json
import re
import sys
import time
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

PROTO = Path(__file__).resolve().parent.parent / "proto" / "ocop"
RECORD, SEAL, REFUSALS = 1, 2, 3
PROTOCOL = 4  # the newest version known here
FIRST_DAY = 19000101
AGENCY_KIND = 1  # ACCOUNT_KIND_AGENCY
AGENCY_ROLE = 4  # the bit after producer (1) and trader (2)
WHOLE = 0xFFFF  # action number that stands for the record as a whole
ZERO32 = bytes(32)


# ---- differences --------------------------------------------------------------------------------------------------

class Difference(Exception):
    def __init__(self, field, want, got):
        self.field, self.want, self.got, self.places = field, want, got, []

    def __str__(self):
        show = lambda v: v.hex() if isinstance(v, bytes) else v
        return ": ".join(self.places + [f"{self.field}: want {show(self.want)}, got {show(self.got)}"])


@contextmanager
def at(place):
    """Names the place of a difference found inside."""
    try:
        yield
    except Difference as d:
        d.places.insert(0, place)
        raise


def same(field, want, got):
    if want != got:
        raise Difference(field, want, got)


def demand(ok, field, want, got):
    if not ok:
        raise Difference(field, want, got)


def ascending(field, values):
    values = list(values)
    demand(all(a < b for a, b in zip(values, values[1:])), field, "ascending, none twice", values)


# ---- bytes --------------------------------------------------------------------------------------------------------

def u(n, width):
    return n.to_bytes(width, "big")


def u8(n): return u(n, 1)
def u16(n): return u(n, 2)
def u32(n): return u(n, 4)
def u64(n): return u(n, 8)


def text8(s):
    raw = s.encode()
    return u8(len(raw)) + raw


class Reader:
    """Reads big-endian fields; finish() demands that no bytes are left over."""

    def __init__(self, data):
        self.data, self.pos = data, 0

    def take(self, n, field="bytes"):
        demand(self.pos + n <= len(self.data), field, f"{n} bytes", f"{len(self.data) - self.pos} left")
        self.pos += n
        return self.data[self.pos - n:self.pos]

    def uint(self, width, field="number"):
        return int.from_bytes(self.take(width, field), "big")

    def text(self, n, field="text"):
        raw = self.take(n, field)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Difference(field, "UTF-8", raw) from None

    def left(self):
        return len(self.data) - self.pos

    def finish(self):
        same("bytes left over", 0, self.left())


# ---- hashes (§1) --------------------------------------------------------------------------------------------------

def H(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def pae(kind, body):
    name = f"application/vnd.ocop.{kind}.v1".encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(body), body)


class Tree:
    """RFC 6962 root of a growing list. Leaves are hashed with the prefix, nodes with the prefix + 1."""

    def __init__(self, prefix, leaves=()):
        self.prefix, self.size, self.peaks = prefix, 0, []  # peaks: roots of the full subtrees, largest first
        for leaf in leaves:
            self.append(leaf)

    def append(self, leaf):
        self.peaks.append(H(u8(self.prefix), leaf))
        self.size += 1
        for _ in range((self.size & -self.size).bit_length() - 1):  # one merge for each trailing zero bit
            right, left = self.peaks.pop(), self.peaks.pop()
            self.peaks.append(H(u8(self.prefix + 1), left, right))

    def root(self):
        if not self.peaks:
            return H()
        root = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            root = H(u8(self.prefix + 1), left, root)
        return root

    def copy(self):
        other = Tree(self.prefix)
        other.size, other.peaks = self.size, list(self.peaks)
        return other


def log_leaf(leaf): return H(b"\x00", leaf)
def value_hash(value): return H(b"\x33", value)
def state_key(kind, ident): return H(b"\x32", u8(kind), ident)
def key_id(public_key): return H(public_key)[:8]


def trie_root(leaves):
    """Root of the state map (§6.1); leaves: state key → state leaf hash."""
    keys = sorted(leaves)

    def root(lo, hi):
        if hi - lo == 1:
            return leaves[keys[lo]]
        # In sorted order the first and the last key part at the lowest bit at which not all agree.
        p = 256 - (int.from_bytes(keys[lo], "big") ^ int.from_bytes(keys[hi - 1], "big")).bit_length()
        mid = next(i for i in range(lo, hi) if keys[i][p // 8] >> (7 - p % 8) & 1)
        return H(b"\x31", u16(p), root(lo, mid), root(mid, hi))

    return root(0, len(keys)) if keys else ZERO32


# ---- signatures ---------------------------------------------------------------------------------------------------
# Results are remembered, because the self-test verifies the same good signatures again and again.

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8, 1)


def jacobian_double(a):
    x, y, z = a
    yy = y * y % P
    s, m = 4 * x * yy % P, 3 * x * x
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * yy * yy) % P, 2 * y * z % P


def jacobian_add(a, b):
    if not a[2] or not b[2]:
        return b if not a[2] else a
    aa, bb = a[2] * a[2] % P, b[2] * b[2] % P
    u1, u2 = a[0] * bb % P, b[0] * aa % P
    s1, s2 = a[1] * bb * b[2] % P, b[1] * aa * a[2] % P
    h, r = u2 - u1, s2 - s1
    if h % P == 0:
        return jacobian_double(a) if r % P == 0 else (1, 1, 0)
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, h * a[2] * b[2] % P


@functools.lru_cache(None)
def secp256k1_point(public_key):
    """The point of a compressed key, or None."""
    if len(public_key) != 33 or public_key[0] not in (2, 3):
        return None
    x = int.from_bytes(public_key[1:], "big")
    square = (x * x * x + 7) % P
    y = pow(square, (P + 1) // 4, P)
    if x >= P or y * y % P != square:
        return None
    return x, y if y & 1 == public_key[0] & 1 else P - y, 1


@functools.lru_cache(None)
def secp256k1_verify(public_key, message, signature):
    q = secp256k1_point(public_key)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if q is None or len(signature) != 64 or not 1 <= r < N or not 1 <= s <= N // 2:
        return False
    w = pow(s, -1, N)
    a, b = int.from_bytes(H(message), "big") * w % N, r * w % N
    choice = (None, G, q, jacobian_add(G, q))
    point = (1, 1, 0)
    for i in range(255, -1, -1):  # a·G and b·Q in one pass
        point = jacobian_double(point)
        which = (a >> i & 1) | (b >> i & 1) << 1
        if which:
            point = jacobian_add(point, choice[which])
    return point[2] != 0 and point[0] * pow(point[2], -2, P) % P % N == r


Q = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q
ROOT = pow(2, (Q - 1) // 4, Q)


def edwards_point(raw):
    """RFC 8032 §5.1.3, in extended coordinates, or None."""
    y, sign = int.from_bytes(raw, "little") & (1 << 255) - 1, raw[31] >> 7
    if y >= Q:
        return None
    num, den = (y * y - 1) % Q, (D * y * y + 1) % Q
    x = num * pow(den, 3, Q) * pow(num * pow(den, 7, Q), (Q - 5) // 8, Q) % Q
    if (den * x * x - num) % Q:
        x = x * ROOT % Q
    if (den * x * x - num) % Q or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else Q - x
    return x, y, 1, x * y % Q


def edwards_add(a, b):
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % Q, (a[1] + a[0]) * (b[1] + b[0]) % Q
    c, d = 2 * D * a[3] * b[3] % Q, 2 * a[2] * b[2] % Q
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % Q, g * h % Q, f * g % Q, e * h % Q


BASE = edwards_point((4 * pow(5, -1, Q) % Q).to_bytes(32, "little"))


@functools.lru_cache(None)
def large_order(public_key):
    """Whether a key is a point whose eightfold is not the neutral one."""
    point = edwards_point(public_key)
    for _ in range(3 if point else 0):
        point = edwards_add(point, point)
    return point is not None and (point[0] % Q != 0 or (point[1] - point[2]) % Q != 0)


@functools.lru_cache(None)
def ed25519_verify(public_key, message, signature):
    """RFC 8032 without the cofactor: R must be the very encoding of [S]B − [k]A."""
    a, s = edwards_point(public_key), int.from_bytes(signature[32:], "little")
    if a is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % L
    minus = (Q - a[0], a[1], 1, Q - a[3])
    choice = (None, BASE, minus, edwards_add(BASE, minus))
    point = (0, 1, 1, 0)
    for i in range(252, -1, -1):
        point = edwards_add(point, point)
        which = (s >> i & 1) | (k >> i & 1) << 1
        if which:
            point = edwards_add(point, choice[which])
    z = pow(point[2], -1, Q)
    x, y = point[0] * z % Q, point[1] * z % Q
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# ---- schema: the .proto files as tables ---------------------------------------------------------------------------

class Schema:
    """Messages and enums of the .proto files with their options; decode() accepts only canonical bytes (§5)."""

    TOKEN = re.compile(r'\s+|//[^\n]*|("[^"]*"|[A-Za-z_][\w.]*|\d+|[{}\[\]()=;,])')

    def __init__(self, folder):
        self.messages, self.enums, self.options = {}, {}, set()
        for path in [folder / "options/v1/options.proto", *sorted((folder / "record/v1").glob("*.proto"))]:
            text, pos, self.tokens = path.read_text(), 0, []
            while pos < len(text):
                match = self.TOKEN.match(text, pos)
                demand(match, path.name, "a token", text[pos:pos + 20])
                pos = match.end()
                if match[1]:
                    self.tokens.append(match[1])
            while self.tokens:
                self.statement()
        for message in self.messages.values():
            for field in message.fields.values():
                self.classify(message, field)

    def classify(self, message, field):
        known = ("bool", "uint32", "uint64", "string", "bytes")
        field.wire = 0 if field.type in self.enums or field.type in known[:3] else 2
        demand(field.type in known or field.type in self.enums or field.type in self.messages,
               f"{message.name}.{field.name}", "a known type", field.type)
        demand(set(field.options) <= self.options, f"{message.name}.{field.name}", "declared options", field.options)
        # options.proto calls these mandatory; without them a bound would be silently missing.
        demand("since" in field.options, f"{message.name}.{field.name}", "since", "none")
        if field.type in ("string", "bytes"):
            demand("len" in field.options or "max_bytes" in field.options, f"{message.name}.{field.name}", "len", "none")
        demand((field.type == "string") == ("text" in field.options), f"{message.name}.{field.name}", "text", "other")
        demand(field.repeated == ("max_items" in field.options), f"{message.name}.{field.name}", "max_items", "other")

    def next(self, *want):
        token = self.tokens.pop(0)
        demand(not want or token in want, "proto", want, token)
        return token

    def statement(self):
        word = self.next()
        if word == "message":
            message = SimpleNamespace(name=self.next(), fields={}, oneofs={}, options={})
            self.messages[message.name] = message
            self.body(lambda: self.member(message, None))
        elif word == "enum":
            values = self.enums[self.next()] = {}
            self.body(lambda: self.enum_value(values))
        elif word == "extend":
            self.next()
            self.body(self.extension)
        else:  # syntax, package, import, option go_package
            while self.next() != ";":
                pass

    def body(self, member):
        self.next("{")
        while self.tokens[0] != "}":
            member()
        self.next("}")

    def extension(self):
        self.next()
        self.options.add(self.next())
        while self.next() != ";":
            pass

    def enum_value(self, values):
        name = self.next()
        self.next("=")
        number = int(self.next())
        values[number] = (name, self.bracketed().get("value_since", 1))

    def member(self, message, oneof):
        word = self.next()
        if word == "option":
            target = message.oneofs[oneof] if oneof else message.options
            target.update([self.option()])
            self.next(";")
        elif word == "oneof":
            name = self.next()
            message.oneofs[name] = {}
            self.body(lambda: self.member(message, name))
        else:
            repeated = word == "repeated"
            kind, name = self.next() if repeated else word, self.next()
            self.next("=")
            number = int(self.next())
            message.fields[number] = SimpleNamespace(
                name=name, number=number, type=kind, repeated=repeated, oneof=oneof, options=self.bracketed())

    def option(self):
        self.next("(")
        name = self.next().removeprefix("ocop.options.v1.")
        self.next(")")
        self.next("=")
        value = self.next()
        return name, int(value) if value.isdigit() else {"true": True, "false": False}.get(value, value)

    def bracketed(self):
        options = {}
        if self.next("[", ";") == "[":
            options.update([self.option()])
            while self.next(",", "]") == ",":
                options.update([self.option()])
            self.next(";")
        return options

    # -- canonical bytes --

    def decode(self, name, data, version, depth=1):
        """Fields of a message as a dict; absent ones have their default. version: the lower of schema and protocol."""
        message, reader, out, last = self.messages[name], Reader(data), {}, 0
        demand(depth <= 8, name, "at most 8 messages deep", depth)
        for field in message.fields.values():
            default = {"string": "", "bytes": b"", "bool": False}.get(field.type, None if field.type in self.messages else 0)
            out[field.name] = [] if field.repeated else default
        present = set()
        while reader.left():
            tag = varint(reader, 32, "tag")
            number, field = tag >> 3, message.fields.get(tag >> 3)
            demand(field and field.options["since"] <= version, name, "known fields", f"field {number}")
            with at(f"{name}.{field.name}"):
                again = number == last and field.repeated and field.wire == 2  # elements that are not packed
                demand(number > last or again, "order", f"above {last}", number)
                packed = field.repeated and field.wire == 0
                same("wire type", 2 if packed else field.wire, tag & 7)
                if packed:
                    inner = Reader(reader.take(varint(reader, 32, "length"), "packed"))
                    demand(inner.left(), "packed", "not empty", "empty")
                    while inner.left():
                        out[field.name].append(self.number(field, inner, version))
                elif field.wire == 0:
                    out[field.name] = self.number(field, reader, version)
                else:
                    raw = reader.take(varint(reader, 32, "length"), "content")
                    value = self.content(field, raw, version, depth)
                    if field.repeated:
                        out[field.name].append(value)
                    else:
                        out[field.name] = value
                if field.repeated:
                    demand(len(out[field.name]) <= field.options["max_items"], "items", field.options["max_items"], "more")
            last = number
            present.add(number)
        for field in message.fields.values():
            demand(field.number in present or not field.options.get("required"), f"{name}.{field.name}", "present", "absent")
        for oneof, options in message.oneofs.items():
            chosen = [f.name for f in message.fields.values() if f.oneof == oneof and f.number in present]
            demand(len(chosen) == 1 or not chosen and not options.get("oneof_required"), f"{name}.{oneof}", "one member", chosen)
            out[oneof] = chosen[0] if chosen else None
        return out

    def number(self, field, reader, version):
        value = varint(reader, 64 if field.type == "uint64" else 32, field.name)
        if field.type == "bool":
            same("bool", 1, value)
            return True
        if field.type in self.enums:
            known = self.enums[field.type].get(value)
            demand(value and known and known[1] <= version, "enum", "a known value, not 0", value)
            return value
        demand(value or field.oneof or field.repeated, "number", "not the default", 0)
        demand(value <= field.options.get("max_value", value), "number", f"at most {field.options.get('max_value')}", value)
        return value

    def content(self, field, raw, version, depth):
        if field.type in self.messages:
            demand(raw or self.messages[field.type].options.get("empty_allowed"), "message", "not empty", "empty")
            return self.decode(field.type, raw, version, depth + 1)
        low = field.options.get("len", field.options.get("min_bytes", 1))
        high = field.options.get("len", field.options.get("max_bytes"))
        demand(low <= len(raw) <= high, "length", f"{low}–{high}", len(raw))
        if field.type == "bytes":
            return raw
        text = Reader(raw).text(len(raw))
        check_text(field.options["text"], text)
        return text


def varint(reader, bits, field):
    value = shift = 0
    while True:
        byte = reader.uint(1, field)
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            demand(byte or shift == 7, field, "a minimal varint", "a longer one")
            demand(value < 1 << bits, field, f"below 2^{bits}", value)
            return value
        demand(shift < 70, field, "a varint of at most 10 bytes", "a longer one")


# ---- text classes (§5) --------------------------------------------------------------------------------------------

ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
PLAIN = {"CODE": set(ALNUM + "._/-"), "ADDRESS": set(ALNUM + ".:-[]"), "CSET82": set(ALNUM + "!\"%&'()*+,-./:;<=>?_")}
NAME = {chr(c) for span in """
    0020–007E 00A3 00A5 00A7 00A9 00AB 00AE 00B0–00B3 00B5 00B7 00B9 00BB–00BE 00C0–00CF 00D1–00DD 00DF–00EF 00F1–00F6
    00F8–00FD 00FF–0130 0134–0137 0139–013E 0141–0148 014A–017E 0180 01A0–01A1 01AF–01B0 0243 0300–0304 0306 0308–0309
    030C 031B 0323 1EA0–1EF9 2013–2014 2018–2019 201C–201D 2022 2026 2030 2070 2074–2079 2080–2089 20AB–20AC 2122
    2153–215E""".split() for c in range(int(span[:4], 16), int(span[-4:], 16) + 1)}


def check_text(kind, text):
    allowed = PLAIN.get(kind, NAME)
    demand(set(text) <= allowed, kind, "its characters", repr(text))
    if kind in PLAIN:
        return
    demand(kind == "NAME" or kind == "DECISION_NUMBER" and ":" not in text, kind, "no colon", repr(text))
    demand(unicodedata.is_normalized("NFC", text), kind, "NFC", repr(text))
    demand(text == text.strip(" ") and "  " not in text, kind, "single spaces inside", repr(text))
    base, marks = "", []
    for c in text:
        if "\u0300" <= c <= "\u0323":
            # "None twice" is taken to count the marks that NFC composed into the letter.
            composed = unicodedata.normalize("NFD", base)[1:] if base else ""
            demand(base and unicodedata.category(base)[0] == "L", kind, "a mark after a letter", repr(text))
            demand(len(marks) < 2 and c not in marks and c not in composed, kind, "two marks, none twice", repr(text))
            marks.append(c)
        else:
            base, marks = c, []


# ---- values of subjects (§6.3) ------------------------------------------------------------------------------------
# A layout is a list of type:name; "u8*( … ):name" is a counted list. Composite types come first, kinds after them.

TYPES = {
    "product": "u64:producer u32:number",
    "lot": "product:product text8:code",
    "decision": "u64:issuer u16:year text8:number",
    "certificate": "u64:issuer u16:year u16:item text8:number",
    "document": "b32:sha256 u64:size text8:name",
    "inspections": "u32:number date:date u8:outcome",
    "restraint": "u8:reason u64:author date:date document:document",
    "sale": "b32:record u16:action",
    "stated": "b32:record u16:action",
    "revocation": "decision:decision date:date document:document u8:reason date:effective u64:author u64:leaf",
}
KINDS = {
    1: "u64:backdating u64:future u64:expiry u64:lapse u64:clock",
    2: "policy:document",
    3: "u32:code u8:level u32:parent text8:name date:from date:until",
    4: "text8:id text8:source date:from date:until u32:a u32:b u32:c u8*( u8:star u32:lowest u8:recognisers ):bands "
       "u8*( text8:code text8:name ):groups u8:months u8:days",
    5: "u64:agency u8*( u8:level u32:territory u16:powers date:from date:until ):grants",
    6: "u64:account u8:kind u16:roles name:name u32:territory text8:business u64:registrar stated:stated u32:epoch "
       "u8*( b33:key u16:roles u32:bound u32:retired ):keys",
    7: "u64:accepted u64:refused",
    8: "product:product name:name text8:scheme text8:group u8:unit text8:gtin u32:origin u64:registrar stated:stated "
       "u8*( certificate:certificate date:from u32:last ):terms",
    9: "decision:decision date:date text8:scheme flag:historical document:document u8:parts b32:present u64:author",
    10: "certificate:certificate stated:stated product:product u8:star u32:a u32:b u32:c u32:total flag:minimums "
        "text8:scheme text8:group date:decided date:from date:until flag:historical u8:status u32:last "
        "certificate:predecessor certificate:successor u16:corrections revoked:revocation",
    11: "lot:lot u8:unit u64:quantity u64:left u64:traded date:produced date:expires",
    12: "u64:holder lot:lot u64:quantity",
    13: "sale:sale u64:seller party:buyer lot:lot u64:quantity u8:unit u64:event u8:marks certificate:certificate "
        "b32:price b32:terms u8:status u64:leaf u64:lapses u64:accepted",
    14: "u64:agency u32:incarnation b32:tls text8:peer text8:public",
    15: "u32:version",
    16: "u8*( text8:id date:from date:until ):schemes",
    17: "product:product",
    18: "product:product",
    19: "u64:agency u16*( u8:role b32:key u32:from u32:until ):keys",
    20: "b32:record u16:action u64:proposer u64:lapses u8:status raw16:change u8*( u64:agency flag:yes ):votes",
}
KINDS |= {21: "product:product u64:next", 22: "u64:agency text8:phone"}
# What values of a later version have beside those of version 1, by kind and version.
LATER = {
    (1, 2): "u8:percent",
    (1, 3): "u8:percent u8*( text8:host date:until ):resolvers",
    (8, 2): "b32:picture inspections:inspections",
    (11, 2): "u64:used u32:yield u8:input_unit u8*( lot:lot u64:quantity ):inputs u8*( u64:first u32:count u64:per_stamp ):stamps "
             "inspections:inspections u8:status restrained:restraint",
}
# And what is the case when they are of an earlier one.
NEVER = {"number": 0, "date": 0, "outcome": 0}
EARLIER = {
    1: {"percent": 0, "resolvers": []},
    8: {"picture": ZERO32, "inspections": NEVER},
    11: {"used": 0, "yield": 0, "input_unit": 0, "inputs": [], "stamps": [], "inspections": NEVER, "status": 0, "restraint": None},
}
ROLES = {"node": 1, "cosigner": 2, "tls": 3}  # of validator keys
# Kinds of subjects whose changes are derived here: parameters, policy, lots, nodes, validator keys, proposals, serials, contacts.
GOVERNED = (1, 2, 11, 14, 19, 20, 21, 22)
DAY = 86_400_000
YEAR = 366 * DAY


def read_layout(reader, layout):
    out, words = {}, layout.split()
    while words:
        word = words.pop(0)
        if word in ("u8*(", "u16*("):
            width = 1 if word == "u8*(" else 2
            end = next(i for i, w in enumerate(words) if w.startswith("):"))
            inner, name, words = " ".join(words[:end]), words[end][2:], words[end + 1:]
            out[name] = [read_layout(reader, inner) for _ in range(reader.uint(width, name))]
            continue
        kind, name = word.split(":")
        if kind == "revoked":  # present only in certificates whose status is revoked
            out[name] = read_layout(reader, TYPES["revocation"]) if out["status"] == 2 else None
        elif kind == "restrained":  # only in lots that are held or recalled
            out[name] = read_layout(reader, TYPES["restraint"]) if out["status"] else None
        else:
            with at(name):
                out[name] = read_value(reader, kind)
    return out


def read_value(reader, kind):
    if kind in TYPES:
        return read_layout(reader, TYPES[kind])
    if kind[0] == "b":
        return reader.take(int(kind[1:]))
    if kind == "raw16":
        return reader.take(reader.uint(2))
    if kind == "flag":
        flag = reader.uint(1)
        demand(flag <= 1, "flag", "0 or 1", flag)
        return flag
    if kind == "date":
        number = reader.uint(4)
        try:
            demand(number == 0 or number >= FIRST_DAY, "date", "none before 1900", number)
            return number and datetime.date(number // 10000, number // 100 % 100, number % 100) and number
        except ValueError:
            raise Difference("date", "yyyymmdd or 0", number) from None
    if kind == "text8":
        return reader.text(reader.uint(1))
    if kind in ("name", "party"):
        choice = reader.uint(1)
        demand(choice in (1, 2), kind, "01 or 02", choice)
        return reader.take(32) if choice == 2 else reader.uint(8) if kind == "party" else reader.text(reader.uint(1))
    if kind == "policy":
        document = reader.take(reader.left())
        read_policy(document)
        return document
    return reader.uint(int(kind[1:]) // 8)


def read_subject(kind, ident, value):
    """Parses a value exactly, with the bounds the table states, and demands that the id is the one the value speaks of."""
    reader = Reader(value)
    demand(kind in KINDS, "kind", "1–22", kind)
    version = reader.uint(1)
    demand(version == 1 or (kind, version) in LATER, "value version", "one of the kind", version)
    v = EARLIER.get(kind, {}) | read_layout(reader, KINDS[kind] + " " + LATER.get((kind, version), ""))
    reader.finish()
    if kind in EARLIER:
        same("value version that is needed", needed_version(kind, v), version)
    product = lambda p: u64(p["producer"]) + u32(p["number"])
    if kind in (1, 2, 15, 16):
        same("id", b"", ident)
        if kind == 1:
            demand(v["percent"] in (0, *range(51, 101)), "votes of a hundred", "51–100", v["percent"])
            check_resolvers(v["resolvers"])
    elif kind == 3:
        same("id", u32(v["code"]), ident)
    elif kind == 4:
        same("id", v["id"].encode(), ident)
        demand(not any(b["recognisers"] & ~0x1e for b in v["bands"]), "recognisers", "levels 1–4", v["bands"])
    elif kind in (5, 14):
        same("id", u64(v["agency"]), ident)
    elif kind == 6:
        same("id", u64(v["account"]), ident)
        demand(len(v["keys"]) <= 128, "keys", "at most 128", len(v["keys"]))
    elif kind == 7:
        same("id length", 8, len(ident))
    elif kind == 8:
        same("id", product(v["product"]), ident)
        demand(len(v["terms"]) <= 64, "terms", "at most 64", len(v["terms"]))
        check_inspections(v["inspections"])
    elif kind == 9:
        d = v["decision"]
        same("id", u64(d["issuer"]) + u16(d["year"]) + d["number"].encode(), ident)
        same("parts present beyond the last", 0, int.from_bytes(v["present"], "big") >> v["parts"])
    elif kind == 10:
        c = v["certificate"]
        same("id", u64(c["issuer"]) + u16(c["year"]) + u16(c["item"]) + c["number"].encode(), ident)
        demand(v["status"] in (1, 2, 3), "status", "1–3", v["status"])
    elif kind == 11:
        same("id", lot_ident(v["lot"]), ident)
        check_inspections(v["inspections"])
        demand(len(v["inputs"]) <= 16 and len(v["stamps"]) <= 32, "inputs, stamps", "at most 16, 32", (len(v["inputs"]), len(v["stamps"])))
        same("yield and unit of inputs", [bool(v["inputs"])] * 2, [v["yield"] > 0, v["input_unit"] > 0])
        ascending("inputs", [lot_ident(i["lot"]) for i in v["inputs"]])
        demand(v["status"] in (0, 1, 2), "status", "0–2", v["status"])
        demand(v["left"] + v["used"] <= v["quantity"], "left and used", "at most what was produced", v["left"] + v["used"])
        demand(stamped(v) <= v["quantity"], "stamped", "at most what was produced", stamped(v))
    elif kind == 12:
        same("id", u64(v["holder"]) + product(v["lot"]["product"]) + v["lot"]["code"].encode(), ident)
    elif kind == 13:
        same("id", v["sale"]["record"] + u16(v["sale"]["action"]), ident)
        demand(v["status"] in (1, 2, 3), "status", "1–3", v["status"])
        demand(v["marks"] <= 3, "marks", "1 and 2", v["marks"])
    elif kind == 17:
        check_text("NAME", Reader(ident[8:]).text(len(ident) - 8, "id"))
        demand(product(v["product"]) in (bytes(12), ident[:8] + product(v["product"])[8:]), "producer", ident[:8], v)
    elif kind == 18:
        demand(re.fullmatch(rb"[0-9]{14}", ident), "id", "14 digits", ident)
    elif kind == 19:
        same("id", u64(v["agency"]), ident)
        demand(len(v["keys"]) <= 1024, "keys", "at most 1,024", len(v["keys"]))
        opened = [sum(k["role"] == role and k["until"] == 0 for k in v["keys"]) for role in (1, 2, 3)]
        demand(opened in ([0, 0, 0], [1, 1, 0], [1, 1, 1]), "open keys", "one of each role, or none", opened)
        demand(all(k["role"] in ROLES.values() for k in v["keys"]), "roles", "1–3", [k["role"] for k in v["keys"]])
    elif kind == 20:
        same("id", v["record"] + u16(v["action"]), ident)
        demand(v["status"] in (1, 2, 3), "status", "1–3", v["status"])
        demand(len(v["votes"]) <= 64, "votes", "at most 64", len(v["votes"]))
    elif kind == 21:
        same("id", product(v["product"]), ident)
    elif kind == 22:
        same("id", u64(v["agency"]), ident)
        demand(re.fullmatch(r"|(?=.{3,16}\Z)\+?[0-9]+", v["phone"]), "phone", "3–16 digits, or + and digits", v["phone"])
    return v


def needed_version(kind, v):
    """The version in which a value of a kind with several is written."""
    if kind == 1:
        return 3 if v["resolvers"] else 2 if v["percent"] else 1
    if kind == 8:
        return 2 if v["picture"] != ZERO32 or v["inspections"]["number"] else 1
    return 2 if v["used"] or v["inputs"] or v["stamps"] or v["inspections"]["number"] or v["status"] else 1


def check_inspections(v):
    same("date and outcome of inspections", [v["number"] > 0] * 2, [v["date"] > 0, v["outcome"] > 0])


def check_resolvers(resolvers):
    """The hosts of §6.5, as they stand in parameters and in values."""
    hosts = [r["host"] for r in resolvers]
    demand(len(hosts) <= 16 and len(set(hosts)) == len(hosts), "resolvers", "at most 16, none twice", hosts)
    for host in hosts:
        demand(host == host.lower() and re.fullmatch(r"([^:\[\]]+|\[[^\[\]]+\])(:[1-9][0-9]{0,4})?", host), "resolver", "a host in lower case", host)
        demand(int((re.search(r":([0-9]+)\Z", host) or [0, 1])[1]) <= 65535 or host.endswith("]"), "port", "at most 65535", host)


def lot_ident(lot): return u64(lot["product"]["producer"]) + u32(lot["product"]["number"]) + lot["code"].encode()
def named_lot(ref): return {"product": ref["product"], "code": ref["lot"]}
def stamped(v): return sum(s["count"] * s["per_stamp"] for s in v["stamps"])


def inspected(v, date, outcome):
    """Inspections after one more."""
    return {"number": v["number"] + 1, "date": max(date, v["date"]), "outcome": outcome if date >= v["date"] else v["outcome"]}


def write_document(d):
    return d["sha256"] + u64(d["size"]) + text8(d["name"]) if d else bytes(41)


def write_lot(v):
    lot = lambda l: u64(l["product"]["producer"]) + u32(l["product"]["number"]) + text8(l["code"])
    version = needed_version(11, v)
    out = u8(version) + lot(v["lot"]) + u8(v["unit"]) + u64(v["quantity"]) + u64(v["left"]) + u64(v["traded"]) + u32(v["produced"]) + u32(v["expires"])
    if version == 1:
        return out
    out += u64(v["used"]) + u32(v["yield"]) + u8(v["input_unit"])
    out += u8(len(v["inputs"])) + b"".join(lot(i["lot"]) + u64(i["quantity"]) for i in v["inputs"])
    out += u8(len(v["stamps"])) + b"".join(u64(s["first"]) + u32(s["count"]) + u64(s["per_stamp"]) for s in v["stamps"])
    out += u32(v["inspections"]["number"]) + u32(v["inspections"]["date"]) + u8(v["inspections"]["outcome"]) + u8(v["status"])
    if r := v["restraint"]:
        out += u8(r["reason"]) + u64(r["author"]) + u32(r["date"]) + write_document(r["document"])
    return out


def local_date(milliseconds):
    """yyyymmdd at UTC+07:00."""
    d = datetime.datetime.fromtimestamp(0, datetime.timezone.utc) + datetime.timedelta(milliseconds=min(milliseconds, 1 << 47), hours=7)
    return d.year * 10000 + d.month * 100 + d.day


# ---- policy document (§4) -----------------------------------------------------------------------------------------

def read_policy(document):
    r = Reader(document)
    same("policy version", 1, r.uint(1))
    p = read_layout(r, "u32:number b32:chain text8:origin u64:publisher b32:log "
                       "u8*( u64:agency b32:node text8:cosigner b32:key ):validators u8:quorum "
                       "u8*( text8:name b32:key ):witnesses u64:trust b32:previous")
    r.finish()
    ascending("validators", [v["agency"] for v in p["validators"]])
    count = len(p["validators"])
    demand(1 <= count <= 7, "validators", "1–7", count)
    demand(count < 2 * p["quorum"] <= 2 * count, "quorum", f"more than half of {count}", p["quorum"])
    demand(len(p["witnesses"]) <= 8, "witnesses", "at most 8", len(p["witnesses"]))
    return p


def write_policy(p):
    return b"".join(
        [u8(1), u32(p["number"]), p["chain"], text8(p["origin"]), u64(p["publisher"]), p["log"], u8(len(p["validators"]))]
        + [u64(v["agency"]) + v["node"] + text8(v["cosigner"]) + v["key"] for v in p["validators"]]
        + [u8(p["quorum"]), u8(len(p["witnesses"]))] + [text8(w["name"]) + w["key"] for w in p["witnesses"]]
        + [u64(p["trust"]), p["previous"]])


def policy_of_genesis(body, chain_id):
    p = body["policy"]
    validators = [(a["account"], a["validator"]) for a in body["agencies"] if a["validator"]]
    return b"".join(
        [u8(1), u32(0), chain_id, text8(body["origin"]), u64(p["publisher"]), p["log_key"], u8(len(validators))]
        + [u64(a) + v["node_key"] + text8(v["cosigner_name"]) + v["cosigner_key"] for a, v in validators]
        + [u8(p["quorum"]), u8(len(p["witnesses"]))]
        + [text8(w["name"]) + w["key"] for w in p["witnesses"]]
        + [u64(p["trust_period"]), ZERO32])


# ---- genesis (§7) -------------------------------------------------------------------------------------------------

def genesis_chain_id(data):
    """Body and chain id, with the reader at the countersignatures."""
    r = Reader(data)
    same("magic", b"OCOPGEN", r.take(7))
    same("version", 1, r.uint(1))
    length = r.uint(4, "length of the body")
    demand(length <= 8 << 20, "length of the body", "at most 8 MiB", length)
    raw = r.take(length, "body")
    return raw, H(pae("genesis", raw)), r


def read_genesis(schema, data):
    raw, chain_id, r = genesis_chain_id(data)
    body = schema.decode("Genesis", raw, PROTOCOL)
    demand(1 <= body["protocol"] <= PROTOCOL, "protocol version", f"1–{PROTOCOL}", body["protocol"])
    schema.decode("Genesis", raw, body["protocol"])
    with at("body"):
        check_resolvers(body["parameters"]["resolvers"])
        # Orders that the comments of the schema promise.
        ascending("agencies", [a["account"] for a in body["agencies"]])
        ascending("territories", [t["code"] for t in body["territories"]])
        ascending("schemes", [s["id"] for s in body["schemes"]])
        for a in body["agencies"]:
            ascending("keys", [k["public_key"] for k in a["keys"]])
        for s in body["schemes"]:
            ascending("bands", [b["star"] for b in s["bands"]])
            for b in s["bands"]:
                ascending("recognisers", b["recognisers"])

        def possession(agency, role, key, proof):
            message = pae("genesis-possession", text8(body["chain_name"]) + u64(agency) + text8(role) + key)
            verify = secp256k1_verify if role == "officer" else ed25519_verify
            demand(verify(key, message, proof), f"possession of agency {agency}, {role}", "a valid proof", proof)

        for a in body["agencies"]:
            for k in a["keys"]:
                possession(a["account"], "officer", k["public_key"], k["proof"])
            if v := a["validator"]:
                for role in ("node", "cosigner", "tls"):
                    possession(a["account"], role, v[role + "_key"], v[role + "_proof"])
        p = body["policy"]
        demand(p["publisher"] in [a["account"] for a in body["agencies"]], "publisher", "an agency", p["publisher"])
        possession(p["publisher"], "log", p["log_key"], p["log_proof"])
    count = r.uint(1, "countersignatures")
    demand(count <= 64, "countersignatures", "at most 64", count)
    officers = {(a["account"], k["public_key"]) for a in body["agencies"] for k in a["keys"]}
    seen = set()
    for i in range(count):
        with at(f"countersignature {i}"):
            agency, key, signature = r.uint(8), r.take(33), r.take(64)
            demand((agency, key) in officers, "key", "an officer's key of the agency", key)
            demand((agency, key) not in seen, "key", "each once", key)
            seen.add((agency, key))
            demand(secp256k1_verify(key, pae("genesis-countersignature", chain_id), signature), "signature", "valid", signature)
    r.finish()
    return body, chain_id


def write_parameters(p):
    windows = b"".join(u64(p[f]) for f in ("backdating_window", "future_window", "longest_expiry", "longest_lapse", "clock_bound"))
    if p["resolvers"]:
        hosts = b"".join(text8(r["host"]) + u32(r["until"]) for r in p["resolvers"])
        return b"\x03" + windows + u8(p["vote_percent"]) + u8(len(p["resolvers"])) + hosts
    return b"\x02" + windows + u8(p["vote_percent"]) if p["vote_percent"] else b"\x01" + windows


def genesis_subjects(body, policy):
    """(kind, id) → value of every subject that genesis makes."""
    one, out = b"\x01", {}
    out[1, b""] = write_parameters(body["parameters"])
    out[2, b""] = one + policy
    out[15, b""] = one + u32(body["protocol"])
    for t in body["territories"]:
        out[3, u32(t["code"])] = (one + u32(t["code"]) + u8(t["level"]) + u32(t["parent"]) + text8(t["name"])
                                  + u32(t["from"]) + u32(t["until"]))
    for s in body["schemes"]:
        bands = [u8(b["star"]) + u32(b["lowest"]) + u8(sum(1 << level for level in b["recognisers"])) for b in s["bands"]]
        groups = [text8(g["code"]) + text8(g["name"]) for g in s["groups"]]
        out[4, s["id"].encode()] = (one + text8(s["id"]) + text8(s["source"]) + u32(s["from"]) + u32(s["until"])
                                    + u32(s["max_a"]) + u32(s["max_b"]) + u32(s["max_c"])
                                    + u8(len(bands)) + b"".join(bands) + u8(len(groups)) + b"".join(groups)
                                    + u8(s["validity_months"]) + u8(s["validity_days"]))
    dates = sorted(body["schemes"], key=lambda s: s["from"])
    out[16, b""] = one + u8(len(dates)) + b"".join(text8(s["id"]) + u32(s["from"]) + u32(s["until"]) for s in dates)
    for a in body["agencies"]:
        ident = u64(a["account"])
        name = a["name"]
        name = b"\x01" + text8(name["register"]) if name["choice"] == "register" else b"\x02" + name["blob"]
        grants = [u8(g["level"]) + u32(g["territory"]) + u16(g["powers"]) + u32(g["from"]) + u32(g["until"]) for g in a["grants"]]
        keys = [k["public_key"] + u16(k["roles"]) + u32(1) + u32(0) for k in a["keys"]]
        out[5, ident] = one + ident + u8(len(grants)) + b"".join(grants)
        out[6, ident] = (one + ident + u8(AGENCY_KIND) + u16(AGENCY_ROLE) + name + u32(a["territory"]) + text8("") + ident
                         + ZERO32 + u16(WHOLE) + u32(1) + u8(len(keys)) + b"".join(keys))
        out[7, ident] = one + u64(0) + u64(0)
        if v := a["validator"]:
            out[14, ident] = one + ident + u32(1) + v["tls_key"] + text8(v["peer_address"]) + text8(v["public_address"])
    return out


# ---- leaves (§2, §3) ----------------------------------------------------------------------------------------------

def read_record(leaf, chain_id):
    """Framing, bounds, key id, actions root and signature of an envelope; the actions stay bytes."""
    r = Reader(leaf)
    demand(len(leaf) <= 65535, "length", "at most 65,535", len(leaf))
    same("kind", RECORD, r.uint(1))
    same("version", 1, r.uint(1))
    public_key, signature = r.take(33), r.take(64)
    same("header length", 101, r.uint(2))
    header = r.take(101, "header")
    count = r.uint(2)
    demand(1 <= count <= 256, "number of actions", "1–256", count)
    actions = [r.take(r.uint(2), f"action {i}") for i in range(count)]
    r.finish()
    demand(all(actions), "actions", "not empty", "an empty one")
    h = Reader(header)
    same("header version", 1, h.uint(1))
    same("chain id", chain_id, h.take(32))
    rec = SimpleNamespace(schema=h.uint(2), issued=h.uint(8), expires=h.uint(8), author=h.uint(8), key_id=h.take(8),
                          count=h.uint(2), actions_root=h.take(32), actions=actions, public_key=public_key, leaf=leaf)
    h.finish()
    demand(rec.schema >= 1, "schema", "at least 1", rec.schema)
    demand(rec.issued < 1 << 48, "issue time", "below 2^48", rec.issued)
    same("key id", key_id(public_key), rec.key_id)
    same("number of actions", count, rec.count)
    rec.hashes = [H(b"\x10", action) for action in actions]
    same("actions root", Tree(0x10, actions).root(), rec.actions_root)
    message = pae("record-header", header)
    rec.id = u64(rec.issued)[2:] + H(message)[:26]
    demand(secp256k1_verify(public_key, message, signature), "signature", "valid", signature)
    return rec


def read_refusals(leaf):
    r = Reader(leaf)
    same("kind", REFUSALS, r.uint(1))
    same("version", 1, r.uint(1))
    height, count = r.uint(8), r.uint(2)
    demand(1 <= count <= 1024, "rows", "1–1,024", count)
    rows = []
    for _ in range(count):
        raw = r.take(44, "row")
        row = Reader(raw)
        rows.append(SimpleNamespace(raw=raw, record=row.take(32), author=row.uint(8), reason=row.uint(2), action=row.uint(2)))
        demand(rows[-1].action in (WHOLE, *range(256)), "action", "0–255 or FFFF", rows[-1].action)
        demand(rows[-1].reason, "reason", "not 0", 0)
    r.finish()
    return height, rows


def read_seal(leaf):
    same("length", 429, len(leaf))
    r = Reader(leaf)
    s = SimpleNamespace(leaf=leaf, kind=r.uint(1), version=r.uint(1), chain=r.take(32), height=r.uint(8), previous=r.take(32),
                        time=r.uint(8), flags=r.uint(1), size=r.uint(8), root=r.take(32), accepted=r.uint(4),
                        refused=r.uint(4), state=r.take(32), protocol=r.uint(4), policy=r.take(32), next_policy=r.take(32),
                        header=r.take(134), signature=r.take(64))
    r.finish()
    d = Reader(s.header)
    s.draft = SimpleNamespace(version=d.uint(1), chain=d.take(32), term=d.uint(8), proposer=d.uint(8), sequence=d.uint(8),
                              previous=d.take(32), time=d.uint(8), flags=d.uint(1), count=d.uint(4), records=d.take(32))
    d.finish()
    same("kind", SEAL, s.kind)
    same("version", 1, s.version)
    same("draft version", 1, s.draft.version)
    demand(s.flags <= 1, "flags", "0 or 1", s.flags)
    return s


# ---- the ledger, block by block -----------------------------------------------------------------------------------

class Ledger:
    def __init__(self, schema, genesis_file):
        self.schema = schema
        with at("genesis.bin"):
            self.body, self.chain_id = read_genesis(schema, genesis_file)
            self.policy = policy_of_genesis(self.body, self.chain_id)  # of the next block's epoch
            same("policy, written again", self.policy, write_policy(read_policy(self.policy)))
        self.log = Tree(0x00)
        self.subjects = {}  # (kind, id) → (value, history tree)
        self.leaves = {}    # state key → state leaf hash
        self.activity = {}  # account → (accepted, refused)
        self.ids = set()    # records accepted or refused
        self.seal = None

    def copy(self):
        other = object.__new__(Ledger)
        other.__dict__.update(self.__dict__, log=self.log.copy(), subjects=dict(self.subjects), leaves=dict(self.leaves),
                              activity=dict(self.activity), ids=set(self.ids))
        return other

    def block(self, leaves, changes):
        """Checks the leaves of one block, its seal last, and applies its changes. Returns what expected.json should say."""
        first, records, rows, height = self.log.size, [], [], self.seal.height + 1 if self.seal else 0
        refusals_leaf = None
        for index, leaf in enumerate(leaves[:-1], first):
            with at(f"leaf {index}"):
                same("refusals leaf before it", None, refusals_leaf)
                demand(self.seal, "kind", "the genesis seal", leaf[:1])
                if leaf[:1] == u8(REFUSALS):
                    refusals_leaf = index
                    refused_at, rows = read_refusals(leaf)
                    same("height", height, refused_at)
                else:
                    rec = read_record(leaf, self.chain_id)
                    rec.index = index
                    self.decode_actions(rec)
                    records.append(rec)
                self.log.append(leaf)
        for ident in [r.id for r in records] + [r.record for r in rows]:
            demand(ident not in self.ids, f"block {height}: record id", "accepted or refused once", ident)
            self.ids.add(ident)
        with at(f"leaf {self.log.size}"):
            draft = read_seal(leaves[-1])  # checked below; votes have a time
        governed = Governed(self, max(self.seal.time, draft.draft.time) if self.seal else draft.time)
        for rec in records:
            with at(f"leaf {rec.index}"):
                governed.record(rec)
        policy = governed.value(2, b"")[1:] if self.seal else self.policy
        with at(f"leaf {self.log.size}"):
            seal = self.check_seal(leaves[-1], height, records, rows, policy)
        self.log.append(leaves[-1])
        with at(f"block {height}"):
            for rec in records:
                self.check_window(rec, seal.time)
            self.apply(seal, records, refusals_leaf, rows, changes, governed.written)
            governed.check_listed()
            with at(f"leaf {self.log.size - 1}"):
                same("state root", trie_root(self.leaves), seal.state)
            self.check_authors(records)
        self.seal, self.policy = seal, policy
        return self.report(seal, first, records, refusals_leaf, rows, changes, governed.brought)

    def decode_actions(self, rec):
        version = min(rec.schema, self.body["protocol"])
        rec.decoded = []
        for i, action in enumerate(rec.actions):
            with at(f"action {i}"):
                message = self.schema.decode("Action", action, version)
                rec.decoded.append(message)
                for account, epoch, grant in key_grants(message):
                    demand(secp256k1_verify(grant["public_key"], self.possession(account, epoch, grant), grant["proof"]),
                           "key possession", "a valid proof", grant["proof"])
                if message["kind"] == "correct":
                    ascending("changes", [c["field"] for c in message["correct"]["changes"]])

    def possession(self, account, epoch, grant):
        return pae("key-possession", self.chain_id + u64(account) + u32(epoch) + u32(grant["roles"]) + grant["public_key"])

    def check_window(self, rec, block_time):
        p = read_subject(1, b"", self.subjects[1, b""][0])  # in force: those before the block
        with at(f"leaf {rec.index}"):
            demand(rec.issued <= block_time + p["future"], "issue time", f"within the window of {block_time}", rec.issued)
            demand(rec.issued <= rec.expires <= rec.issued + p["expiry"], "expires", "at most the longest expiry", rec.expires)
            demand(block_time <= rec.expires, "expires", f"not before {block_time}", rec.expires)

    def check_seal(self, leaf, height, records, rows, next_policy):
        s, before = read_seal(leaf), self.seal
        # No act of protocol versions 1, 2, 3 and 4 resets the clock, so the flag cannot be set.
        same("flags", 0, s.flags)
        d = s.draft
        same("chain id", self.chain_id, s.chain)
        same("height", height, s.height)
        same("previous", log_leaf(before.leaf) if before else self.chain_id, s.previous)
        same("size before", self.log.size, s.size)
        same("root before", self.log.root(), s.root)
        same("accepted", len(records), s.accepted)
        same("refused", len(rows), s.refused)
        same("protocol version", self.body["protocol"], s.protocol)
        same("policy", H(pae("policy", self.policy)), s.policy)
        same("next policy", H(pae("policy", next_policy)), s.next_policy)
        nodes = {v["agency"]: v["node"] for v in read_policy(self.policy)["validators"]}
        if not before:
            same("time", self.body["time"], s.time)
            same("draft header", b"\x01" + bytes(133), s.header)
            same("signature", bytes(64), s.signature)
            return s
        same("time", max(before.time, d.time), s.time)
        demand(records or rows, "block", "something accepted or refused", "nothing")
        same("draft chain id", self.chain_id, d.chain)
        demand(d.flags <= 1, "draft flags", "0 or 1", d.flags)
        demand(len(records) + len(rows) <= d.count <= 1024, "draft number of records", "all of the block, at most 1,024", d.count)
        demand(d.proposer in nodes, "draft proposer", "a validator", d.proposer)
        if d.count == len(records):  # nothing refused, skipped or turned away: the draft is known whole
            same("draft records hash", H(b"\x40", *(u32(len(r.leaf)) + r.leaf for r in records)), d.records)
        # The first draft of a term has sequence 0 and no previous one.
        same("draft previous is zero", d.sequence == 0, d.previous == ZERO32)
        if before.height and before.draft.term == d.term:
            same("draft proposer", before.draft.proposer, d.proposer)  # a term has one leader
            demand(d.sequence > before.draft.sequence, "draft sequence", f"above {before.draft.sequence}", d.sequence)
            if d.sequence == before.draft.sequence + 1:  # otherwise drafts that appended nothing lie between
                same("draft previous", H(b"\x41", before.header), d.previous)
        elif before.height:
            demand(d.term > before.draft.term, "draft term", f"above {before.draft.term}", d.term)
        demand(ed25519_verify(nodes[d.proposer], pae("draft-header", s.header), s.signature), "signature", "valid", s.signature)
        return s

    def apply(self, seal, records, refusals_leaf, rows, changes, governed):
        derived = genesis_subjects(self.body, self.policy) if seal.height == 0 else None
        activity = self.activity_entries(seal, records, refusals_leaf, rows)
        by_leaf, touched = {r.index: r for r in records}, set()
        names = [(c["kind"], bytes.fromhex(c["id"])) for c in changes]
        demand(len(set(names)) == len(names), "changes", "each subject once", "one twice")
        if derived is not None:
            for name in derived.keys() ^ set(names):
                raise Difference("subjects of genesis", "present" if name in derived else "absent", (name[0], name[1].hex()))
        same("subjects of rotations, votes and supply", sorted(governed), sorted(n for n in names if n[0] in GOVERNED and seal.height))
        same("accounts with activity", sorted(activity), sorted(n[1] for n in names if n[0] == 7 and seal.height))
        for (kind, ident), change in zip(names, changes):
            with at(f"kind {kind} id {ident.hex()}"):
                value, entries = bytes.fromhex(change["value"]), [bytes.fromhex(e) for e in change["entries"]]
                read_subject(kind, ident, value)
                if derived is not None:
                    same("value", derived[kind, ident], value)
                    wanted = [u64(0) + u64(0) + u64(seal.time) + ZERO32 + u16(WHOLE) + self.chain_id + value_hash(value)]
                    same("entries", wanted, entries)
                    if kind == 7:
                        self.activity[int.from_bytes(ident, "big")] = (0, 0)
                elif kind == 7:
                    accepted, refused = self.activity[int.from_bytes(ident, "big")]
                    same("value", b"\x01" + u64(accepted) + u64(refused), value)
                    for i, (want, got) in enumerate(zip(activity[ident], entries)):
                        same(f"entry {i}", want, got)
                    same("number of entries", len(activity[ident]), len(entries))
                else:
                    for i, entry in enumerate(entries):
                        with at(f"entry {i}"):
                            touched.add((kind, ident) + self.check_entry(entry, seal, by_leaf))
                    ascending("entries", [e[:8] + e[56:58] for e in entries])
                if (kind, ident) in governed:
                    wanted = governed[kind, ident]
                    same("value", wanted[-1][2], value)
                    same("entries of rotations, votes and supply", [u64(leaf) + u16(i) + value_hash(v) for leaf, i, v in wanted],
                         [e[:8] + e[56:58] + e[-32:] for e in entries])
                demand(entries, "entries", "at least one", "none")
                same("value hash of the last entry", value_hash(value), entries[-1][-32:])
                history = self.subjects[kind, ident][1].copy() if (kind, ident) in self.subjects else Tree(0x20)
                for entry in entries:
                    history.append(entry)
                self.subjects[kind, ident] = (value, history)
                key = state_key(kind, ident)
                self.leaves[key] = H(b"\x30", key, value_hash(value), u64(history.size), history.root())
        for rec in records:  # the subject that an action names has the action in its history
            for i, action in enumerate(rec.decoded):
                name = named_subject(action, rec, i)
                demand(name + (rec.index, i) in touched, f"leaf {rec.index}: action {i}: {action['kind']}",
                       "an entry in its subject", f"none in kind {name[0]} id {name[1].hex()}")

    def activity_entries(self, seal, records, refusals_leaf, rows):
        """id → activity entries of the block, derived from the leaves alone (§6.2)."""
        out = {}
        events = [(r.author, r.index, r.id, WHOLE, r.actions_root, (1, 0)) for r in records]
        events += [(r.author, refusals_leaf, r.record, r.action, H(b"\x10", r.raw), (0, 1)) for r in rows]
        for author, index, ident, action, digest, (accepted, refused) in events:
            old = self.activity.get(author, (0, 0))
            new = self.activity[author] = (old[0] + accepted, old[1] + refused)
            value = value_hash(b"\x01" + u64(new[0]) + u64(new[1]))
            entry = u64(index) + u64(seal.height) + u64(seal.time) + ident + u16(action) + digest + value
            out.setdefault(u64(author), []).append(entry)
        return out

    def check_entry(self, entry, seal, by_leaf):
        r = Reader(entry)
        index, height, at_time, ident, action, digest = r.uint(8), r.uint(8), r.uint(8), r.take(32), r.uint(2), r.take(32)
        r.take(32)
        r.finish()
        demand(index in by_leaf, "leaf index", "a record of the block", index)
        rec = by_leaf[index]
        same("height", seal.height, height)
        same("block time", seal.time, at_time)
        same("record id", rec.id, ident)
        demand(action < rec.count, "action", f"below {rec.count}", action)
        same("action hash", rec.hashes[action], digest)
        return index, action

    def check_authors(self, records):
        # After the block, because the record before may have bound the key; retired keys stay in the value.
        for rec in records:
            with at(f"leaf {rec.index}"):
                demand((6, u64(rec.author)) in self.subjects, "author", "a known account", rec.author)
                account = read_subject(6, u64(rec.author), self.subjects[6, u64(rec.author)][0])
                demand(rec.public_key in [k["key"] for k in account["keys"]], "public key", "bound to the author", rec.public_key)

    def report(self, seal, first, records, refusals_leaf, rows, changes, brought):
        done = []
        for change in changes:
            kind, ident = change["kind"], bytes.fromhex(change["id"])
            value, history = self.subjects[kind, ident]
            done.append({"kind": kind, "id": ident.hex(), "key": state_key(kind, ident).hex(), "value": value.hex(),
                         "value_hash": value_hash(value).hex(), "n": history.size, "history_root": history.root().hex(),
                         "entries": change["entries"]})
        return SimpleNamespace(
            block={"height": seal.height, "first_leaf": first, "seal_leaf": self.log.size - 1,
                   "seal_hash": log_leaf(seal.leaf).hex(), "size": self.log.size, "root": self.log.root().hex(),
                   "time": seal.time, "accepted": len(records), "refused": len(rows),
                   "state_root": trie_root(self.leaves).hex(), "policy": seal.policy.hex(), "changes": done}
            | ({"next_policy": seal.next_policy.hex()} if seal.next_policy != seal.policy else {}),
            records=[{"leaf": r.index, "id": r.id.hex(), "author": r.author, "actions_root": r.actions_root.hex(),
                      "action_hashes": [h.hex() for h in r.hashes], "leaf_hash": log_leaf(r.leaf).hex()} for r in records],
            refusals=[{"leaf": refusals_leaf, "rows": [
                {"record": r.record.hex(), "author": r.author, "reason": r.reason, "action": r.action} for r in rows]}] if rows else [],
            grants=[g for r in records for a in r.decoded for g in key_grants(a)],
            brought=brought)


class Governed:
    """What the records of a block make of parameters, policy, nodes, validator keys and proposals (§4, §6.3, §6.4), and of lots, serial numbers, contacts,
    and pictures and inspections of products (§6.5)."""

    DERIVED = {"rotate_validator", "update_node", "propose_change", "vote", "register_lot", "propose_sale", "accept_sale", "outside_sale", "retail_sale",
               "hold_lot", "release_lot", "recall_lot", "apply_stamps", "inspect", "set_picture", "set_contact"}

    def __init__(self, ledger, time):
        self.ledger, self.time = ledger, time
        self.written = {}  # (kind, id) → [(leaf, action, value after it)]
        self.brought = []  # (agency, role, cosigner name, key with its proof) of rotations and proposals, in their order
        self.before = read_policy(ledger.policy)
        self.today = local_date(time)
        self.proposed = {}  # sale → (lot, quantity), of the block's own proposals
        self.listed = {}  # product → [picture, inspections]

    def value(self, kind, ident):
        """A subject's value as the block has left it so far, or None."""
        if (kind, ident) in self.written:
            return self.written[kind, ident][-1][2]
        return self.ledger.subjects[kind, ident][0] if (kind, ident) in self.ledger.subjects else None

    def read(self, kind, ident):
        value = self.value(kind, ident)
        demand(value is not None, "subject", "one that is there", (kind, ident.hex()))
        return read_subject(kind, ident, value)

    def put(self, kind, ident, value):
        self.written.setdefault((kind, ident), []).append((*self.at, value))

    def record(self, rec):
        for i, action in enumerate(rec.decoded):
            self.at = (rec.index, i)
            with at(f"action {i}"):
                if action["kind"] in self.DERIVED:
                    getattr(self, action["kind"])(rec, i, action[action["kind"]])

    def policy(self):
        return read_policy(self.value(2, b"")[1:])

    def end_epoch(self, p):
        p.update(number=self.before["number"] + 1, previous=H(pae("policy", self.ledger.policy)))
        self.put(2, b"", b"\x01" + write_policy(p))

    def own(self, p, author):
        own = [v for v in p["validators"] if v["agency"] == author]
        demand(own, "author", "an agency with a validator", author)
        return own[0]

    # -- nodes and their keys --

    def rotate_validator(self, rec, number, a):
        p = self.policy()
        own, node = self.own(p, rec.author), self.read(14, u64(rec.author))
        keys = self.keys_of(own)
        for role, place in (("cosigner", "key"), ("node", "node"), ("tls", "tls")):
            if new := a[role]:
                self.bring(p, keys, rec.author, role, own["cosigner"], new)
                (node if role == "tls" else own)[place] = new["public_key"]
                self.brought.append((rec.author, role, own["cosigner"], new))
        if a["cosigner"] or a["node"]:
            self.end_epoch(p)
        self.put_keys(rec.author, keys)
        if a["tls"]:
            self.put_node(node)

    def keys_of(self, validator):
        ident = u64(validator["agency"])
        if self.value(19, ident) is not None:
            keys = self.read(19, ident)["keys"]
        else:
            keys = [{"role": ROLES[role], "key": validator[place], "from": 0, "until": 0} for role, place in (("node", "node"), ("cosigner", "key"))]
        if self.ledger.body["protocol"] >= 3 and not any(k["role"] == ROLES["tls"] for k in keys):
            keys.append({"role": ROLES["tls"], "key": self.read(14, ident)["tls"], "from": 0, "until": 0})
        return keys

    def bring(self, policy, keys, agency, role, name, new):
        """Takes a new key into a validator's list, by all that is demanded of it."""
        key = self.check_key(policy, keys, agency, role, name, new)
        for k in keys:
            if k["role"] == ROLES[role] and k["until"] == 0:
                k["until"] = self.before["number"] + 1
        keys.append({"role": ROLES[role], "key": key, "from": self.before["number"] + 1, "until": 0})

    def check_key(self, policy, keys, agency, role, name, new):
        key = new["public_key"]
        demand(large_order(key), f"{role} key", "a point not of small order", key)
        message = pae("validator-possession", self.ledger.chain_id + u64(agency) + text8(role) + text8(name) + key)
        demand(ed25519_verify(key, message, new["proof"]), f"possession of the {role} key", "a valid proof", new["proof"])
        held = [policy["log"]] + [k for v in policy["validators"] for k in (v["node"], v["key"])] + [w["key"] for w in policy["witnesses"]]
        others = [v["agency"] for v in policy["validators"]] if self.ledger.body["protocol"] >= 3 else [agency]
        held += [self.read(14, u64(other))["tls"] for other in others]
        demand(key not in held, f"{role} key", "one without another use", key)
        demand(key not in [k["key"] for k in keys], f"{role} key", "one that was not used before", key)
        return key

    def put_keys(self, agency, keys):
        listed = [u8(k["role"]) + k["key"] + u32(k["from"]) + u32(k["until"]) for k in keys]
        self.put(19, u64(agency), b"\x01" + u64(agency) + u16(len(listed)) + b"".join(listed))

    def put_node(self, n):
        self.put(14, u64(n["agency"]), b"\x01" + u64(n["agency"]) + u32(n["incarnation"]) + n["tls"] + text8(n["peer"]) + text8(n["public"]))

    def update_node(self, rec, number, a):
        self.own(self.policy(), rec.author)
        node = self.read(14, u64(rec.author))
        if a["incarnation"]:
            same("incarnation", node["incarnation"] + 1, a["incarnation"])
            node["incarnation"] += 1
        for field, place in (("peer_address", "peer"), ("public_address", "public")):
            if a[field]:
                check_address(a[field])
                node[place] = a[field]
        self.put_node(node)

    # -- proposals and votes --

    def parameters(self):
        return read_subject(1, b"", self.ledger.subjects[1, b""][0])  # in force: those before the block

    def put_proposal(self, v):
        votes = b"".join(u64(x["agency"]) + u8(x["yes"]) for x in v["votes"])
        self.put(20, v["record"] + u16(v["action"]), b"\x01" + v["record"] + u16(v["action"]) + u64(v["proposer"]) + u64(v["lapses"]) + u8(v["status"])
                 + u16(len(v["change"])) + v["change"] + u8(len(v["votes"])) + votes)

    def propose_change(self, rec, number, a):
        demand(self.time < a["lapses"] <= self.time + self.parameters()["lapse"], "lapses", "after the block, within the longest lapse", a["lapses"])
        self.carry_out(a, False)
        if a["change"] == "add_validator":
            joins = a["add_validator"]["validator"]
            self.brought += [(a["add_validator"]["agency"], role, joins["cosigner_name"], joins[role]) for role in ("node", "cosigner", "tls")]
        if a["change"] == "remove_validator" and a["remove_validator"]["log"]:
            publisher = a["remove_validator"]["publisher"] or self.policy()["publisher"]
            self.brought.append((publisher, "log", self.own(self.policy(), publisher)["cosigner"], a["remove_validator"]["log"]))
        self.put_proposal({"record": rec.id, "action": number, "proposer": rec.author, "lapses": a["lapses"], "status": 1,
                           "change": rec.actions[number], "votes": []})

    def vote(self, rec, number, a):
        p = self.policy()
        self.own(p, rec.author)
        v = self.read(20, proposal_of(a, rec))
        same("status of the proposal", 1, v["status"])
        demand(self.time <= v["lapses"], "time", f"at most {v['lapses']}", self.time)
        demand(rec.author not in [x["agency"] for x in v["votes"]], "author", "one who has not voted", rec.author)
        v["votes"].append({"agency": rec.author, "yes": int(a["ballot"] == 1)})
        members = [m["agency"] for m in p["validators"]]
        counted = [x["yes"] for x in v["votes"] if x["agency"] in members]
        needed = max(len(members) // 2 + 1, -(-len(members) * (self.parameters()["percent"] or 66) // 100))
        accepted = sum(counted) >= needed
        if accepted:
            v["status"] = 2
        elif len(members) - counted.count(0) < needed:
            v["status"] = 3
        self.put_proposal(v)
        if accepted:
            change = self.ledger.schema.decode("Action", v["change"], self.ledger.body["protocol"])
            self.carry_out(change["propose_change"], True)

    def carry_out(self, a, write):
        """Checks that a change can be made now, and makes it."""
        getattr(self, a["change"])(a[a["change"]], write)

    def add_validator(self, a, write):
        p, agency, joins = self.policy(), a["agency"], a["validator"]
        ident, name = u64(agency), joins["cosigner_name"]
        demand(self.value(6, ident) is not None, "agency", "one of the ledger", agency)
        demand(agency not in [v["agency"] for v in p["validators"]], "agency", "one without a validator", agency)
        demand(len(p["validators"]) < 7, "validators", "at most 6", len(p["validators"]))
        taken = [p["origin"]] + [v["cosigner"] for v in p["validators"]] + [w["name"] for w in p["witnesses"]]
        demand(name not in taken, "cosigner name", "no other's", name)
        check_address(joins["peer_address"])
        check_address(joins["public_address"])
        node = {"agency": agency, "incarnation": 1, "peer": joins["peer_address"], "public": joins["public_address"]}
        keys = []
        if self.value(14, ident) is not None:
            node["incarnation"], keys = self.read(14, ident)["incarnation"] + 1, self.read(19, ident)["keys"]
        for role in ("node", "cosigner", "tls"):
            self.bring(p, keys, agency, role, name, joins[role])
        node["tls"] = joins["tls"]["public_key"]
        p["validators"].append({"agency": agency, "node": joins["node"]["public_key"], "cosigner": name, "key": joins["cosigner"]["public_key"]})
        p["validators"].sort(key=lambda v: v["agency"])
        self.quorum(p, a["quorum"])
        if write:
            self.end_epoch(p)
            self.put_keys(agency, keys)
            self.put_node(node)

    def remove_validator(self, a, write):
        p = self.policy()
        keys = self.keys_of(self.own(p, a["agency"]))
        demand(len(p["validators"]) > 1, "validators", "not the last", 1)
        for k in keys:
            k["until"] = k["until"] or self.before["number"] + 1
        p["validators"] = [v for v in p["validators"] if v["agency"] != a["agency"]]
        p["publisher"] = a["publisher"] or p["publisher"]
        publisher = [v for v in p["validators"] if v["agency"] == p["publisher"]]
        demand(publisher, "publisher", "a validator that remains", p["publisher"])
        if a["log"]:
            p["log"] = self.check_key(p, self.keys_of(publisher[0]), p["publisher"], "log", publisher[0]["cosigner"], a["log"])
        self.quorum(p, a["quorum"])
        if write:
            self.end_epoch(p)
            self.put_keys(a["agency"], keys)

    def quorum(self, p, quorum):
        count = len(p["validators"])
        demand(count < 2 * quorum <= 2 * count, "quorum", f"more than half of {count}", quorum)
        p["quorum"] = quorum

    def set_parameters(self, a, write):
        for field, low, high in (("backdating_window", 1, YEAR), ("future_window", 1000, YEAR), ("longest_expiry", DAY, 30 * DAY),
                                 ("longest_lapse", 3_600_000, YEAR), ("clock_bound", 1000, YEAR)):
            demand(low <= a[field] <= high, field, f"{low}–{high}", a[field])
        demand(a["vote_percent"] in (0, *range(51, 101)), "vote_percent", "51–100", a["vote_percent"])
        check_resolvers(a["resolvers"])
        if write:
            self.put(1, b"", write_parameters(a))

    # -- lots and what is made of them --

    def lot(self, lot):
        return self.read(11, lot_ident(lot))

    def put_lot(self, v):
        ident = lot_ident(v["lot"])
        if (11, ident) in self.written and self.written[11, ident][-1][:2] == self.at:
            self.written[11, ident].pop()  # an action makes one entry
        self.put(11, ident, write_lot(v))

    def ancestors(self, v):
        """Every lot that one was made of, each once."""
        found, waiting = {}, list(v["inputs"])
        while waiting:
            ident = lot_ident(waiting[0]["lot"])
            if ident not in found:
                found[ident] = self.lot(waiting[0]["lot"])
                waiting += found[ident]["inputs"]
            waiting = waiting[1:]
        demand(len(found) <= 64, "ancestors", "at most 64", len(found))
        return list(found.values())

    def movable(self, v):
        same("status of the lot and its ancestors", {0}, {x["status"] for x in [v, *self.ancestors(v)]})

    def register_lot(self, rec, number, a):
        v = EARLIER[11] | {"lot": named_lot(a["lot"]), "unit": a["unit"], "quantity": a["quantity"], "left": 0, "traded": 0, "produced": a["produced"], "expires": a["expires"]}
        same("lot before", None, self.value(11, lot_ident(v["lot"])))
        same("yield with inputs", bool(a["inputs"]), bool(a["declared_yield"]))
        sources = [self.lot(named_lot(i["lot"])) for i in a["inputs"]]
        for i, source in zip(a["inputs"], sources):
            self.movable(source)
            same("unit of the input", (source["unit"], a["inputs"][0]["unit"]), (i["unit"], i["unit"]))
            demand(source["produced"] <= v["produced"], "produced", f"not before {source['produced']}", v["produced"])
            source["used"] += i["quantity"]
        if a["inputs"]:
            v |= {"yield": a["declared_yield"], "input_unit": a["inputs"][0]["unit"],
                  "inputs": [{"lot": named_lot(i["lot"]), "quantity": i["quantity"]} for i in a["inputs"]]}
            most = sum(i["quantity"] for i in a["inputs"]) * a["declared_yield"]
            demand(a["quantity"] * 1000 <= most, "quantity", f"at most {most // 1000}", a["quantity"])
            own = all(i["lot"]["product"] == a["lot"]["product"] for i in a["inputs"])
            demand(a["declared_yield"] <= 1000 or not own, "declared_yield", "at most 1,000", a["declared_yield"])
            self.ancestors(v)
        for lot in [v, *sources]:
            self.put_lot(lot)

    def propose_sale(self, rec, number, a):
        self.movable(self.lot(named_lot(a["goods"]["lot"])))
        self.proposed[rec.id + u16(number)] = (named_lot(a["goods"]["lot"]), a["goods"]["quantity"])

    def accept_sale(self, rec, number, a):
        sale = a["sale"]["record"] + u16(a["sale"]["action"])
        if sale in self.proposed:
            lot, quantity = self.proposed[sale]
        else:
            proposal = self.read(13, sale)
            lot, quantity = proposal["lot"], proposal["quantity"]
        v = self.lot(lot)
        self.movable(v)
        self.put_lot(v | {"traded": v["traded"] + quantity})

    def retail_sale(self, rec, number, a):
        v = self.lot(named_lot(a["goods"]["lot"]))
        self.movable(v)
        self.put_lot(v | {"left": v["left"] + a["goods"]["quantity"]})

    outside_sale = retail_sale

    def restraint(self, rec, a):
        demand(a["document"] or rec.author > 999_999, "document", "one, of an agency", None)
        return {"reason": a["reason"], "author": rec.author, "date": self.today, "document": a["document"]}

    def hold_lot(self, rec, number, a):
        v = self.lot(named_lot(a["lot"]))
        over = v["status"] == 1 and v["restraint"]["author"] > 999_999 >= rec.author  # an agency takes over what the producer holds
        demand(v["status"] == 0 or over, "status", "free, or held by the producer", v["status"])
        self.put_lot(v | {"status": 1, "restraint": self.restraint(rec, a)})

    def release_lot(self, rec, number, a):
        v = self.lot(named_lot(a["lot"]))
        same("status", 1, v["status"])
        demand(rec.author <= 999_999 or v["restraint"]["author"] > 999_999, "author", "an agency", rec.author)
        self.restraint(rec, a)
        self.put_lot(v | {"status": 0, "restraint": None})

    def recall_lot(self, rec, number, a):
        v = self.lot(named_lot(a["lot"]))
        demand(v["status"] != 2, "status", "not recalled", 2)
        self.put_lot(v | {"status": 2, "restraint": self.restraint(rec, a)})

    def apply_stamps(self, rec, number, a):
        v = self.lot(named_lot(a["lot"]))
        self.movable(v)
        ident = lot_ident(v["lot"])[:12]
        same("first serial number", 1 if self.value(21, ident) is None else self.read(21, ident)["next"], a["first"])
        self.put_lot(v | {"stamps": v["stamps"] + [{f: a[f] for f in ("first", "count", "per_stamp")}]})
        self.put(21, ident, b"\x01" + ident + u64(a["first"] + a["count"]))

    # -- inspections, pictures, contacts --

    def list_of(self, product):
        """Picture and inspections of a product as the block has left them so far."""
        ident = u64(product["producer"]) + u32(product["number"])
        if ident not in self.listed:
            v = read_subject(8, ident, self.ledger.subjects[8, ident][0]) if (8, ident) in self.ledger.subjects else EARLIER[8]
            self.listed[ident] = [v["picture"], v["inspections"]]
        return self.listed[ident]

    def check_listed(self):
        """Products are not derived as a whole, but these two parts of them are."""
        for ident, listed in self.listed.items():
            v = read_subject(8, ident, self.ledger.subjects[8, ident][0])
            same("picture and inspections", listed, [v["picture"], v["inspections"]])

    def inspect(self, rec, number, a):
        demand(a["date"] <= self.today, "date", f"at most {self.today}", a["date"])
        if a["target"] == "lot":
            v = self.lot(named_lot(a["lot"]))
            self.put_lot(v | {"inspections": inspected(v["inspections"], a["date"], a["outcome"])})
        else:
            listed = self.list_of(a["product"])
            listed[1] = inspected(listed[1], a["date"], a["outcome"])

    def set_picture(self, rec, number, a):
        listed = self.list_of(a["product"])
        demand((a["blob"] or ZERO32) != listed[0], "picture", "another", listed[0])
        listed[0] = a["blob"] or ZERO32

    def set_contact(self, rec, number, a):
        ident = u64(rec.author)
        before = "" if self.value(22, ident) is None else self.read(22, ident)["phone"]
        demand(a["phone"] != before, "phone", "another", before)
        self.put(22, ident, b"\x01" + ident + text8(a["phone"]))


def proposal_of(vote, rec):
    """The id of the proposal that a vote names."""
    if vote["proposal"] == "here":
        return rec.id + u16(vote["here"])
    return vote["action"]["record"] + u16(vote["action"]["action"])


def check_address(address):
    host, _, port = address.rpartition(":")
    plain = host and not set(host) & set(":[]") or re.fullmatch(r"\[[^\[\]]+\]", host)
    demand(plain and re.fullmatch(r"[1-9][0-9]{0,4}", port) and int(port) <= 65535, "address", "host:port", address)


def key_grants(action):
    """(account, epoch, grant) of every key that an action brings; an account begins with epoch 1."""
    if action["kind"] == "register_account" and action["register_account"]["key"]:
        return [(action["register_account"]["account"], 1, action["register_account"]["key"])]
    if action["kind"] == "bind_key":
        return [(action["bind_key"]["account"], action["bind_key"]["epoch"], action["bind_key"]["key"])]
    return []


def named_subject(action, rec, number):
    """(kind, id) of the subject that an action makes or changes by name."""
    decision = lambda d: u64(d["issuer"]) + u16(d["year"])
    certificate = lambda c: (10, decision(c["decision"]) + u16(c["item"]) + c["decision"]["number"].encode())
    product = lambda p: u64(p["producer"]) + u32(p["number"])
    kind = action["kind"]
    a = action[kind]
    if kind in ("register_account", "bind_key", "retire_key"):
        return 6, u64(a["account"])
    if kind == "register_product":
        return 8, product(a["product"])
    if kind == "open_decision":
        return 9, decision(a["decision"]) + a["decision"]["number"].encode()
    if kind in ("certify", "revoke"):
        return certificate(a["certificate"])
    if kind == "correct":
        if a["target"] == "certificate":
            return certificate(a["certificate"])
        return (8, product(a["product"])) if a["target"] == "product" else (6, u64(a["account"]))
    if kind in ("register_lot", "hold_lot", "release_lot", "recall_lot", "apply_stamps") or kind == "inspect" and a["target"] == "lot":
        return 11, product(a["lot"]["product"]) + a["lot"]["lot"].encode()
    if kind in ("inspect", "set_picture"):
        return 8, product(a["product"])
    if kind == "set_contact":
        return 22, u64(rec.author)
    if kind == "rotate_validator":
        return 19, u64(rec.author)
    if kind == "update_node":
        return 14, u64(rec.author)
    if kind == "propose_change":
        return 20, rec.id + u16(number)
    if kind == "vote":
        return 20, proposal_of(a, rec)
    if kind == "accept_sale":
        return 13, a["sale"]["record"] + u16(a["sale"]["action"])
    if kind == "retail_sale":  # makes no sale subject: the lot and the seller's holding are all that changes
        lot = a["goods"]["lot"]
        return 11, product(lot["product"]) + lot["lot"].encode()
    return 13, rec.id + u16(number)


# ---- expected.json and the command --------------------------------------------------------------------------------

def compare(want, got):
    """Difference of two JSON values, named by its path."""
    if isinstance(want, dict) and isinstance(got, dict):
        same("names", sorted(want), sorted(got))
        for name in want:
            with at(name):
                compare(want[name], got[name])
    elif isinstance(want, list) and isinstance(got, list):
        same("length", len(want), len(got))
        for i, (a, b) in enumerate(zip(want, got)):
            with at(str(i)):
                compare(a, b)
    else:
        same("value", want, got)


def commitment(c):
    name, value = c["name"].encode(), c["value"].encode()
    return H(pae("commitment", bytes.fromhex(c["salt"]) + u16(len(name)) + name + value)).hex()


def split(leaves):
    """(first, seal) index of every block."""
    seals = [i for i, leaf in enumerate(leaves) if leaf[:1] == u8(SEAL)]
    same("last leaf", "a seal", "a seal" if seals and seals[-1] == len(leaves) - 1 else "none")
    return list(zip([0] + [i + 1 for i in seals], seals))


def verify(schema, genesis_file, leaves, expected):
    ledger = Ledger(schema, genesis_file)
    same("expected.json: chain_id", expected["chain_id"], ledger.chain_id.hex())
    blocks, reports = split(leaves), []
    same("expected.json: number of blocks", len(expected["blocks"]), len(blocks))
    for (first, seal), block in zip(blocks, expected["blocks"]):
        reports.append(ledger.block(leaves[first:seal + 1], block["changes"]))
    with at("expected.json"):
        possession = []
        for p in expected["possession"]:
            grant = {"roles": p["roles"], "public_key": bytes.fromhex(p["public_key"])}
            message = ledger.possession(p["account"], p["epoch"], grant)
            demand(secp256k1_verify(grant["public_key"], message, bytes.fromhex(p["proof"])), "possession", "valid", p["proof"])
        for report in reports:
            possession += [{"account": account, "epoch": epoch, "roles": g["roles"], "public_key": g["public_key"].hex(),
                            "proof": g["proof"].hex()} for account, epoch, g in report.grants]
        validators = [{"agency": agency, "role": role, "cosigner_name": name, "public_key": new["public_key"].hex(), "proof": new["proof"].hex()}
                      for report in reports for agency, role, name, new in report.brought]
        compare(expected, {
            "chain_id": ledger.chain_id.hex(),
            "records": [r for report in reports for r in report.records],
            "refusals": [r for report in reports for r in report.refusals],
            "blocks": [report.block for report in reports],
            "policy": policy_of_genesis(ledger.body, ledger.chain_id).hex(),
            "commitments": [dict(c, hash=commitment(c)) for c in expected["commitments"]],
            "possession": possession}
            | ({"validator_possession": validators} if validators else {}))
    return ledger, reports


def selftest(schema, genesis_file, leaves, expected):
    """Flips single bits. Each must be noticed by the leaf's own checks or by its own block, not only by a later root."""
    flips = 0

    def flipped(data, i):
        return data[:i] + bytes([data[i] ^ 1 << (i * 5 + len(data)) % 8]) + data[i + 1:]

    def demand_failure(what, i, run):
        nonlocal flips
        flips += 1
        try:
            run()
        except Difference:
            return
        raise Difference(f"self-test: {what}, byte {i}", "a difference", "none")

    # Genesis: a flip in the body changes the chain id, which the leaves know; the rest must fail by itself.
    good = Ledger(schema, genesis_file)
    length = int.from_bytes(genesis_file[8:12], "big")

    def genesis(data):
        same("chain id", good.chain_id, genesis_chain_id(data)[1])
        Ledger(schema, data)

    tail = range(12 + length, len(genesis_file))
    for i in [*range(12), *range(12, 12 + length, max(1, length // 2000)), *tail[:1], *tail[1::7]]:
        demand_failure("genesis.bin", i, lambda: genesis(flipped(genesis_file, i)))

    # Where only the signature can tell (64 bytes of it; schema, times and author in the header) a few bytes are enough.
    slow = set(range(35, 99)) | set(range(101 + 33, 101 + 59))
    for (first, last), block in zip(split(leaves), expected["blocks"]):
        for index in range(first, last + 1):
            leaf = leaves[index]
            if leaf[:1] == u8(RECORD):
                for i in [i for i in range(len(leaf)) if i not in slow or (i + index) % 13 == 0]:
                    demand_failure(f"leaf {index}", i, lambda: read_record(flipped(leaf, i), good.chain_id))
            else:
                for i in [*range(2), *range(2 + index % 3, len(leaf), 3)]:
                    mutated = leaves[first:index] + [flipped(leaf, i)] + leaves[index + 1:last + 1]
                    demand_failure(f"leaf {index}", i, lambda: good.copy().block(mutated, block["changes"]))
        good.block(leaves[first:last + 1], block["changes"])
    return flips


def main():
    parser = argparse.ArgumentParser(description="verify a ledger from FORMAT.md alone")
    parser.add_argument("--selftest", action="store_true", help="flip bits in memory and demand that each is noticed")
    parser.add_argument("dir", type=Path, help="folder of genesis.bin, leaves.txt and expected.json")
    args = parser.parse_args()
    try:
        schema = Schema(PROTO)
        genesis_file = (args.dir / "genesis.bin").read_bytes()
        leaves = [bytes.fromhex(line) for line in (args.dir / "leaves.txt").read_text().split()]
        expected = json.loads((args.dir / "expected.json").read_text())
        ledger, reports = verify(schema, genesis_file, leaves, expected)
        line = (f"ok: {len(leaves)} leaves, {len(reports)} blocks, {sum(len(r.records) for r in reports)} records, "
                f"{len(ledger.subjects)} subjects, root {ledger.log.root().hex()}")
        if args.selftest:
            start = time.monotonic()
            flips = selftest(schema, genesis_file, leaves, expected)
            line += f", {flips} flips noticed in {time.monotonic() - start:.0f} s"
        print(line)
        return 0
    except Difference as d:
        print(f"difference: {d}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
