package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// TestBenchRealLedger: a benchmark does not write to a ledger that is not sample data, unless its user says so.
func TestBenchRealLedger(t *testing.T) {
	m := newMachine(t)
	m.now = time.Time{}
	newNetworkOf(m, false)
	size := func() uint64 {
		t.Helper()
		c, err := client.New(m.env["OCOP_NODE"], client.Options{})
		check(t, err)
		defer c.Close()
		head, err := c.Ledger.GetHead(t.Context(), &apiv1.GetHeadRequest{})
		check(t, err)
		return head.GetHead().GetSize()
	}
	before := size()
	args := []string{"bench", "--officer", "officer.json", "--password-env", "PW", "--clients", "2", "--duration", "100ms", "--warmup", "0s", "--producers", "1", "--dir", m.dir}
	m.fails(exitUsage, "this ledger is not sample data: what a benchmark writes stays on it for ever; if that is meant, add --yes-write-for-ever", append(args, "--lang", "en")...)
	m.fails(exitUsage, "sổ cái này không phải dữ liệu mẫu: bản ghi đo thử nằm trên đó mãi mãi; nếu đúng ý, thêm --yes-write-for-ever", append(args, "--lang", "vi")...)
	if after := size(); after != before || before == 0 {
		t.Errorf("the ledger had %d leaves, and has %d", before, after)
	}
	m.run(append(args, "--yes-write-for-ever")...) // this node publishes no leaves, in which the records would be looked for
	if after := size(); after <= before {
		t.Errorf("the ledger had %d leaves, and has %d: nothing was written\n%s%s", before, after, m.out, m.err)
	}
}

func TestBenchRefuses(t *testing.T) {
	m := newMachine(t)
	for _, c := range []struct{ says, args string }{
		{"--clients 0: want 1 to 10000", "--clients 0"},
		{"--duration 1ms", "--duration 1ms"},
		{"--producers 0: want 1 to 1000", "--producers 0"},
		{"--actions 257: want 1 to 256", "--actions 257"},
		{`"bulk" is none of unary, stream, actions and receipts`, "--mode bulk"},
		{"--kill-leader needs --processes 3", "--kill-leader"},
		{"--window is a stream's", "--window 100"},
		{"--in-flight is of calls", "--mode stream --in-flight 100"},
		{"--in-flight needs --rate or --overload", "--in-flight 100"},
		{"--overload goes with neither", "--overload --rate 5"},
		{"--rate NaN: want 0 to 10000000", "--rate NaN"},
		{"--rate -1: want 0 to 10000000", "--rate -1"},
		{"--rate +Inf: want 0 to 10000000", "--rate Inf"},
		{"--writing NaN: want 0 to 10000000", "--mode receipts --writing NaN"},
		{"--sales needs --mode receipts", "--sales 5"},
		{"--writing needs --mode receipts", "--mode stream --writing 5"},
		{"--overload says nothing with --mode receipts", "--mode receipts --overload"},
		{"--in-flight says nothing with --mode receipts", "--mode receipts --in-flight 5"},
		{"--sales 0: want 1 to 1000000", "--mode receipts --sales 0"},
		{"--writing -1: want 0 to 10000000", "--mode receipts --writing -1"},
		{`"holding" is none of product, certificate, lot, record and action`, "--mode receipts --ask lot,holding"},
		{"lot is given twice", "--mode receipts --ask lot,lot"},
		{"--calls-alone needs TLS", "--mode receipts --calls-alone"},
		{"give --node or --processes", "--processes 3 --node 127.0.0.1:1"},
		{"--dir says nothing with --processes", "--processes 3 --dir ."},
		{"--operator says nothing with --processes", "--processes 3 --operator 127.0.0.1:2"},
		{"--keys says nothing with --processes", "--processes 3 --keys ."},
		{"--officer says nothing with --processes", "--processes 3 --officer o.json"},
		{"--policy says nothing with --processes", "--processes 3 --policy genesis"},
		{"--ocopd needs --processes", "--ocopd ./ocopd"},
		{"--ocopd needs --processes", "--processes 0 --ocopd ./ocopd"},
		{"--base-port needs --processes", "--base-port 7600"},
		{"--base-port 1023: want 1024 to 65505", "--processes 3 --base-port 1023"},
		{"--base-port 65506: want 1024 to 65505", "--processes 3 --base-port 65506"},
		{"--password-file needs --officer", "--password-file f"},
		{"--password-env needs --officer", "--processes 3 --password-env PW"},
		{"--operator: 127.0.0.1:2 is given twice", "--operator 127.0.0.1:2,127.0.0.1:12,127.0.0.1:2"},
		{"--clients 300: a node would have 300 streams, and takes 256: give fewer --clients or more nodes", "--mode stream --clients 300 --node 127.0.0.1:1"},
		{"--clients 30: a node would have 300 streams, and takes 256", "--mode actions --clients 30 --overload --node 127.0.0.1:1"},
		{"(--overload uses ten times as many)", "--mode stream --clients 100 --overload --processes 3"},
		{"--clients 800: a node would have ", "--mode stream --clients 800 --processes 3"},
		{"(those of the node that is killed go on at another)", "--mode stream --clients 400 --processes 3 --kill-leader"},
		{"the directory of keys " + filepath.Join(m.dir, "none", "people") + " cannot be read", "--dir " + filepath.Join(m.dir, "none")},
	} {
		m.fails(exitUsage, c.says, append([]string{"bench"}, strings.Fields(c.args)...)...)
	}
	m.fails(exitUsage, "--dir không dùng với --processes: mạng tự lập có thư mục", "bench", "--processes", "3", "--dir", m.dir, "--lang", "vi")
	m.fails(exitUsage, "--ocopd cần --processes", "bench", "--ocopd", "ocopd", "--lang", "vi")
	none := filepath.Join(m.dir, "none")
	m.fails(exitFailure, "the program "+none+" cannot be run", "bench", "--processes", "3", "--ocopd", none, "--lang", "en")
	m.fails(exitFailure, "không chạy được chương trình "+none, "bench", "--processes", "3", "--ocopd", none, "--lang", "vi")
}

// TestBenchPrepareFails: a program that makes no network is told with what it wrote, in both languages; it may be something else than ocopd.
func TestBenchPrepareFails(t *testing.T) {
	m := newMachine(t)
	t.Setenv("TMPDIR", t.TempDir())
	for script, says := range map[string]map[string]string{
		"exit 1": {
			"vi": "devnet --prepare không lập được mạng (exit status 1): có phải là ocopd cùng phiên bản không? Nó viết:\n(không có gì)",
			"en": "devnet --prepare made no network (exit status 1): is it ocopd, and of the same version? It wrote:\n(nothing)",
		},
		"echo 'no room left' >&2; exit 3": {"vi": "(exit status 3): có phải là ocopd cùng phiên bản không? Nó viết:\nno room left", "en": "It wrote:\nno room left"},
		`echo "$OCOP_LANG"`:               {"vi": "Nó viết:\nvi", "en": "It wrote:\nen"}, // what it says is in its reader's language
		"echo all is well":                {"vi": "Nó viết:\nall is well", "en": "(invalid character 'a' looking for beginning of value): is it ocopd, and of the same version? It wrote:\nall is well"},
	} {
		program := filepath.Join(t.TempDir(), "other")
		check(t, os.WriteFile(program, []byte("#!/bin/sh\n"+script+"\n"), 0o700))
		for language, sentence := range says {
			m.fails(exitFailure, sentence, "bench", "--processes", "3", "--ocopd", program, "--lang", language)
		}
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
