package devnet

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/sample"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/subject"
)

// order is the transition function with nothing around it: every record is its own draft.
type order struct {
	machine *replay.Machine
	rows    replay.Rows
	now     func() time.Time
}

func newOrder(n *Network, now func() time.Time) *order {
	m, changes := replay.Begin(n.Genesis)
	rows := make(replay.Rows)
	rows.Put(changes)
	return &order{m, rows, now}
}

func (o *order) submit(_ context.Context, envelope []byte) error {
	e, err := ledger.ParseEnvelope(envelope)
	if err != nil {
		return err
	}
	block, outcomes := o.machine.Derive(o.rows, &replay.Ordered{
		Header: ledger.DraftHeader{Time: uint64(o.now().UnixMilli())}, Envelopes: []*ledger.Envelope{e}, Raw: [][]byte{envelope},
	}, func(ledger.RecordID) bool { return false })
	if outcomes[0].Refusal != nil {
		return outcomes[0].Refusal
	}
	o.machine.Commit(block)
	o.rows.Put(block.Changes)
	return nil
}

// TestSampleProvince holds the sample against the rules: all of it is accepted, whatever day the ledger starts on, and it is what the README says.
func TestSampleProvince(t *testing.T) {
	for _, start := range []string{"2026-11-23T10:00:00+07:00", "2027-03-01T00:00:30+07:00", "2028-02-29T23:59:00+07:00"} {
		t.Run(start, func(t *testing.T) {
			clock, err := time.Parse(time.RFC3339, start)
			if err != nil {
				t.Fatal(err)
			}
			now := func() time.Time { return clock }
			n, err := Open(Options{Dir: t.TempDir(), Nodes: 3, BasePort: 7400, Random: rand.Reader, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			o := newOrder(n, now)
			plan, err := n.Plan()
			if err != nil {
				t.Fatal(err)
			}
			loader := sample.Loader{Chain: n.Genesis.Chain, Dir: n.RecordsDir(), Now: now, Submit: o.submit, Progress: func(string) {}}
			if _, err := loader.Load(t.Context(), plan); err != nil {
				t.Fatal(err)
			}
			count := make(map[subject.Kind]int)
			producers, keyless, revoked, corrected := 0, 0, 0, 0
			made, stamped, inspections := 0, 0, uint32(0)
			stopped := make(map[subject.RestraintStatus]int)
			var pictures []ledger.Hash
			for id, row := range o.rows {
				count[id.Kind]++
				switch id.Kind {
				case subject.KindAccount:
					v, err := subject.ParseAccount(row.Value)
					if err != nil {
						t.Fatal(err)
					}
					if v.Roles&subject.RoleProducer != 0 {
						producers++
						if len(v.Keys) == 0 {
							keyless++
						}
					}
				case subject.KindLot:
					v, err := subject.ParseLot(row.Value)
					if err != nil {
						t.Fatal(err)
					}
					made += len(v.Inputs)
					stamped += len(v.Stamps)
					inspections += v.Inspections.Count
					stopped[v.Restraint.Status]++
				case subject.KindProduct:
					v, err := subject.ParseProduct(row.Value)
					if err != nil {
						t.Fatal(err)
					}
					inspections += v.Inspections.Count
					if v.Picture != (ledger.Hash{}) {
						pictures = append(pictures, v.Picture)
					}
				case subject.KindCertificate:
					v, err := subject.ParseCertificate(row.Value)
					if err != nil {
						t.Fatal(err)
					}
					if v.Status == subject.CertificateRevoked {
						revoked++
					}
					corrected += int(v.Corrections)
					if v.DecisionDate == 20200924 && v.InForce(ledger.DateAt(uint64(clock.UnixMilli()))) {
						t.Error("a certificate of 2020 is in force")
					}
				}
			}
			if producers != 16 || count[subject.KindProduct] != 22 || count[subject.KindCertificate] != 44 || keyless == 0 || revoked != 1 || corrected != 1 {
				t.Errorf("%d producers (%d without key), %v, %d revoked, %d corrections", producers, keyless, count, revoked, corrected)
			}
			if made != 2 || stamped != 2 || inspections != 2 || stopped[subject.LotHeld] != 1 || stopped[subject.LotRecalled] != 1 || count[subject.KindContact] != 3 {
				t.Errorf("%d lots made of lots, %d with stamps, %d inspections, stopped %v, %v", made, stamped, inspections, stopped, count)
			}
			shown, err := n.People.pictures()
			if err != nil {
				t.Fatal(err)
			}
			if len(pictures) != 1 || len(shown) != 1 || shown[0].ID() != pictures[0] || count[subject.KindGTIN] != 1 {
				t.Errorf("pictures %v, kept %d; %d GTINs", pictures, len(shown), count[subject.KindGTIN])
			}
		})
	}
}

// TestLoadContinues cuts loading short after every record in turn: the records are the same ones in the end.
func TestLoadContinues(t *testing.T) {
	now := func() time.Time { return time.UnixMilli(1_790_000_000_000) }
	n, err := Open(Options{Dir: t.TempDir(), Nodes: 3, BasePort: 7400, Random: rand.Reader, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	o := newOrder(n, now)
	errCut := errors.New("cut short")
	accepted := make(map[string]bool)
	for cuts := 0; ; cuts++ {
		sent := 0
		plan, err := n.Plan()
		if err != nil {
			t.Fatal(err)
		}
		loader := sample.Loader{Chain: n.Genesis.Chain, Dir: n.RecordsDir(), Now: now, Progress: func(string) {}, Submit: func(ctx context.Context, envelope []byte) error {
			if accepted[string(envelope)] {
				return nil
			}
			if sent++; sent > 1 {
				return errCut
			}
			accepted[string(envelope)] = true
			return o.submit(ctx, envelope)
		}}
		_, err = loader.Load(t.Context(), plan)
		if err == nil {
			if files, _ := filepath.Glob(filepath.Join(n.RecordsDir(), "*.record")); len(files) != len(accepted) || cuts < 20 {
				t.Errorf("%d records on file, %d accepted after %d cuts", len(files), len(accepted), cuts)
			}
			break
		}
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
	}
	again := sample.Loader{Chain: n.Genesis.Chain, Dir: n.RecordsDir(), Now: now, Progress: func(string) {}, Submit: func(context.Context, []byte) error { return errCut }}
	if loaded, err := again.Load(t.Context(), nil); err != nil || loaded {
		t.Errorf("a loaded sample is loaded again: %v, %v", loaded, err)
	}
}
