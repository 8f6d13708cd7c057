#!/usr/bin/env python3
"""What a stranger can check of the sample network, checked from outside with the product's commands and with other people's.

    scripts/proofs.py        makes a network, and ends with the number of checks that passed

A devnet is made and kept running. Then, before and after the rotation of a cosigner key:
  - tessera's fsck, which is not ours, checks the log of every node over HTTP;
  - ocop audit --tiles re-derives the ledger from every node's files, from a mirrored folder, and finds a changed one;
  - a receipt of every product, certificate and lot of the sample is verified with nothing but the genesis file, those of before the rotation again after it.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASE = 8700  # public ports BASE, BASE + 10, BASE + 20
PORTS = [BASE, BASE + 10, BASE + 20]
DEADLINE = 60  # seconds, for anything that is waited for
checks = 0


def fail(text):
    print("proofs:", text, file=sys.stderr)
    sys.exit(1)


def run(*args, want=0, env=None):
    done = subprocess.run([str(a) for a in args], cwd=ROOT, capture_output=True, text=True, timeout=300, env=env)
    if done.returncode != want:
        fail(f"{' '.join(map(str, args))} ended with {done.returncode}, want {want}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def passed(n=1):
    global checks
    checks += n


def wait(what, holds):
    end = time.monotonic() + DEADLINE
    while not holds():
        if time.monotonic() > end:
            fail(f"not reached in {DEADLINE} s: {what}")
        time.sleep(0.1)


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.read().decode()


def checkpoint(port):
    try:
        lines = get(port, "/log/checkpoint").splitlines()
    except OSError:
        return None
    return lines[0], int(lines[1]), lines[2]


class Network:
    def __init__(self, work, bin):
        self.work, self.dir, self.bin = work, work / "devnet", bin
        self.genesis = self.dir / "genesis"
        self.memory = work / "memory"

    def ocop(self, *args, port=BASE, want=0):
        return run(self.bin / "ocop", *args, "--node", f"127.0.0.1:{port}", want=want)

    def begin(self):
        once = json.loads(run(self.bin / "ocopd", "devnet", "--once", "--json", "--dir", self.dir, "--base-port", BASE))
        if once["certified"] != once["height"] or once["audit"] != "ok" or (once["products"], once["producers"]) != (22, 16):
            fail(f"devnet --once: {once}")
        passed()
        self.mirror = self.work / "mirror"
        config = next((self.dir / "nodes").glob("1-*")) / "config.yaml"
        text, changed = re.subn(r'(?m)^  mirror: ""$', f'  mirror: "{self.mirror}"', config.read_text())
        if changed != 1:
            fail(f"{config} has no empty mirror setting")
        config.write_text(text)
        self.log = open(self.work / "devnet.log", "w")
        self.process = subprocess.Popen([str(self.bin / "ocopd"), "devnet", "--dir", str(self.dir), "--base-port", str(BASE)], stdout=self.log, stderr=self.log)
        self.settled()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        if self.process.wait(30) != 0:
            fail("the devnet did not end cleanly")

    def head(self, port):
        return json.loads(self.ocop("head", "--json", port=port))

    def settled(self):
        """Every node shows the newest head under the log's signature, and the mirror has it."""

        def holds():
            shown = [checkpoint(p) for p in PORTS]
            if None in shown or len(set(shown)) != 1 or self.head(BASE)["head"]["size"] not in (shown[0][1], str(shown[0][1])):
                return False
            copy = self.mirror / "checkpoint"
            return copy.exists() and copy.read_text().splitlines()[1] == str(shown[0][1])

        wait("one published head on every node and in the mirror", holds)

    # Other people's checker, and our own from files alone.

    def log_is_sound(self):
        policy = get(BASE, "/log/policy")
        key = self.work / "log.vkey"
        key.write_text(re.search(r"(?m)^log (\S+)", policy).group(1))
        _, size, _ = checkpoint(BASE)
        for port in PORTS:
            done = subprocess.run(
                ["go", "tool", "-modfile=scripts/fsck.mod", "fsck", "-N", "8", "--ui=false", "--storage_url", f"http://127.0.0.1:{port}/log/", "--public_key", str(key)],
                cwd=ROOT, capture_output=True, text=True, timeout=120)
            if f"Successfully fsck'd log with size {size} " not in done.stderr + done.stdout:  # its exit status is 0 whatever it finds
                fail(f"fsck of node {port}:\n{done.stdout}{done.stderr}")
            passed()
        for where in [f"http://127.0.0.1:{p}/log/" for p in PORTS] + [self.mirror]:
            report = json.loads(run(self.bin / "ocop", "audit", "--tiles", where, "--genesis", self.genesis, "--json"))
            if report["audit"] != "ok" or report["size"] != size or len(report["certified"]["agencies"]) < report["certified"]["quorum"]:
                fail(f"audit of {where}: {report}")
            passed()

    def changed_mirror_is_found(self):
        harmed = self.work / "harmed"
        shutil.rmtree(harmed, ignore_errors=True)
        shutil.copytree(self.mirror, harmed)
        bundle = next(p for p in (harmed / "tile" / "entries").rglob("*") if p.is_file() and p.stat().st_size > 4000)
        data = bytearray(bundle.read_bytes())
        data[3000] ^= 1
        bundle.write_bytes(data)
        report = json.loads(run(self.bin / "ocop", "audit", "--tiles", harmed, "--genesis", self.genesis, "--json", want=6))
        if report["audit"] == "ok" or "divergence" not in report:
            fail(f"a changed mirror: {report}")
        passed()

    # Receipts.

    def subjects(self):
        for p in json.loads(self.ocop("list", "products", "--json"))["products"]:
            product = p["product"]
            yield "product", product
            trace = json.loads(self.ocop("trace", "product", product, "--json"))
            for c in trace.get("certificates", []):
                yield "certificate", c["certificate"]
            for lot in trace.get("lots", []):
                yield "lot", lot["lot"]

    def receipts(self, folder):
        folder.mkdir()
        kinds = {}
        for i, (kind, id) in enumerate(self.subjects()):
            kinds[kind] = kinds.get(kind, 0) + 1
            self.ocop("receipt", kind, id, "-o", folder / f"{i:03}-{kind}.ocop", port=PORTS[i % 3])
        if (kinds.get("product"), kinds.get("certificate"), kinds.get("lot")) != (22, 44, 11):
            fail(f"subjects of the sample: {kinds}")
        return folder

    def receipts_hold(self, folder, epoch):
        for file in sorted(folder.iterdir()):
            got = json.loads(run(self.bin / "ocop", "verify", file, "--policy", self.genesis, "--json"))
            if not got["verdict"] or got["head"]["policy_epoch"] != epoch:
                fail(f"{file.name}: {got}")
            passed()

    def record_receipt_holds(self):
        """The record of the rotation, by what the mirror has of policies; and not without it, as its own file has no room for handovers."""
        file = self.work / "rotation.tlog-proof"
        self.ocop("receipt", "record", self.rotation, "-o", file)
        got = json.loads(run(self.bin / "ocop", "verify", file, "--policy", self.genesis, "--handover", self.mirror / "policy", "--json"))
        if got["verify"] != "ok":
            fail(f"{file.name}: {got}")
        passed()

    def memory_goes_on(self):
        """What was remembered before the rotation, by genesis, leads to every node's head; a receipt of before is too old for it."""
        size = None
        for port in PORTS:
            trusted = [] if self.memory.exists() else ["--policy", self.genesis]
            size = int(json.loads(self.ocop("head", "--memory", self.memory, *trusted, "--json", port=port))["head"]["size"])
            passed()
        if size != checkpoint(BASE)[1]:
            fail(f"the memory is at {size} leaves")

    def submit(self, draft, key):
        people, signed = self.dir / "people", draft.with_suffix(".signed")
        run(self.bin / "ocop", "sign", draft, "--key", people / key, "--password-file", people / "password.txt", "--yes", "-o", signed)
        return json.loads(self.ocop("submit", signed, "--json", port=PORTS[2]))["outcomes"][0]["record"]

    def rotate(self, node, officer, account):
        home = next((self.dir / "nodes").glob(node))
        keys = self.work / "next-keys.txt"
        run(self.bin / "ocopd", "keys", "rotate", "--dir", home, "--cosigner", "-o", keys)
        draft = self.work / "rotation.yaml"
        self.ocop("draft", "rotate-validator", "--author", account, "--keys", keys, "-o", draft)
        self.rotation = self.submit(draft, officer)
        self.settled()
        wait("a head of the next epoch", lambda: "tlog-proof" in get(BASE, "/log/policy/1").splitlines()[0])
        wait("the next key in its place, and the retired one destroyed", lambda: not list(home.glob("keys/*.next.key")))
        # The block that ends an epoch is its last; the next epoch certifies from its own first block on.
        draft = self.work / "sale.yaml"
        self.ocop("draft", "retail", "--author", "3000002", "--lot", "2000003.1/ST24-01", "--quantity", "1 kg", "-o", draft)
        self.submit(draft, "thuong-nhan-2.json")
        self.settled()
        passed()


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="ocop-proofs-"))
    try:
        bin = work / "bin"
        run("go", "build", "-o", f"{bin}/", "./cmd/ocop", "./cmd/ocopd")
        n = Network(work, bin)
        n.begin()
        try:
            n.log_is_sound()
            n.changed_mirror_is_found()
            before = n.receipts(work / "before")
            n.receipts_hold(before, 0)
            n.memory_goes_on()
            n.rotate("2-*", "so-nong-nghiep.json", 2)
            n.log_is_sound()
            n.memory_goes_on()
            n.record_receipt_holds()
            n.receipts_hold(n.receipts(work / "after"), 1)
            n.receipts_hold(before, 0)
        finally:
            n.end()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"ok: {checks} checks")


main()
