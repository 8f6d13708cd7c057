package checkpoint_test

import (
	"bytes"
	"testing"

	f_log "github.com/transparency-dev/formats/log"
	f_note "github.com/transparency-dev/formats/note"
	f_proof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/formats/witness"
	"golang.org/x/mod/sumdb/note"

	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

// TestNoteOpen: package note with our verifiers finds what Certify finds.
func TestNoteOpen(t *testing.T) {
	p, s := full()
	known := []note.Verifier{ident.VKey{Name: p.Origin, Type: ident.NoteLog, Key: p.LogKey}.Verifier()}
	for _, v := range p.Validators {
		known = append(known, ident.VKey{Name: v.CosignerName, Type: ident.NoteCosigner, Key: v.CosignerKey}.Verifier())
	}
	n, err := note.Open(s.Append(nil), note.VerifierList(known...))
	if err != nil || len(n.Sigs) != 4 || len(n.UnverifiedSigs) != 1 || n.Text != string(s.Tree.Text()) {
		t.Errorf("%+v, %v", n, err)
	}
}

// TestOthersRead: the parsers and verifiers that other logs use take what is written here, with the keys from the policy file.
func TestOthersRead(t *testing.T) {
	p, s := full()
	text := s.Append(nil)
	logKey := must(note.NewVerifier(ident.VKey{Name: p.Origin, Type: ident.NoteLog, Key: p.LogKey}.String()))
	var cosigners []note.Verifier
	for _, v := range p.Validators {
		cosigners = append(cosigners, must(f_note.NewVerifierForCosignatureV1(ident.VKey{Name: v.CosignerName, Type: ident.NoteCosigner, Key: v.CosignerKey}.String())))
	}
	c, rest, n, err := f_log.ParseCheckpoint(text, p.Origin, logKey, cosigners...)
	if err != nil || len(rest) != 0 || c.Size != s.Tree.Size || !bytes.Equal(c.Hash, s.Tree.Root[:]) || len(n.Sigs) != 4 {
		t.Errorf("%+v, %v", c, err)
	}

	_, file := policyFile()
	group := must(witness.ParsePolicy([]byte(file)))
	if !group.Satisfied(text) || len(group.Endpoints()) != 3 {
		t.Errorf("not a quorum to others; %d endpoints", len(group.Endpoints()))
	}
	w := verifytest.New()
	if group.Satisfied(w.Published(w.Head(1)).Append(nil)) || !group.Satisfied(w.Published(w.Head(1, 3)).Append(nil)) {
		t.Error("others count another quorum")
	}
}

func TestOthersReadProofs(t *testing.T) {
	p := proof([]byte("extra"))
	var other f_proof.TLogProof
	if err := other.Unmarshal(p.Append(nil)); err != nil {
		t.Fatal(err)
	}
	if other.Index != p.Index || !bytes.Equal(other.ExtraData, p.Extra) || len(other.Hashes) != len(p.Path) || !bytes.Equal(other.Checkpoint, p.Checkpoint.Append(nil)) {
		t.Errorf("%+v", other)
	}
	if !bytes.Equal(other.Marshal(), p.Append(nil)) {
		t.Error("others write the proof differently")
	}
	if got := must(checkpoint.ParseProof(other.Marshal())); got.Index != p.Index {
		t.Errorf("%+v", got)
	}
}
