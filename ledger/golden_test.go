package ledger_test

import (
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// expected is what these tests ask of expected.json.
type expected struct {
	Chain   string `json:"chain_id"`
	Policy  string `json:"policy"`
	Records []struct {
		Leaf   int    `json:"leaf"`
		ID     string `json:"id"`
		Author uint64 `json:"author"`
		Root   string `json:"actions_root"`
	} `json:"records"`
	Refusals []struct {
		Leaf int `json:"leaf"`
		Rows []struct {
			Record string `json:"record"`
			Author uint64 `json:"author"`
			Reason uint16 `json:"reason"`
			Action uint16 `json:"action"`
		} `json:"rows"`
	} `json:"refusals"`
	Blocks []struct {
		Height uint64 `json:"height"`
		Seal   int    `json:"seal_leaf"`
		Hash   string `json:"seal_hash"`
		Time   uint64 `json:"time"`
		State  string `json:"state_root"`
		Policy string `json:"policy"`
		Next   string `json:"next_policy"`

		Changes []struct {
			Kind    uint8    `json:"kind"`
			Value   string   `json:"value"`
			Entries []string `json:"entries"`
		} `json:"changes"`
	} `json:"blocks"`
}

func goldenExpected(version string) (x expected) {
	if err := json.Unmarshal(goldenFile(version, "expected.json"), &x); err != nil {
		panic(err)
	}
	return x
}

// TestGoldenNouns reads the golden ledgers leaf by leaf.
func TestGoldenNouns(t *testing.T) {
	for _, version := range goldenVersions {
		t.Run(version, func(t *testing.T) { nounsOf(t, version) })
	}
}

func nounsOf(t *testing.T, version string) {
	x, leaves := goldenExpected(version), goldenLeaves(version)
	g := must(ledger.ParseGenesisFile(goldenFile(version, "genesis.bin")))
	if g.ChainID().String() != x.Chain || len(g.Countersignatures) != 3 {
		t.Errorf("chain %v, %d countersignatures", g.ChainID(), len(g.Countersignatures))
	}
	chain := g.ChainID()
	digest := ident.Digest(ident.TypeGenesisCountersign, chain[:])
	for _, c := range g.Countersignatures {
		if err := c.PublicKey.Verify(digest, c.Signature); err != nil {
			t.Errorf("countersignature of agency %d: %v", c.Agency, err)
		}
	}
	p := must(ledger.ParsePolicy(must(hex.DecodeString(x.Policy))))
	if p.Chain.String() != x.Chain || p.Quorum != 2 || len(p.Validators) != 3 || len(p.Witnesses) != 1 || p.Number != 0 || p.Previous != (ledger.Hash{}) {
		t.Errorf("policy %+v", p)
	}
	for _, r := range x.Records {
		e := must(ledger.ParseEnvelope(leaves[r.Leaf]))
		if e.ID.String() != r.ID || uint64(e.Header.Author) != r.Author || e.Header.ActionsRoot.String() != r.Root || e.ID.IssuedAt() != e.Header.Issued {
			t.Errorf("leaf %d: %+v", r.Leaf, e.Header)
		}
	}
	for _, r := range x.Refusals {
		f := must(ledger.ParseRefusals(leaves[r.Leaf]))
		for i, want := range r.Rows {
			row := f.Rows[i]
			if row.Record.String() != want.Record || uint64(row.Author) != want.Author || row.Reason != want.Reason || row.Action != want.Action {
				t.Errorf("leaf %d, row %d: %+v", r.Leaf, i, row)
			}
		}
	}
	documents := map[string]*ledger.Policy{}
	for _, data := range goldenPolicies(version) {
		document := must(ledger.ParsePolicy(data))
		documents[document.Hash().String()] = document
	}
	previous := ledger.Hash(g.ChainID())
	epoch := p.Hash().String()
	for _, b := range x.Blocks {
		s := must(ledger.ParseSeal(leaves[b.Seal]))
		if s.Leaf().String() != b.Hash || s.Height != b.Height || s.Time != b.Time || s.State.String() != b.State || s.Previous != previous || s.Policy.String() != epoch || b.Policy != epoch || s.EndsEpoch() != (b.Next != "") {
			t.Errorf("block %d: %+v", b.Height, s)
		}
		previous = merkle.Log.Leaf(leaves[b.Seal])
		if v, ok := documents[epoch].Validator(s.Draft.Proposer); b.Height > 0 && (!ok || v.NodeKey.Verify(s.Draft.Message(), s.Signature) != nil) {
			t.Errorf("block %d: the draft is not signed by a validator", b.Height)
		}
		if b.Next == "" {
			continue
		}
		next := documents[b.Next]
		if next == nil || s.NextPolicy.String() != b.Next || next.Previous.String() != epoch || next.Number != documents[epoch].Number+1 {
			t.Fatalf("block %d: next policy %v: %+v", b.Height, s.NextPolicy, next)
		}
		epoch = b.Next
	}
}
