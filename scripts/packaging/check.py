#!/usr/bin/env python3
"""Builds the Debian package twice and looks at it: same bytes, right files, maintainer scripts that delete nothing, a unit that systemd accepts and whose
ExecStart runs a real node. What the machine lacks (lintian, systemd-analyze, the right to make namespaces) is said and left out.

  scripts/packaging/check.py [--ports BASE] [--deb FILE]

BASE is the first port of a devnet of three nodes, which takes 30 (19700). With FILE nothing is built: that package is looked at.
"""
import os, re, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def option(name, default):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


BASE = int(option("--ports", 19700))

FILES = """etc/default/ocopd lib/systemd/system/ocopd.service usr/bin/ocop usr/bin/ocopd usr/share/doc/ocopd/CHANGELOG.md.gz usr/share/doc/ocopd/NOTICE
usr/share/doc/ocopd/changelog.gz usr/share/doc/ocopd/copyright usr/share/lintian/overrides/ocopd""".split()
PAGES = [f"usr/share/doc/ocopd/operating/{name}" for name in sorted(os.listdir(os.path.join(ROOT, "node/operating"))) if name.endswith((".md", ".yml", ".json"))]


def run(*args, ok=(0,), **options):
    done = subprocess.run([str(a) for a in args], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900, **options)
    if done.returncode not in ok:
        sys.exit(f"package: {' '.join(map(str, args))}: {done.returncode}\n{done.stdout}")
    return done.stdout


def require(holds, what):
    if not holds:
        sys.exit(f"package: {what}")


def build(source, out):
    run("bash", "scripts/package.sh", "-o", out, cwd=source)
    [name] = [n for n in os.listdir(out) if n.endswith(".deb")]
    return os.path.join(out, name)


def reproducible(work):
    first = build(ROOT, os.path.join(work, "one"))
    source = ROOT
    if not run("git", "status", "--porcelain", cwd=ROOT):  # what is not committed is in no clone
        source = os.path.join(work, "elsewhere")
        run("git", "clone", "-q", ROOT, source)
    second = build(source, os.path.join(work, "two"))
    with open(first, "rb") as a, open(second, "rb") as b:
        require(os.path.basename(first) == os.path.basename(second) and a.read() == b.read(), f"two builds of one commit differ ({source})")
    print(f"same bytes from {'two checkouts' if source != ROOT else 'two builds'}: {os.path.basename(first)}, {os.path.getsize(first)} bytes")
    return first


def contents(deb):
    info = run("dpkg-deb", "--info", deb)
    for part in ("Package: ocopd", "Depends: adduser, libc6 (>= ", "conffiles"):
        require(part in info, f"no {part!r} in\n{info}")
    files = []
    for line in run("dpkg-deb", "--contents", deb).splitlines():
        mode, owner, path = line.split()[0], line.split()[1], line.split()[-1]
        require(owner == "root/root", f"owner: {line}")
        require(mode in ("drwxr-xr-x", "-rw-r--r--") or mode == "-rwxr-xr-x" and path.startswith("./usr/bin/"), f"mode: {line}")
        if not mode.startswith("d"):
            files.append(path[2:])
    require(sorted(files) == sorted(FILES + PAGES), f"files: {files}")
    if shutil.which("lintian"):
        said = run("lintian", "--allow-root", "--fail-on", "error,warning", deb, ok=(0, 2))
        require(not re.search("^[EW]:", said, re.M), f"lintian:\n{said}")
        print("lintian finds nothing")
    else:
        print("NOT CHECKED: lintian is not installed")


def unit(work, tree):
    path = os.path.join(tree, "lib/systemd/system/ocopd.service")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if not shutil.which("systemd-analyze"):
        print("NOT CHECKED: systemd-analyze is not installed")
        return text
    here = os.path.join(work, "unit")
    os.mkdir(here)
    with open(os.path.join(here, "ocopd.service"), "w", encoding="utf-8") as f:
        f.write(text.replace("/usr/bin/", tree + "/usr/bin/").replace("Documentation=file:///usr/share", f"Documentation=file://{tree}/usr/share"))
    # A machine without the rest of systemd lacks the targets; that is no fault of the unit.
    said = [line for line in run("systemd-analyze", "verify", "--man=no", os.path.join(here, "ocopd.service"), ok=(0, 1)).splitlines()
            if not re.search(r"Unit \S+\.target not found|Failed to create ocopd\.service/start", line)]
    require(not said, "systemd-analyze verify:\n" + "\n".join(said))
    said = run("systemd-analyze", "security", "--offline=true", "--threshold=20", path)
    print("systemd accepts the unit;", said.strip().splitlines()[-1].lstrip("→ ").encode("ascii", "ignore").decode().strip())
    return text


def executes(work, tree, text):
    """Runs the unit's ExecStart on a directory that a devnet made, as systemd would: with a socket that wants to hear READY=1."""
    ocopd = os.path.join(tree, "usr/bin/ocopd")
    require("ocopd" in run(ocopd, "version") and "verify" in run(os.path.join(tree, "usr/bin/ocop"), "--help"), "the programs do not run")
    network = os.path.join(work, "net")
    run(ocopd, "devnet", "--once", "--json", "--dir", network, "--base-port", BASE)
    [line] = re.findall(r"(?m)^ExecStart=(.*)$", text)
    nodes, sockets = [], []
    try:
        for i, name in enumerate(sorted(os.listdir(os.path.join(network, "nodes")))):
            notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            notify.bind(os.path.join(work, f"notify{i}"))
            notify.settimeout(60)
            sockets.append(notify)
            command = line.replace("/usr/bin/", tree + "/usr/bin/").replace("/var/lib/ocop", os.path.join(network, "nodes", name)).split()
            if i == 0 and shutil.which("strace"):  # -D: the process we start is the node, and strace its child
                command = ["strace", "-D", "-f", "-qq", "-o", os.path.join(work, "trace"), *command]
            env = dict(os.environ, NOTIFY_SOCKET=notify.getsockname(), WATCHDOG_USEC="60000000", OCOP_LANG="vi")
            nodes.append(subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=open(os.path.join(work, f"log{i}"), "wb")))
        for notify in sockets:
            heard = b""
            while b"READY=1" not in heard or b"WATCHDOG=1" not in heard:
                heard += notify.recv(4096) + b"\n"
        until = time.monotonic() + 60
        for i in range(len(nodes)):
            while True:
                try:
                    if urllib.request.urlopen(f"http://127.0.0.1:{BASE + 10 * i + 2}/readyz", timeout=2).status == 200:
                        break
                except OSError:
                    require(time.monotonic() < until, f"node {i} does not become ready")
                    time.sleep(0.2)
        for node in nodes:
            node.send_signal(signal.SIGTERM)
        for node in nodes:
            require(node.wait(90) == 0, "a node does not end with 0 on SIGTERM")
        for notify in sockets:
            heard = b""
            while b"STOPPING=1" not in heard:
                heard = notify.recv(4096)
    finally:
        for node in nodes:
            if node.poll() is None:
                node.kill()
                node.wait()
    calls(work, text)
    print(f"ExecStart runs {len(nodes)} nodes of a devnet: READY=1, WATCHDOG=1, ready, STOPPING=1, exit 0")


def group(name, seen=()):
    """The system calls of one of systemd's groups."""
    calls = set()
    for line in run("systemd-analyze", "syscall-filter", name).splitlines()[1:]:
        word = line.strip()
        if word.startswith("@") and word not in seen:
            calls |= group(word, (*seen, name))
        elif word and not word.startswith("#"):
            calls.add(word)
    return calls


def calls(work, text):
    """What a node asked of the kernel, from start to end, must be what the unit lets it ask."""
    if not shutil.which("strace") or not shutil.which("systemd-analyze"):
        print("NOT CHECKED: without strace and systemd-analyze nobody knows whether the unit's SystemCallFilter fits")
        return
    allowed = set()
    for words in re.findall(r"(?m)^SystemCallFilter=(.*)$", text):
        named = set().union(*(group(word) for word in words.lstrip("~").split()))
        allowed = allowed - named if words.startswith("~") else allowed | named
    with open(os.path.join(work, "trace"), encoding="utf-8", errors="replace") as f:
        used = {m[1] for m in (re.match(r"\d+ +([a-z0-9_]+)\(", line) for line in f) if m}
    require(len(used) > 30, f"strace saw {sorted(used)} alone")
    require(used <= allowed, f"SystemCallFilter forbids what a node does: {sorted(used - allowed)}")
    print(f"{len(used)} different system calls from start to end, all within SystemCallFilter")


LIFE = r"""
set -eu
for d in etc usr var; do
  mkdir -p "$WORK/over/$d/up" "$WORK/over/$d/work"
  mount -t overlay overlay -o "lowerdir=/$d,upperdir=$WORK/over/$d/up,workdir=$WORK/over/$d/work" "/$d"
done
export DEBIAN_FRONTEND=noninteractive
dpkg --force-depends -i "$DEB"
test "$(stat -c '%a %U %G' /var/lib/ocop)" = "700 ocop ocop"
test "$(getent passwd ocop | cut -d: -f6,7)" = "/var/lib/ocop:/usr/sbin/nologin"
ocopd version
test ! -e /etc/systemd/system/multi-user.target.wants/ocopd.service
mkdir /var/lib/ocop/data /var/lib/ocop/keys
echo truth >/var/lib/ocop/data/chain.db
echo secret >/var/lib/ocop/keys/node.key
echo "# mine" >>/etc/default/ocopd
dpkg --force-depends -i "$DEB"
grep -q "# mine" /etc/default/ocopd
dpkg -r ocopd
grep -q "# mine" /etc/default/ocopd
test ! -e /usr/bin/ocopd
grep -q truth /var/lib/ocop/data/chain.db
dpkg -P ocopd 2>&1 | grep "never deletes"
test ! -e /etc/default/ocopd
grep -q truth /var/lib/ocop/data/chain.db
grep -q secret /var/lib/ocop/keys/node.key
getent passwd ocop >/dev/null
dpkg --force-depends -i "$DEB"
test "$(stat -c '%a %U %G' /var/lib/ocop)" = "700 ocop ocop"
echo lived
"""


def life(work, deb):
    """Installs, upgrades, removes and purges with the machine's own dpkg, in a mount namespace: nothing of it stays."""
    for script in ("postinst", "prerm", "postrm"):
        run("sh", "-n", os.path.join(ROOT, "scripts/packaging", script))
    over = os.path.join(work, "over")
    os.mkdir(over)
    mounted = subprocess.run(["unshare", "-m", "sh", "-c", f"mount -t tmpfs tmpfs {over} && mkdir {over}/a {over}/b && mount -t overlay o -o lowerdir=/etc,upperdir={over}/a,workdir={over}/b /etc"],
                             capture_output=True) if shutil.which("unshare") else None
    if mounted is None or mounted.returncode != 0:
        print("NOT CHECKED: this machine makes no overlays in a namespace, so the package was not installed")
        return
    said = run("unshare", "-m", "sh", "-c", f"mount -t tmpfs tmpfs {over}\n{LIFE}", env=dict(os.environ, DEB=deb, WORK=work))
    require(said.rstrip().endswith("lived"), said)
    print("installed, upgraded, removed, purged, installed again in a namespace: settings kept, ledger and keys never touched")


def main():
    if not shutil.which("dpkg-deb") or not shutil.which("objdump"):
        print("NOT CHECKED: dpkg-deb or objdump is not installed")
        return
    with tempfile.TemporaryDirectory() as work:
        deb = os.path.abspath(given) if (given := option("--deb", "")) else reproducible(work)
        contents(deb)
        tree = os.path.join(work, "tree")
        run("dpkg-deb", "-x", deb, tree)
        executes(work, tree, unit(work, tree))
        life(work, deb)


main()
