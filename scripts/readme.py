#!/usr/bin/env python3
"""Runs the README's sessions against a real devnet and writes their output into it.

  scripts/readme.py           rewrites the blocks between <!-- begin: NAME --> and <!-- end: NAME -->
  scripts/readme.py --check   fails when the README is not what the product prints

What differs from run to run (keys, hashes, times) is masked; everything else must be equal to the letter.
"""
import datetime, os, re, signal, subprocess, sys, tempfile, time, urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BASE = 17400  # beside a devnet that somebody may have running; printed as 7400

MASKS = [
    (re.compile(r"^(— \S+) [A-Za-z0-9+/]{90,}=*$", re.M), r"\1 …"),
    (re.compile(r"\b(0x[0-9a-fA-F]{40}|[0-9a-f]{64}|[0-9a-f]{66})\b"), "…"),
    (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}="), "…"),
    (re.compile(r"\b(?:[0-9a-f]{4}[ -]){3}[0-9a-f]{4}\b"), "…"),
    (re.compile(r"\b[0-9a-f]{8,40}…"), "…"),
    (re.compile(r"\b\d\d/\d\d/20(2[1-9]|[3-9]\d)\b"), "dd/mm/yyyy"),
    (re.compile(r":(20(2[1-9]|[3-9]\d)):"), ":yyyy:"),
    (re.compile(r"\b20(2[1-9]|[3-9]\d)-\d\d-\d\dT?[0-9:.]*(Z|\+07:00)?"), "yyyy-mm-dd"),
    (re.compile(r"\b\d\d:\d\d(:\d\d)?\b(?!\d)"), "hh:mm"),
    (re.compile(r"\b\d+([.,]\d+)? ?(ms|µs|s)\b"), "… s"),
    (re.compile(r"\b\d{1,2} (January|February|March|April|May|June|July|August|September|October|November|December) 20(2[4-9]|[3-9]\d)"), "d Month yyyy"),
    (re.compile(r"\b(?=[0-9]*[a-f])[0-9a-f]{16}\b|(?<=[Kk]ey )[0-9a-f]{16}\b|(?<=Key id          )[0-9a-f]{16}\b"), "…"),
    (re.compile(r"\b20(2[4-9]|3\d)[01]\d[0-3]\d\b"), "yyyymmdd"),
    (re.compile(r"leader: agency \d+"), "leader: agency …"),
    (re.compile(r"Cosigned by( +)agencies [\d, ]+"), r"Cosigned by\1agencies …"),
    (re.compile(r"Cosigned by( +)[^\s,]+/[^\s,]+(, [^\s,]+)*"), r"Cosigned by\1…"),
    (re.compile(r"^Age( +)\S.*? \(cosigned", re.M), r"Age\1… s (cosigned"),
    (re.compile(r"by agencies [\d, ]+ \("), "by agencies … ("),
    (re.compile(r"\d+ bytes, under"), "… bytes, under"),
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
    """NAME, or NAME stopped, -> list of commands, from scripts/readme.txt."""
    result, name = {}, None
    with open(os.path.join(ROOT, "scripts", "readme.txt"), encoding="utf-8") as f:
        for line in f.read().splitlines():
            if line.startswith("## "):
                name = line[3:]
                result[name] = []
            elif line.strip() and not line.startswith("#"):
                result[name].append(line)
    return result


def in_years(day, n):
    """The same day n years later; of 29 February the day before."""
    try:
        return day.replace(year=day.year + n)
    except ValueError:
        return day.replace(year=day.year + n, day=28)


class Session:
    """Commands as they stand in the README, one after the other, each with what it prints."""

    def __init__(self, env, directory):
        self.env, self.directory = env, directory
        self.background = None
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))).date()
        self.known = {"{today}": today.strftime("%d/%m/%Y"), "{in 3 years}": in_years(today, 3).strftime("%d/%m/%Y")}

    def step(self, line):
        fails = line.startswith("! ")
        line = line.removeprefix("! ")
        for name, value in self.known.items():
            line = line.replace(name, value)
        command = line.replace("127.0.0.1:74", f"127.0.0.1:{BASE // 100}")
        if command.endswith(" &"):
            printed = self.start(command.removesuffix(" &"))
        elif command == "kill -INT %1":
            printed = self.stop()
        else:
            printed = self.run(line, command, fails)
        if chain := re.search(r"^Chain id +([0-9a-f]{64})$", printed, re.M):
            self.known["{chain}"] = chain.group(1)
        return f"$ {line}\n" + (printed.rstrip() + "\n\n" if printed else "")

    def run(self, line, command, fails):
        done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=self.directory, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        if (done.returncode != 0) != fails:
            sys.exit(f"readme: {line}\nexit status {done.returncode}\n{done.stdout}")
        return done.stdout

    def start(self, command):
        """A node in the background: what it prints until it is ready."""
        said = os.path.join(self.directory, "node.out")
        with open(said, "wb") as out:
            self.background = subprocess.Popen(["bash", "-c", "exec " + command], cwd=self.directory, env=self.env, stdin=subprocess.DEVNULL,
                                               stdout=out, stderr=subprocess.DEVNULL)
        wait_ready(self.background)
        with open(said, encoding="utf-8") as f:
            return f.read()

    def stop(self):
        if self.background:
            self.background.send_signal(signal.SIGINT)
            self.background.wait(60)
        self.background = None
        return ""


def wait_ready(process, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"readme: the node ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{BASE + 2}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit("readme: the node did not become ready")


def play(env, directory, stopped):
    """Runs the sessions that want the devnet running, or stopped."""
    out = {}
    for heading, lines in sessions().items():
        name, _, mark = heading.partition(" ")
        if (mark == "stopped") != stopped:
            continue
        session = Session(env, directory)
        try:
            out[name] = "".join(session.step(line) for line in lines)
        finally:
            session.stop()
    return out


def main():
    check = "--check" in sys.argv
    with tempfile.TemporaryDirectory() as temporary:
        binaries = os.path.join(temporary, "bin")
        os.mkdir(binaries)
        for name in ("ocop", "ocopd"):
            subprocess.run(["go", "build", "-o", os.path.join(binaries, name), "./cmd/" + name], cwd=ROOT, check=True)
        tools = subprocess.run(["go", "tool", "-modfile=scripts/tools.mod", "-n", "grpcurl"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
        os.symlink(tools, os.path.join(binaries, "grpcurl"))
        env = dict(os.environ, PATH=binaries + os.pathsep + os.environ["PATH"], LANG="en_US.UTF-8", LC_ALL="C.UTF-8", OCOP_LANG="en", OCOP_NODE=f"127.0.0.1:{BASE}")
        network = os.path.join(temporary, "devnet")
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
            out |= play(env, temporary, stopped=False)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
        out |= play(env, temporary, stopped=True)
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
