package command

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// register puts an account on the ledger, and returns the record's id once it is certified.
func (m *machine) register(number uint64, name string) string {
	m.t.Helper()
	account := ledger.AccountID(1_000_000 + number).String()
	m.ok("draft", "account", "--account", account, "--author", "1", "--kind", "cooperative", "--roles", "producer", "--name", name, "--territory", "24700", "-o", name+".yaml")
	m.sign(name+".yaml", "officer.json")
	ids, height := m.accepted(name + ".signed")
	m.ok("receipt", "record", ids[0], "-o", name+".tlog-proof", "--min-height", count(height))
	return ids[0]
}

// TestRolledBackNode: a real node whose disk was restored from an older copy, and which then goes on with other records under the same keys, is refused by
// whoever remembers, until it has again what it had.
func TestRolledBackNode(t *testing.T) {
	if testing.Short() {
		t.Skip("opens keys again and again, which the race detector makes slow")
	}
	m := newMachine(t)
	m.now = time.Time{}
	n := newNetwork(m)
	m.register(1, "mot")
	m.ok("head", "--policy", "genesis", "--memory", "memory")
	n.stop()
	check(t, os.CopyFS("copy", os.DirFS(n.dir)))
	n.restart(t)
	second := m.register(2, "hai")
	if out := m.ok("head", "--memory", "memory"); !strings.Contains(out, "it continues the head remembered") {
		t.Error(out)
	}
	n.stop()
	check(t, os.Rename(n.dir, n.dir+".newer"))
	check(t, os.CopyFS(n.dir, os.DirFS("copy")))

	n.restart(t)
	m.keeps(exitProof, "not proved [memory]", "head", "--memory", "memory")
	m.keeps(exitNotFound, "", "receipt", "record", second, "-o", "x", "--policy", "genesis")
	m.register(3, "ba")
	m.register(4, "bon")
	m.register(5, "nam")
	m.keeps(exitProof, "not proved [consistency]", "head", "--memory", "memory")
	m.keeps(exitProof, "not proved [consistency]", "receipt", "record", second, "-o", "x", "--memory", "memory")
	m.keeps(exitProof, "not proved [memory]", "verify", "mot.tlog-proof", "--memory", "memory")
	if out := m.ok("verify", "nam.tlog-proof", "--memory", "memory"); !strings.Contains(out, "does not show that it continues that") {
		t.Error(out)
	}
	n.stop()

	check(t, os.RemoveAll(n.dir))
	check(t, os.Rename(n.dir+".newer", n.dir))
	n.restart(t)
	m.ok("head", "--memory", "memory")
}
