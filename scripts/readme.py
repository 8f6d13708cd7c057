#!/usr/bin/env python3
"""Runs the README's sessions against a real devnet and writes their output into it.

  scripts/readme.py           rewrites the blocks between <!-- begin: NAME --> and <!-- end: NAME -->
  scripts/readme.py --check   fails when the README is not what the product prints

What differs from run to run (keys, hashes, times) is masked; everything else must be equal to the letter.
"""
import os, re, shlex, signal, subprocess, sys, tempfile, time, urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BASE = 17400  # beside a devnet that somebody may have running; printed as 7400

MASKS = [
    (re.compile(r"\b[0-9a-f]{64}\b"), "…"),
    (re.compile(r"\b[A-Za-z0-9+/]{43}="), "…"),
    (re.compile(r"\b(?:[0-9a-f]{4} ){3}[0-9a-f]{4}\b"), "…"),
    (re.compile(r"\b[0-9a-f]{8,40}…"), "…"),
    (re.compile(r"\b\d\d/\d\d/20(2[1-9]|[3-9]\d)\b"), "dd/mm/yyyy"),
    (re.compile(r":(20(2[1-9]|[3-9]\d)):"), ":yyyy:"),
    (re.compile(r"\b20(2[1-9]|[3-9]\d)-\d\d-\d\dT?[0-9:.]*(Z|\+07:00)?"), "yyyy-mm-dd"),
    (re.compile(r"\b\d\d:\d\d(:\d\d)?\b(?!\d)"), "hh:mm"),
    (re.compile(r"\b\d+([.,]\d+)? ?(ms|µs|s)\b"), "… s"),
    (re.compile(r"\b\d{1,2} (January|February|March|April|May|June|July|August|September|October|November|December) 20(2[4-9]|[3-9]\d)"), "d Month yyyy"),
    (re.compile(r"\bkey [0-9a-f]{16}\b"), "key …"),
    (re.compile(r"\b20(2[4-9]|3\d)[01]\d[0-3]\d\b"), "yyyymmdd"),
    (re.compile(r"leader: agency \d+"), "leader: agency …"),
    (re.compile(r"Cosigned by( +)agencies [\d, ]+"), r"Cosigned by\1agencies …"),
    (re.compile(r'"(time|chainId)": ?"[^"]*"'), r'"\1": "…"'),
    (re.compile(r'"(height|size|certified)": ?"?\d+"?'), r'"\1": …'),
    (re.compile(r"\b17(\d\d\d)\b"), lambda m: "7" + m.group(1)),
]


def mask(text, directory):
    text = text.replace(directory, "devnet")
    for pattern, to in MASKS:
        text = pattern.sub(to, text)
    return text.rstrip() + "\n"


def sessions():
    """NAME -> list of commands, from scripts/readme.txt."""
    result, name = {}, None
    with open(os.path.join(ROOT, "scripts", "readme.txt"), encoding="utf-8") as f:
        for line in f.read().splitlines():
            if line.startswith("## "):
                name = line[3:]
                result[name] = []
            elif line.strip() and not line.startswith("#"):
                result[name].append(line)
    return result


def run(line, env, directory):
    """Runs one command as it stands in the README and returns prompt and output."""
    command = line.replace("127.0.0.1:74", f"127.0.0.1:{BASE // 100}").replace("localhost:74", f"127.0.0.1:{BASE // 100}")
    done = subprocess.run(["bash", "-c", command], cwd=directory, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"readme: {line}\nexit status {done.returncode}\n{done.stdout}{done.stderr}")
    return f"$ {line}\n{done.stdout}"


def wait_ready(process, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"readme: devnet ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{BASE + 2}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit("readme: devnet did not become ready")


def main():
    check = "--check" in sys.argv
    with tempfile.TemporaryDirectory() as temporary:
        binaries = os.path.join(temporary, "bin")
        os.mkdir(binaries)
        for name in ("ocop", "ocopd"):
            subprocess.run(["go", "build", "-o", os.path.join(binaries, name), "./cmd/" + name], cwd=ROOT, check=True)
        tools = subprocess.run(["go", "tool", "-modfile=scripts/tools.mod", "-n", "grpcurl"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
        os.symlink(tools, os.path.join(binaries, "grpcurl"))
        env = dict(os.environ, PATH=binaries + os.pathsep + os.environ["PATH"], LANG="en_US.UTF-8", LC_ALL="C.UTF-8", OCOP_LANG="en")
        network = os.path.join(temporary, "devnet")
        blocks = sessions()
        out = {}
        # The whole main job first: load, compare, audit, end. The session below continues in the same directory.
        done = subprocess.run([os.path.join(binaries, "ocopd"), "devnet", "--once", "--json", "--dir", network, "--base-port", str(BASE)],
                              env=env, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            sys.exit(f"readme: devnet --once failed\n{done.stdout}{done.stderr}")
        out["once"] = "$ go run ./cmd/ocopd devnet --once --json\n" + done.stdout
        process = subprocess.Popen([os.path.join(binaries, "ocopd"), "devnet", "--dir", network, "--base-port", str(BASE)],
                                   env=env, stdout=open(os.path.join(temporary, "log"), "wb"), stderr=subprocess.STDOUT)
        try:
            wait_ready(process)
            for name, lines in blocks.items():
                out[name] = "\n".join(run(line, env, temporary) for line in lines)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
        path = os.path.join(ROOT, "README.md")
        with open(path, encoding="utf-8") as f:
            old = f.read()
        new = old
        for name, text in out.items():
            block = f"<!-- begin: {name} -->\n```console\n{mask(text, network)}```\n<!-- end: {name} -->"
            new, n = re.subn(rf"<!-- begin: {name} -->.*?<!-- end: {name} -->", lambda _: block, new, flags=re.S)
            if n != 1:
                sys.exit(f"readme: no single block {name} in README.md")
        if check:
            if new != old:
                import difflib
                sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "README.md", "what the product prints"))
                sys.exit("readme: stale; run scripts/readme.py and commit")
            print("README.md is what the product prints")
            return
        with open(path, "w", encoding="utf-8") as f:
            f.write(new)


main()
