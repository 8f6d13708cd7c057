package command

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/verify"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// keeps runs a command line that is refused, and wants the memory to stay as it was.
func (m *machine) keeps(code int, says string, args ...string) {
	m.t.Helper()
	before := m.read("memory")
	m.fails(code, says, args...)
	if m.read("memory") != before {
		m.t.Errorf("ocop %s: the memory has changed", strings.Join(args, " "))
	}
	if parts, _ := os.ReadDir("."); strings.Contains(join(parts), ".part") {
		m.t.Errorf("ocop %s leaves %s", strings.Join(args, " "), join(parts))
	}
}

func join(entries []os.DirEntry) (names string) {
	for _, e := range entries {
		names += " " + e.Name()
	}
	return names
}

// TestMemoryAtATerminal: a client that looks now and then, from genesis on, through all policy epochs, by its memory alone; in both languages.
func TestMemoryAtATerminal(t *testing.T) {
	m := newMachine(t)
	p := newProver(m)
	newest := p.now
	var all strings.Builder
	say := func(args ...string) {
		before, _ := os.ReadFile("memory")
		m.env["OCOP_LANG"] = "vi"
		all.WriteString("$ ocop " + strings.Join(args, " ") + "\n" + m.ok(args...) + "\n")
		if m.write("memory", string(before)); before == nil {
			check(t, os.Remove("memory"))
		}
		m.env["OCOP_LANG"] = "en"
		all.WriteString(m.ok(args...) + "\n")
	}
	p.now = p.at(0)
	say("head", "--policy", "genesis")
	say("head", "--policy", "genesis", "--memory", "memory")
	say("head", "--memory", "memory")
	m.ok("receipt", "action", p.record.String()+"-1", "-o", "old-action.ocop")
	p.now = newest
	m.ok("receipt", "product", chaintest.Pepper.String(), "-o", "new.ocop")
	say("verify", "new.ocop", "--memory", "memory", "--date", "02/03/2026")
	say("head", "--memory", "memory")
	say("verify", "old-action.ocop", "--memory", "memory", "--older", "--policy", "genesis")
	golden(t, "memory.txt", all.String())

	got, err := verify.ParseMemory([]byte(m.read("memory")))
	check(t, err)
	if got.Policy.Number != newest.epoch || got.Head.Tree != newest.signed.Tree || got.Comment != explain.SampleNotice {
		t.Errorf("%+v", got)
	}
	m.env["OCOP_LANG"] = "en"
	var shown shownVerified
	if m.json(&shown, "head", "--memory", "memory"); shown.Verify != "ok" || shown.Notice != sampleNotice || shown.Memory.Step != stepSame || shown.Head.Epoch != newest.epoch ||
		shown.Memory.Remembered.Size != newest.signed.Tree.Size || shown.Memory.Vietnamese == "" || shown.Memory.English == "" {
		t.Errorf("%+v", shown)
	}
}

// TestReceiptsAreRemembered: each kind, at its first time and later, online and offline.
func TestReceiptsAreRemembered(t *testing.T) {
	for _, kind := range [][]string{
		{"product", chaintest.Coffee.String()}, {"lot", chaintest.CoffeeLot.String()}, {"record", ""}, {"action", "-1"},
	} {
		t.Run(kind[0], func(t *testing.T) {
			m := newMachine(t)
			p := newProver(m)
			id := kind[1]
			if kind[0] == "record" || kind[0] == "action" {
				id = p.record.String() + id
			}
			get := []string{"receipt", kind[0], id, "-o", "file"}
			p.publish(m, "mirror")
			newest, older := p.now, p.points[len(p.points)-3]
			p.now = older
			m.ok(append(get, "--policy", "genesis", "--memory", "memory")...)
			if !strings.Contains(m.out, "remembered from now on") || !strings.Contains(m.out, "this was checked") {
				t.Error(m.out)
			}
			check(t, os.Rename("file", "old"))
			p.now = newest
			var r receiptReport
			if m.json(&r, append(get, "--memory", "memory")...); r.Verify != "ok" || r.Memory.Step != stepContinued || r.Memory.Head.Size != newest.signed.Tree.Size {
				t.Errorf("%+v", r)
			}
			if out := m.ok("verify", "file", "--memory", "memory"); !strings.Contains(out, "it is the head remembered") || !strings.HasPrefix(out, sampleNotice) {
				t.Error(out)
			}
			m.keeps(exitProof, "not proved [memory]", "verify", "old", "--memory", "memory")
			if m.ok("verify", "old", "--memory", "memory", "--older", "--policy", "genesis", "--handover", "mirror/policy"); !strings.Contains(m.out, "OLDER than the head remembered") {
				t.Error(m.out)
			}
			p.now = older
			check(t, os.Remove("file"))
			m.keeps(exitProof, "not proved [memory]", append(get, "--memory", "memory")...)
			if _, err := os.Stat("file"); err == nil {
				t.Error("the receipt was written")
			}
		})
	}
}

// TestReceiptAfterTheHead: the ledger goes on between the head and the receipt; the receipt's head is remembered, if it continues that head.
func TestReceiptAfterTheHead(t *testing.T) {
	m := newMachine(t)
	p := newProver(m)
	newest, older := p.now, p.points[len(p.points)-2]
	for _, p.twist = range []byte{1, 0} {
		p.now, p.lie = older, nil
		m.ok("head", "--policy", "genesis", "--memory", "memory")
		p.lie = func(*apiv1.GetCheckpointResponse) { p.now = newest }
		get := []string{"receipt", "record", p.record.String(), "-o", "record.tlog-proof", "--memory", "memory"}
		if p.twist != 0 {
			m.keeps(exitProof, "not proved [consistency]", get...)
			continue
		}
		var r receiptReport
		if m.json(&r, get...); r.Memory.Step != stepContinued || r.Memory.Head.Size != newest.signed.Tree.Size {
			t.Errorf("%+v", r.Memory)
		}
		known, err := verify.ParseMemory([]byte(m.read("memory")))
		check(t, err)
		if known.Head.Tree != newest.signed.Tree {
			t.Errorf("remembered is a head of %d leaves", known.Head.Tree.Size)
		}
	}
}

// TestHeadsThatAreRefused: rolled back, forked, of another ledger, unproved, by a node that lies; each with its word, and the memory stays.
func TestHeadsThatAreRefused(t *testing.T) {
	m := newMachine(t)
	p := newProver(m)
	newest := p.now
	older := p.points[len(p.points)-3]
	sizes := func(have, know point) string {
		return "a head of " + count(have.signed.Tree.Size) + " leaves, remembered is one of " + count(know.signed.Tree.Size)
	}
	m.ok("head", "--policy", "genesis", "--memory", "memory")
	for _, p.now = range p.points[:len(p.points)-1] {
		m.keeps(exitProof, "not proved [memory]", "head", "--memory", "memory")
		if !strings.Contains(m.err, sizes(p.now, newest)) {
			t.Errorf("the sizes are not named:\n%s", m.err)
		}
		m.keeps(exitProof, "not proved [memory]", "head", "--memory", "memory", "--policy", "genesis")
	}
	var failed struct {
		notice
		Error failure
	}
	if code := m.json(&failed, "head", "--memory", "memory"); code != exitProof || failed.Notice != sampleNotice || failed.Error.Reason != "memory" || failed.Error.Vietnamese == "" {
		t.Errorf("%d, %+v", code, failed)
	}
	p.now = newest
	m.ok("head", "--memory", "memory")

	m.now = time.UnixMilli(int64(chaintest.Start.UnixMilli())).Add(2000 * 24 * time.Hour)
	m.keeps(exitStale, "not proved [trust]", "head", "--memory", "memory")
	m.now = time.Unix(int64(newest.signed.Tree.Size), 0)
	m.keeps(exitStale, "not proved [future]", "head", "--memory", "memory")
	m.now = time.UnixMilli(int64(chaintest.New().Now)).Add(time.Hour * 24 * 60)

	for name, row := range map[string]struct {
		lie  func(a *apiv1.GetCheckpointResponse)
		says string
	}{
		"one cosignature": {func(a *apiv1.GetCheckpointResponse) {
			a.Checkpoint = a.Checkpoint[:strings.LastIndex(string(a.Checkpoint), "— ")]
		}, "[quorum]"},
		"an older seal": {func(a *apiv1.GetCheckpointResponse) { a.Seal[100] ^= 1 }, "[path]"},
		"a short path":  {func(a *apiv1.GetCheckpointResponse) { a.Path = a.Path[1:] }, "[path]"},
		"a short hash":  {func(a *apiv1.GetCheckpointResponse) { a.Path[0] = a.Path[0][:31] }, "[format]"},
		"no checkpoint": {func(a *apiv1.GetCheckpointResponse) { a.Checkpoint = nil }, "[format]"},
		"noise":         {func(a *apiv1.GetCheckpointResponse) { a.Handovers = [][]byte{[]byte("noise")} }, "[handover]"},
		"another root": {func(a *apiv1.GetCheckpointResponse) {
			s, err := checkpoint.Parse(a.Checkpoint)
			check(t, err)
			s.Tree.Root[0] ^= 1
			a.Checkpoint = s.Append(nil)
		}, "[path]"},
	} {
		p.lie = row.lie
		m.keeps(exitProof, "not proved "+row.says, "head", "--memory", "memory")
		m.keeps(exitProof, "not proved "+row.says, "receipt", "product", chaintest.Coffee.String(), "-o", name, "--memory", "memory")
		m.fails(exitProof, "not proved "+row.says, "head", "--policy", "policy.txt")
	}
	p.lie = func(a *apiv1.GetCheckpointResponse) { a.Handovers = nil }
	m.fails(exitProof, "not proved [policy]", "head", "--policy", "genesis")
	p.lie = nil

	check(t, os.Remove("memory"))
	p.now = older
	m.ok("head", "--policy", "genesis", "--memory", "memory")
	p.now, p.twist = newest, 1
	m.keeps(exitProof, "not proved [consistency]", "head", "--memory", "memory")
	m.keeps(exitProof, "not proved [consistency]", "receipt", "product", chaintest.Coffee.String(), "-o", "x", "--memory", "memory")
}

// TestMemoryFilesThatAreRefused: damaged, forged, of another ledger.
func TestMemoryFilesThatAreRefused(t *testing.T) {
	m := newMachine(t)
	newProver(m)
	m.ok("receipt", "product", chaintest.Pepper.String(), "-o", "pepper.ocop")
	m.ok("head", "--policy", "genesis", "--memory", "memory")
	genuine := m.read("memory")
	mine, err := verify.ParseMemory([]byte(genuine))
	check(t, err)
	forged := func(bend func(*verify.Memory)) string {
		f := *mine
		p, s := *mine.Policy, *mine.Head
		f.Policy, f.Head = &p, &s
		bend(&f)
		return string(f.Append(nil))
	}
	elsewhere := chaintest.NewAt(chaintest.Start.Add(time.Hour)).Genesis
	m.write("elsewhere", string(elsewhere.Bytes()))
	for name, row := range map[string]struct {
		file     string
		code     int
		says     string
		policies bool // it is noticed by a policy file only
	}{
		"empty":             {"", exitInput, "[format]", false},
		"a byte":            {strings.Replace(genuine, "\nepoch ", "\nepoch 0", 1), exitInput, "[format]", false},
		"a cosignature cut": {genuine[:strings.LastIndex(genuine, "— ")], exitInput, "[format]", false},
		"a smaller head":    {forged(func(f *verify.Memory) { f.Head.Tree.Size-- }), exitInput, "[format]", false},
		"a lower quorum":    {forged(func(f *verify.Memory) { f.Policy.Quorum-- }), exitInput, "[format]", false},
		"a longer trust":    {forged(func(f *verify.Memory) { f.Policy.TrustPeriod++ }), exitProof, "one number and two documents", true},
		"of another ledger": {forged(func(f *verify.Memory) { f.Policy.Chain = elsewhere.Chain }), exitProof, "[chain]", false},
		"too large":         {genuine + strings.Repeat("x", verify.MaxMemory), exitInput, "more than", false},
	} {
		m.write("memory", row.file)
		more := []string{"--memory", "memory"}
		if row.policies {
			more = append(more, "--policy", "policy.txt")
		}
		t.Run(name, func(t *testing.T) {
			m.t = t
			m.keeps(row.code, row.says, append([]string{"head"}, more...)...)
			m.keeps(row.code, row.says, append([]string{"verify", "pepper.ocop"}, more...)...)
		})
	}
	m.t = t
	m.write("memory", genuine)
	m.keeps(exitInput, "two ledgers", "head", "--memory", "memory", "--genesis", "elsewhere")
	m.keeps(exitUsage, "--memory FILE of an earlier time", "verify", "pepper.ocop")
	m.fails(exitFailure, "missing", "verify", "pepper.ocop", "--memory", "missing", "--policy", "genesis")
	m.fails(exitUsage, "--memory FILE of an earlier time", "head", "--memory", "missing")

	// Another command remembers something newer in between: that is not overwritten.
	believed := &believed{memory: mine, file: []byte(genuine)}
	m.write("memory", genuine+"newer")
	next := *mine
	if err := keep("memory", believed, &next); exitCode(err) != exitFailure || m.read("memory") != genuine+"newer" {
		t.Errorf("%v", err)
	}
}

// TestVerifyWithHandovers: receipts that do not bring them, from files and from a mirror's folder.
func TestVerifyWithHandovers(t *testing.T) {
	m := newMachine(t)
	p := newProver(m)
	p.publish(m, "mirror")
	m.ok("receipt", "record", p.record.String(), "-o", "record.tlog-proof")
	m.ok("receipt", "action", p.record.String()+"-1", "-o", "action.ocop", "--epoch", "1")
	m.ok("receipt", "product", chaintest.Pepper.String(), "-o", "pepper.ocop", "--epoch", count(uint64(p.now.epoch)))
	m.env["OCOP_NODE"] = "127.0.0.1:1"
	for file, without := range map[string]string{"record.tlog-proof": "", "action.ocop": "[handover]", "pepper.ocop": "[policy]"} {
		if without != "" { // of the record receipt's head, a quorum of the first epoch has signed as well
			m.fails(exitProof, without, "verify", file, "--policy", "genesis")
		}
		var v struct{ Head shownHead }
		if m.json(&v, "verify", file, "--policy", "genesis", "--handover", "mirror/policy"); v.Head.Epoch != p.now.epoch {
			t.Errorf("%s: of epoch %d", file, v.Head.Epoch)
		}
		m.ok("verify", file, "--policy", "genesis", "--handover", "mirror/policy/2", "--handover", "mirror/policy/1")
		m.ok("verify", file, "--policy", "handover", "--handover", "mirror/policy")
		m.fails(exitProof, "not proved [handover]", "verify", file, "--policy", "genesis", "--handover", "genesis")
	}
	m.fails(exitInput, "no handover files named", "verify", "pepper.ocop", "--policy", "genesis", "--handover", ".")
	m.fails(exitFailure, "missing", "verify", "pepper.ocop", "--policy", "genesis", "--handover", "missing")
	m.fails(exitInput, "", "verify", "record.tlog-proof", "--policy", "mirror/policy/0")
}

// TestAuditAgainstAMemory: published files that go on, go back, and go elsewhere.
func TestAuditAgainstAMemory(t *testing.T) {
	m := newMachine(t)
	p := newProver(m)
	newest := p.now
	p.publish(m, "new")
	p.now = p.points[len(p.points)-3]
	p.publish(m, "old")
	audit := func(dir string) []string {
		return []string{"audit", "--tiles", dir, "--genesis", "genesis", "--memory", "memory"}
	}
	var r auditReport
	if m.json(&r, audit("old")...); r.Audit != "ok" || r.Memory == nil || r.Memory.Step != stepFirst {
		t.Errorf("%+v", r)
	}
	if out := m.ok(audit("new")...); !strings.Contains(out, "it continues the head remembered") {
		t.Error(out)
	}
	m.ok(audit("new")...)
	m.keeps(exitDivergence, "[memory]", append(audit("old"), "--report", "report.json")...)
	check(t, json.Unmarshal([]byte(m.read("report.json")), &r))
	if r.Divergence == nil || r.Divergence.Kind != "memory" || r.Divergence.Field != "checkpoint" || r.Notice != sampleNotice {
		t.Errorf("%+v", r.Divergence)
	}

	mine := m.read("memory")

	// What is remembered was certified by a quorum that lies.
	lie := newest.signed.Tree
	fork := func(size uint64) {
		known, err := verify.ParseMemory([]byte(m.read("memory")))
		check(t, err)
		known.Head = chaintest.Cosign(known.Policy, ledger.Head{Size: size, Root: ledger.Hash{1}}, newest.signed.Tree.Size, chaintest.Province, chaintest.Ministry)
		m.write("memory", string(known.Append(nil)))
	}
	fork(lie.Size)
	m.keeps(exitDivergence, "[root]", audit("new")...)
	fork(lie.Size - 1)
	m.keeps(exitDivergence, "[consistency]", audit("new")...)

	check(t, os.Remove("memory"))
	check(t, os.Remove("new/policy/2"))
	m.fails(exitProof, "not proved [handover]", audit("new")...)
	elsewhere, err := verify.ParseMemory([]byte(mine))
	check(t, err)
	elsewhere.Policy.Chain[0] ^= 1
	m.write("memory", string(elsewhere.Append(nil)))
	m.keeps(exitInput, "memory remembers ledger", audit("new")...)
	m.write("memory", "noise")
	m.keeps(exitInput, "not proved [format]", audit("new")...)
	m.fails(exitUsage, "--memory wants --tiles", "audit", "--genesis", "genesis", "--memory", "memory")
}
