package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
)

// stopped is a ledger that a node has left, with everything that protocol version 1 knows in it.
type stopped struct {
	*machine
	chain string
	good  map[string][]byte
}

func newStopped(t *testing.T) *stopped {
	s := &stopped{machine: newMachine(t), good: make(map[string][]byte)}
	market := chaintest.NewMarket(7)
	s.chain = market.Genesis.Chain.String()
	s.write("genesis", string(market.Genesis.Bytes()))
	pool, err := ident.NewPool(2, 64)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	l, err := chain.Open(t.Context(), chain.Options{Dir: s.path("data"), Genesis: market.Genesis.Bytes(), Verifier: pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	var entries []chain.Entry
	for _, d := range append(market.Story, market.Drafts(60, 10)...) {
		entries = append(entries, chain.Entry{Index: d.Index, Term: d.Term, Data: d.Data})
	}
	if _, err := l.Apply(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{store.ChainFile, store.IndexFile} {
		if s.good[name], err = os.ReadFile(s.path("data", name)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *stopped) heal() {
	s.t.Helper()
	for name, data := range s.good {
		if err := os.WriteFile(s.path("data", name), data, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
}

// rows lists how many rows each bucket of a file has.
func (s *stopped) rows(name string) map[string]int {
	s.t.Helper()
	db, err := bolt.Open(s.path("data", name), 0o600, &bolt.Options{Timeout: time.Second, ReadOnly: true})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	rows := make(map[string]int)
	err = db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(bucket []byte, b *bolt.Bucket) error {
			rows[string(bucket)] = b.Stats().KeyN
			return nil
		})
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return rows
}

func (s *stopped) args(more ...string) []string {
	return append([]string{"check", "--data", s.path("data"), "--genesis", s.path("genesis")}, more...)
}

func TestCheckOfASoundLedger(t *testing.T) {
	s := newStopped(t)
	before := s.snapshot()
	report := read[checkReport](t, s.must(s.args("--json")...))
	if !report.OK || report.Chain != s.chain || report.Records == 0 || report.Refusals == 0 || len(report.Findings)+len(report.Unchecked) != 0 {
		t.Errorf("%+v", report)
	}
	want := fmt.Sprintf("ok: height %d, size %d, root %s; ", report.Height, report.Size, report.Root)
	if text := s.must(s.args()...); !strings.Contains(text.out, want) || !strings.HasPrefix(text.out, report.Notice) {
		t.Errorf("want %q in\n%s", want, text.out)
	}
	if text := s.must("check", "--data", s.path("data"), "--chain-id", s.chain, "--lang", "vi"); !strings.HasPrefix(text.out, "ok: khối ") {
		t.Error(text.out)
	}
	if s.snapshot() != before {
		t.Error("the check has changed files")
	}
}

// TestCheckNamesEveryKindOfBucket: one flipped bit in a row of any bucket, and of every row of the meta buckets, ends the check with a line that names it.
func TestCheckNamesEveryKindOfBucket(t *testing.T) {
	if testing.Short() {
		t.Skip("whatever is altered, the same things run beside each other: TestCheckOfASoundLedger has them watched")
	}
	s := newStopped(t)
	buckets := 0
	for name := range s.good {
		for bucket, rows := range s.rows(name) {
			if rows == 0 {
				t.Errorf("%s, %s has no rows to alter", name, bucket)
				continue
			}
			numbers := []int{rows / 2}
			if bucket == "meta" {
				numbers = numbers[:0]
				for i := range rows {
					numbers = append(numbers, i)
				}
			}
			buckets++
			for _, number := range numbers {
				t.Run(fmt.Sprintf("%s, %s, row %d", name, bucket, number), func(t *testing.T) {
					s.heal()
					flipRow(t, s.path("data", name), bucket, number)
					s.named(t, name, bucket)
				})
			}
		}
	}
	if buckets != 9 {
		t.Errorf("%d kinds of buckets, want leaves, tiles, seals, subjects, sales, entries, records and two meta", buckets)
	}
	s.heal()
	s.must(s.args()...)
}

// named checks that one place is named, with all that is needed to look at it.
func (s *stopped) named(t *testing.T, name, bucket string) {
	t.Helper()
	text := s.do(s.args()...)
	result := s.do(s.args("--json")...)
	report := read[checkReport](t, result)
	if result.code != exitDivergence || text.code != exitDivergence || report.OK || len(report.Findings) == 0 {
		t.Fatalf("exit codes %d and %d: %s", result.code, text.code, text.out)
	}
	f := report.Findings[0]
	if f.File != name || f.Bucket != bucket || bucket == "leaves" && (f.Leaf == nil || f.Field == "") || bucket != "leaves" && f.Row == "" {
		t.Errorf("finding %+v", f)
	}
	if !strings.Contains(text.out, "\n"+f.English+"\n") || !strings.Contains(text.out, "NOT OK: ") || text.err != "" {
		t.Errorf("%q is not a line of\n%s%s", f.English, text.out, text.err)
	}
	if vi := s.do(s.args("--lang", "vi")...); !strings.Contains(vi.out, "\n"+f.Vietnamese+"\n") || f.Vietnamese == f.English || f.Kind == "" {
		t.Errorf("%q is not a line of\n%s", f.Vietnamese, vi.out)
	}
	if advised := strings.Contains(text.out, indexAdvice.En); advised != (name == store.IndexFile) || advised != (report.Advice != nil) {
		t.Errorf("advice about index.db: %v, in\n%s", advised, text.out)
	}
	if len(report.Findings) != 1 {
		t.Errorf("%d findings for one flipped bit: %s", len(report.Findings), text.out)
	}
}

// TestCheckNamesRecordAndField: a bit of a signed record, in the middle of the log.
func TestCheckNamesRecordAndField(t *testing.T) {
	s := newStopped(t)
	record := chaintest.NewMarket(7).Story[3].Records[0]
	altered := bytes.Clone(record.Envelope)
	altered[40] ^= 0x01 // in the signature
	data := s.good[store.ChainFile]
	if !bytes.Contains(data, record.Envelope) {
		t.Fatal("the record is not in the file")
	}
	// The file may hold older copies of a page, which nobody reads.
	if err := os.WriteFile(s.path("data", store.ChainFile), bytes.ReplaceAll(data, record.Envelope, altered), 0o600); err != nil {
		t.Fatal(err)
	}
	report := read[checkReport](t, s.do(s.args("--json")...))
	if len(report.Findings) != 1 || report.Findings[0].Record != record.ID.String() || report.Findings[0].Field != "envelope.signature" || report.Findings[0].Leaf == nil {
		t.Errorf("%+v", report.Findings)
	}
}

// TestCheckOfATruncatedFile: it is damage, said in both languages with the file's name.
func TestCheckOfATruncatedFile(t *testing.T) {
	s := newStopped(t)
	for name := range s.good {
		for _, size := range []int64{0, 1, 4096, 8191, 8192, 20_000} {
			s.heal()
			if err := os.Truncate(s.path("data", name), size); err != nil {
				t.Fatal(err)
			}
			for language, sentence := range map[string]string{"en": "The file " + name + " is cut short: ", "vi": "Tệp " + name + " bị cắt cụt: "} {
				if r := s.do(s.args("--lang", language)...); r.code != exitDivergence || !strings.Contains(r.out, sentence) || r.err != "" {
					t.Errorf("%s of %d bytes: exit code %d, want %d and %q in\n%s%s", name, size, r.code, exitDivergence, sentence, r.out, r.err)
				}
			}
			report := read[checkReport](t, s.do(s.args("--json")...))
			if report.OK || len(report.Findings) != 1 || report.Findings[0].File != name || report.Findings[0].Summary == nil || !strings.Contains(report.Findings[0].Summary.English, "cut short") {
				t.Errorf("%s of %d bytes: %+v", name, size, report.Findings)
			}
		}
	}
}

// TestCheckOfAnotherDatabase: a file that is no ledger's was not looked at, which is no clean bill.
func TestCheckOfAnotherDatabase(t *testing.T) {
	s := newStopped(t)
	for name := range s.good {
		s.heal()
		if err := os.Remove(s.path("data", name)); err != nil {
			t.Fatal(err)
		}
		db, err := bolt.Open(s.path("data", name), 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if r := s.do(s.args()...); r.code != exitDivergence || !strings.Contains(r.out, "not looked at: "+name) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestCheckSaysWhatItCouldNotSee: a missing index is no damage, and no clean bill either.
func TestCheckSaysWhatItCouldNotSee(t *testing.T) {
	s := newStopped(t)
	if err := os.Remove(s.path("data", store.IndexFile)); err != nil {
		t.Fatal(err)
	}
	r := s.do(s.args()...)
	if r.code != exitDivergence || !strings.Contains(r.out, "not looked at: index.db: there is no such file\n"+indexAdvice.En+"\n") {
		t.Errorf("%+v", r)
	}
	if r := s.do(s.args("--lang", "vi")...); !strings.Contains(r.out, "không xem được: index.db: không có tệp này\n"+indexAdvice.Vi+"\n") {
		t.Errorf("%+v", r)
	}
	s.open(t) // as the advice says
	s.must(s.args()...)
}

// open lets a node's ledger open the files, and close them.
func (s *stopped) open(t *testing.T) {
	t.Helper()
	l, err := chain.Open(t.Context(), chain.Options{Dir: s.path("data"), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}
