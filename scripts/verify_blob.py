#!/usr/bin/env python3
"""Second implementation of public blobs, written from ledger/FORMAT.md §14 alone.

    verify_blob.py VECTORS.json        ids, content and signatures of ledger/blob/testdata
    verify_blob.py --blob FILE [ID]    a container, as /blob/ID.blob gives it: prints its id, and fails unless it is ID

Exit status 1 with the first difference. Nothing is decoded: content is walked through, as the format says.
"""
import json
import struct
import sys
import zlib
from pathlib import Path

from verify_format import Difference, H, at, check_text, demand, ed25519_verify, pae, same, secp256k1_verify, u16

NAME, JPEG, PNG, WEBP = "text/plain; charset=utf-8", "image/jpeg", "image/png", "image/webp"
MAX_PICTURE, MAX_NAME, MAX_SIDE, MAX_PIXELS, MAX_SCANS = 512 << 10, 240, 4096, 8 << 20, 32


class Reader:
    def __init__(self, data): self.data = data

    def take(self, n):
        demand(n <= len(self.data), "bytes", n, len(self.data))
        taken, self.data = self.data[:n], self.data[n:]
        return taken

    def number(self, n): return int.from_bytes(self.take(n), "big")

    def little(self, n): return int.from_bytes(self.take(n), "little")


def check_size(width, height):
    demand(1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE and width * height <= MAX_PIXELS, "pixels", "in bounds", (width, height))


def check_name(content):
    demand(1 <= len(content) <= MAX_NAME, "name", "1 to 240 bytes", len(content))
    check_text("NAME", content.decode("utf-8"))


def check_jpeg(content):
    r, size, scans = Reader(content), None, 0
    same("SOI", b"\xff\xd8", r.take(2))
    while True:
        same("marker", 0xFF, r.number(1))
        mark = r.number(1)
        if mark == 0xD9:
            demand(scans and not r.data, "EOI", "at the end, after a picture", len(r.data))
            return
        length = r.number(2)
        demand(length >= 2, "segment", "a length of 2 at least", length)
        body = r.take(length - 2)
        if mark in (0xC0, 0xC1, 0xC2):
            demand(size is None and len(body) >= 6 and body[0] == 8 and body[5] in (1, 3) and len(body) == 6 + 3 * body[5], "frame", "one, of 8 bits", body)
            height, width = struct.unpack(">HH", body[1:5])
            size = (width, height)
            check_size(*size)
        elif mark == 0xDA:
            scans += 1
            demand(size and scans <= MAX_SCANS, "scans", f"a frame, at most {MAX_SCANS}", scans)
            place = 0
            while True:
                place = r.data.find(b"\xff", place)
                demand(0 <= place < len(r.data) - 1, "scan", "a marker after it", place)
                if r.data[place + 1] != 0 and not 0xD0 <= r.data[place + 1] <= 0xD7:
                    break
                place += 2
            r.take(place)
        elif mark == 0xC4:
            while body:
                demand(len(body) >= 17, "DHT", "a table", body)
                body = Reader(body)
                body.take(1)
                body.take(sum(body.take(16)))
                body = body.data
        elif mark == 0xDB:
            while body:
                n = 1 + 64 * (1 + (body[0] >> 4))
                demand(len(body) >= n, "DQT", n, len(body))
                body = body[n:]
        elif mark == 0xDD:
            same("DRI", 2, len(body))
        elif mark == 0xE0:
            demand(len(body) == 14 and body[:5] == b"JFIF\0" and body[12:] == b"\0\0", "APP0", "JFIF without preview", body)
        elif mark == 0xEE:
            demand(len(body) == 12 and body[:5] == b"Adobe", "APP14", "Adobe", body)
        else:
            raise Difference("segment", "one that is allowed", mark)


DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
COLOURS = {b"PLTE": (3, 768), b"tRNS": (1, 256), b"gAMA": (4, 4), b"cHRM": (32, 32), b"sRGB": (1, 1), b"sBIT": (1, 4), b"bKGD": (1, 6), b"pHYs": (9, 9)}


def check_png(content):
    r, kinds = Reader(content), []
    same("signature", b"\x89PNG\r\n\x1a\n", r.take(8))
    while True:
        length = r.number(4)
        kind, body = r.take(4), r.take(length)
        same("CRC", zlib.crc32(kind + body), r.number(4))
        demand((not kinds) == (kind == b"IHDR"), "IHDR", "first and once", kind)
        if kind == b"IHDR":
            same("IHDR", 13, length)
            width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", body)
            demand(depth in DEPTHS.get(colour, ()) and compression == filtering == 0 and interlace <= 1, "IHDR", "as it may be", body)
            check_size(width, height)
        elif kind == b"IDAT":
            demand(kinds[-1] == kind or kind not in kinds, "IDAT", "one run", kinds)
        elif kind == b"IEND":
            demand(not body and not r.data and b"IDAT" in kinds, "IEND", "empty, last, after a picture", body)
            return
        else:
            least, most = COLOURS.get(kind, (1, 0))
            demand(least <= length <= most and kind not in kinds and b"IDAT" not in kinds, "chunk", "one that is allowed", kind)
        kinds.append(kind)


def check_webp(content):
    r = Reader(content)
    same("RIFF", b"RIFF", r.take(4))
    same("length", len(content) - 8, r.little(4))
    same("WEBP", b"WEBP", r.take(4))
    chunks = []
    while r.data:
        kind, length = r.take(4), r.little(4)
        chunks.append((kind, r.take(length)))
        same("padding", bytes(length % 2), r.take(length % 2))
    kinds, canvas = [kind for kind, _ in chunks], None
    if kinds[:1] == [b"VP8X"]:
        head = chunks[0][1]
        demand(len(head) == 10 and head[0] & ~0x10 == 0 and head[1:4] == bytes(3), "VP8X", "no flag but alpha", head)
        canvas = (int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1)
        check_size(*canvas)
        alpha = head[0] & 0x10 and kinds[1:] == [b"ALPH", b"VP8 "]
        chunks = chunks[2:] if alpha else chunks[1:]
    demand(len(chunks) == 1 and chunks[0][0] in (b"VP8 ", b"VP8L"), "chunks", "one picture", kinds)
    kind, body = chunks[0]
    if kind == b"VP8 ":
        demand(len(body) >= 10 and body[0] & 1 == 0 and body[3:6] == b"\x9d\x01\x2a", "VP8", "a key frame", body[:10])
        size = tuple(n & 0x3FFF for n in struct.unpack("<HH", body[6:10]))
    else:
        demand(len(body) >= 5 and body[0] == 0x2F and body[4] >> 5 == 0, "VP8L", "a picture", body[:5])
        bits = int.from_bytes(body[1:5], "little")
        size = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    demand(canvas in (None, size), "canvas", size, canvas)
    check_size(*size)


CHECKS = {NAME: check_name, JPEG: check_jpeg, PNG: check_png, WEBP: check_webp}


def blob_id(container):
    """The id of a container, and its media type and content."""
    r = Reader(container)
    same("magic and version", b"OCOPBLOB\x01", r.take(9))
    salt, media = r.take(32), r.take(r.number(1)).decode()
    content = r.take(r.number(4))
    same("bytes left over", b"", r.data)
    field = (b"name" if media == NAME else media.encode())
    return H(pae("commitment", salt + u16(len(field)) + field + content)), media, content


def check_content(media, content):
    demand(media in CHECKS and len(content) <= MAX_PICTURE, "media type and size", "as they may be", (media, len(content)))
    CHECKS[media](content)


def check_signed(v):
    erasure, report, offer = (bytes.fromhex(v[key]) for key in ("erasure", "report", "offer"))
    same("order", b"OCOPERAS\x01", erasure[:9])
    body, key, signature = erasure[:-97], erasure[-97:-64], erasure[-64:]
    same("order's length", 9 + 64 + 2 + body[74] + 8 + 4 + 8 + 1, len(body))
    demand(1 <= body[-1] <= 3 and body[-9:-7] == b"\0\0", "order", "a ground, and a time below 2^48", body[-9:])
    message = pae("blob-erasure", body)
    demand(secp256k1_verify(key, message, signature), "order", "signed", signature)
    same("report", (210, 1), (len(report), report[0]))
    message = pae("blob-report", report[:-96])
    demand(ed25519_verify(report[-96:-64], message, report[-64:]), "report", "signed", report)
    same("offer", (178, 1), (len(offer), offer[0]))
    message = pae("blob-offer", offer[:-97])
    demand(secp256k1_verify(offer[-97:-64], message, offer[-64:]), "offer", "signed", offer)


def check_vectors(v):
    for case in v["blobs"]:
        with at(case["name"]):
            got, media, content = blob_id(bytes.fromhex(case["container"]))
            same("id", case["id"], got.hex())
            try:
                check_content(media, content)
                wrong = None
            except (Difference, UnicodeDecodeError, IndexError) as e:
                wrong = e
            demand((wrong is None) == (case["wrong"] == ""), "content", case["wrong"] or "taken", wrong)
    check_signed(v)
    return len(v["blobs"])


def main(args):
    if args[:1] == ["--blob"] and len(args) in (2, 3):
        got, media, content = blob_id(Path(args[1]).read_bytes())
        check_content(media, content)
        same("id", *(args[2:] or [got.hex()]), got.hex())
        print(got.hex(), media, len(content))
        return
    if len(args) != 1:
        sys.exit(__doc__)
    print(f"{check_vectors(json.loads(Path(args[0]).read_text()))} blobs, an order, a report and an offer: as written down")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Difference as e:
        sys.exit(f"verify_blob: {e}")
