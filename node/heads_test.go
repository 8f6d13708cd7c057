package node

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/cosign"
)

// certified waits until all nodes that run hold the same head certified, and checks it as a stranger would.
func (w *network) certified() (head ledger.Head) {
	w.t.Helper()
	w.eventually("one certified head", func() bool {
		head = w.agree()
		for _, h := range w.running() {
			if height, _, signed, _ := h.Certified(); signed == nil || height != head.Height {
				return false
			}
		}
		return true
	})
	for _, h := range w.running() {
		_, policy, signed, said := h.Certified()
		again, err := checkpoint.Parse(signed.Append(nil))
		if err != nil {
			w.t.Fatal(err)
		}
		c, err := again.Certify(policy)
		if err != nil || c.Tree != said.Tree || c.Tree.Size != head.Size || c.Tree.Root != head.Root {
			w.t.Errorf("node %v: certified %+v, %v; the head is %+v", h.agency, c, err, head)
		}
	}
	return head
}

func TestHeadsAreCertified(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.certified() // genesis, or what the first empty draft points at
	for i := range 9 {
		w.nodes[i%3].accepted(w.Register(1, i+1).Envelope)
	}
	w.certified()
	for _, h := range w.nodes { // who only asked for the newest would miss most
		all := h.Status().Cosign.Signers
		for _, s := range all {
			if own := all[h.agency-1].Taken; len(all) != 3 || s.Taken < own/2 || own < 9 {
				t.Errorf("node %v has %d cosignatures of agency %v, made %d", h.agency, s.Taken, s.Agency, own)
			}
		}
	}
	// One node down leaves a quorum of two. The leader goes first.
	for range 3 {
		gone := w.leader()
		gone.stop()
		before := w.certified()
		w.running()[0].accepted(w.Register(2, int(before.Height)).Envelope)
		if after := w.certified(); after.Height <= before.Height {
			t.Errorf("height %d after %d", after.Height, before.Height)
		}
		gone.start()
		w.certified()
	}
	for _, h := range w.nodes {
		if s := h.Status().Cosign; s.Conflicts != 0 || s.Alarm != "" || s.State != cosign.Signing {
			t.Errorf("node %v: %+v", h.agency, s)
		}
	}
}

// TestRestartSignsOn: what was certified and signed is known again at once, and nothing smaller is signed.
func TestRestartSignsOn(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	for i := range 5 {
		w.nodes[i%3].accepted(w.Register(1, i+1).Envelope)
	}
	before := w.certified()
	for _, h := range w.nodes {
		h.stop()
	}
	for _, h := range w.nodes { // nobody else runs yet
		h.start()
		if height, _, _, _ := h.Certified(); height != before.Height {
			t.Errorf("node %v holds height %d certified, had %d", h.agency, height, before.Height)
		}
		if s := h.Status().Cosign; s.Signed != before.Size {
			t.Errorf("node %v knows that it signed %d, it was %d", h.agency, s.Signed, before.Size)
		}
	}
	w.certified()
	w.nodes[0].accepted(w.Register(2, 1).Envelope)
	w.certified()
}

// TestRestoredLedger: a ledger that comes back empty and applies everything again signs nothing that its slot file says was signed, nor below.
func TestRestoredLedger(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	for i := range 10 {
		w.nodes[i%3].accepted(w.Register(1, i+1).Envelope)
	}
	h := w.follower()
	before := w.certified()
	h.stop()
	for _, file := range []string{store.ChainFile, store.IndexFile, store.HeadsFile} {
		if err := os.Remove(filepath.Join(h.dir, "data", file)); err != nil {
			t.Fatal(err)
		}
	}
	h.start()
	w.running()[0].accepted(w.Register(2, 1).Envelope)
	w.certified()
	name, _ := h.Ledger().Policy().Validator(h.agency)
	looked := 0
	for size := uint64(1); size < before.Size; size++ {
		s, ok := h.heads.Cosigner.Signed(size)
		if !ok {
			continue
		}
		looked++
		for _, l := range s.Lines {
			if l.Name == name.CosignerName {
				t.Errorf("%d leaves were signed after %d", size, before.Size)
			}
		}
	}
	if looked < 5 {
		t.Errorf("%d points below: too few to show anything", looked)
	}
}

// TestRestartWhileOneIsDown: with one node gone, another that starts cannot learn what it signed. Records go on, certification waits.
func TestRestartWhileOneIsDown(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.certified()
	down := w.follower()
	down.stop()
	again := w.follower()
	again.stop()
	again.start()
	envelope := w.Register(1, 1).Envelope
	outcomes := again.accepted(envelope)
	if s := again.Status().Cosign; s.State != cosign.Learning {
		t.Errorf("%s, want %s", s.State, cosign.Learning)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := again.Receipts(ctx, outcomes, math.MaxInt); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("receipts without a quorum: %v", err)
	}
	down.start()
	w.certified()
	receipts, err := again.Receipts(context.Background(), outcomes, math.MaxInt)
	if err != nil || len(receipts[0]) == 0 {
		t.Errorf("%d bytes, %v", len(receipts[0]), err)
	}
}

func TestIdleHeadStaysYoung(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3)
	w.resign = 50 * time.Millisecond
	w.start()
	w.nodes[0].accepted(w.Register(1, 1).Envelope)
	first := w.certified()
	_, _, _, c := w.nodes[0].Certified()
	w.eventually("a younger head", func() bool {
		_, _, _, now := w.nodes[0].Certified()
		return now.Time > c.Time+1
	})
	if w.certified() != first {
		t.Error("nothing happened, and the head is another one")
	}
}

// TestReceipts: whoever waits for certification gets what convinces a stranger who knows the policy alone.
func TestReceipts(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	for i, h := range w.nodes {
		good := w.Register(1, i+1).Envelope
		twice := w.RegisterAt(1, i+1, time.Now().Add(time.Millisecond)).Envelope
		bad := append([]byte(nil), good...)
		bad[60] ^= 1
		outcomes := h.submit(good, bad)
		// Ordered without being asked about, as when another record comes first on the way: refused at apply.
		ordered, err := w.leader().batch.Submit(ctx, [][]byte{twice}, false)
		if err != nil || ordered[0].Err != nil {
			t.Fatal(err, ordered)
		}
		outcomes = []chain.Outcome{outcomes[0], ordered[0].Outcome, outcomes[1]}
		for j, want := range []chain.Status{chain.Accepted, chain.Refused, chain.Rejected} {
			if outcomes[j].Status != want {
				t.Fatalf("record %d: %+v (%v), want %v", j, outcomes[j], outcomes[j].Refusal, want)
			}
		}
		receipts, err := h.Receipts(ctx, outcomes, math.MaxInt)
		if err != nil {
			t.Fatal(err)
		}
		if receipts[2] != nil {
			t.Errorf("a receipt of a record that is nowhere: %s", receipts[2])
		}
		for j, receipt := range receipts[:2] {
			proof, err := checkpoint.ParseProof(receipt)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := proof.Checkpoint.Certify(w.Genesis.Policy()); err != nil {
				t.Error(err)
			}
			if len(proof.Extra) == 0 || proof.Extra[0] != 1 || proof.Index != outcomes[j].Leaf {
				t.Fatalf("record %d: index %d, extra %x", j, proof.Index, proof.Extra)
			}
			leaf := proof.Extra[1:]
			if err := proof.Check(merkle.Log.Leaf(leaf)); err != nil {
				t.Error(err)
			}
			if j == 0 && string(leaf) != string(good) {
				t.Error("the leaf is not the envelope")
			}
			if j == 1 {
				refusals, err := ledger.ParseRefusals(leaf)
				if err != nil || refusals.Rows[0].Record != outcomes[j].Record {
					t.Errorf("%+v, %v", refusals, err)
				}
			}
		}
		again := h.submit(good) // known: its receipt can be had again
		if receipts, err = h.Receipts(ctx, again, math.MaxInt); err != nil || receipts[0] == nil {
			t.Errorf("the second time: %v", err)
		}
	}
	if receipts, err := w.nodes[0].Receipts(ctx, []chain.Outcome{{Status: chain.Rejected}}, math.MaxInt); err != nil || receipts[0] != nil {
		t.Errorf("nothing to wait for: %v, %v", receipts, err)
	}
}

// TestReceiptsOverTiles: paths through complete and partial tiles, of records old and new.
func TestReceiptsOverTiles(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1).start()
	var envelopes [][]byte
	for i := range 600 {
		envelopes = append(envelopes, w.Register(1, i+1).Envelope)
	}
	h := w.nodes[0]
	outcomes := h.accepted(envelopes...)
	receipts, err := h.Receipts(context.Background(), outcomes, math.MaxInt)
	if err != nil {
		t.Fatal(err)
	}
	for i, receipt := range receipts {
		proof, err := checkpoint.ParseProof(receipt)
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.Check(merkle.Log.Leaf(envelopes[i])); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
}

// TestLieOfAMinority: a validator's signature of another head is an alarm, and changes nothing.
func TestLieOfAMinority(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.nodes[0].accepted(w.Register(1, 1).Envelope)
	head := w.certified()
	h := w.nodes[0]
	policy := h.Ledger().Policy()
	liar, _ := policy.Validator(3)
	signer, err := ident.NewCosigner(liar.CosignerName, w.Nodes[2].Cosigner)
	if err != nil {
		t.Fatal(err)
	}
	tree := checkpoint.Tree{Origin: policy.Origin, Size: head.Size, Root: ledger.Hash{1}}
	lie, err := signer.Cosign(tree.Text(), uint64(time.Now().Unix()))
	if err != nil {
		t.Fatal(err)
	}
	h.heads.Receive(3, cosign.Cosignature{Mark: cosign.Mark{Size: tree.Size, Root: tree.Root}, Cosignature: lie})
	h.accepted(w.Register(1, 2).Envelope)
	w.certified()
	at := "http://" + h.doors.Operator.Addr().String()
	get := func(path string) string {
		answer, err := http.Get(at + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, answer.Status, err)
		}
		return string(body)
	}
	w.eventually("the alarm is told", func() bool { return strings.Contains(get("/healthz"), `"english": "1 cosignatures contradict`) })
	for _, path := range []string{"/healthz", "/readyz"} { // 200, or get has failed
		if text := get(path); !strings.HasPrefix(text, "{\n  \"ok\": true,") {
			t.Errorf("%s: %s", path, text)
		}
	}
	metrics := get("/metrics")
	for _, line := range []string{`ocop_alarms{alarm="conflict"} 1`, `ocop_alarms{alarm="diverged"} 0`, "ocop_ready 1", "ocop_conflicts_total 1", "ocop_cosigning 1", `ocop_bad_cosignatures_total{agency="2"} 0`} {
		if !containsLine(metrics, line) {
			t.Errorf("no line %q in\n%s", line, metrics)
		}
	}
	if !strings.Contains(metrics, `ocop_cosignatures_total{agency="3"} `) || !strings.Contains(metrics, "ocop_head_age_seconds ") {
		t.Errorf("metrics\n%s", metrics)
	}
}

// TestForeignSlotFile: a validator does not start with another ledger's slot file.
func TestForeignSlotFile(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	h := w.nodes[0]
	slot, err := cosign.OpenSlot(filepath.Join(h.dir, cosign.SlotFile), ledger.ChainID{7})
	if err != nil {
		t.Fatal(err)
	}
	if err := slot.Close(); err != nil {
		t.Fatal(err)
	}
	w.start() // nothing was written to it yet
	w.certified()
	h.stop()
	other := newNetwork(t, 1)
	stranger := other.nodes[0]
	file, err := os.ReadFile(filepath.Join(h.dir, cosign.SlotFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stranger.dir, cosign.SlotFile), file, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = New(context.Background(), stranger.options())
	if !errors.Is(err, cosign.ErrOtherChain) {
		t.Errorf("%v", err)
	}
	stranger.closeDoors()
}
