package replay_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
	"google.golang.org/protobuf/proto"
)

var update = flag.Bool("update", false, "write the golden ledger anew; a released one is frozen")

// goldenDir holds the golden ledgers.
var goldenDir = filepath.Join("..", "testdata", "golden")

// goldenVersions are the protocol versions that have one, and what writes them.
var (
	goldenVersions = []string{"v1", "v2", "v3", "v4"}
	goldenStories  = map[string]func(testing.TB) *story{"v1": tell, "v2": tell2, "v3": tell3, "v4": tell4}
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// expected is what a verifier must come to; testdata/golden/README.md describes it.
type expected struct {
	Chain       string            `json:"chain_id"`
	Records     []expectedRecord  `json:"records"`
	Refusals    []expectedRefusal `json:"refusals"`
	Blocks      []expectedBlock   `json:"blocks"`
	Policy      string            `json:"policy"`
	Commitments []commitment      `json:"commitments"`
	Possession  []possession      `json:"possession"`

	ValidatorPossession []validatorPossession `json:"validator_possession,omitempty"`
}

type expectedRecord struct {
	Leaf         uint64   `json:"leaf"`
	ID           string   `json:"id"`
	Author       uint64   `json:"author"`
	ActionsRoot  string   `json:"actions_root"`
	ActionHashes []string `json:"action_hashes"`
	LeafHash     string   `json:"leaf_hash"`
}

type expectedRefusal struct {
	Leaf uint64        `json:"leaf"`
	Rows []expectedRow `json:"rows"`
}

type expectedRow struct {
	Record string `json:"record"`
	Author uint64 `json:"author"`
	Reason uint16 `json:"reason"`
	Action uint16 `json:"action"`
}

type expectedBlock struct {
	Height    uint64           `json:"height"`
	FirstLeaf uint64           `json:"first_leaf"`
	SealLeaf  uint64           `json:"seal_leaf"`
	SealHash  string           `json:"seal_hash"`
	Size      uint64           `json:"size"`
	Root      string           `json:"root"`
	Time      uint64           `json:"time"`
	Accepted  uint32           `json:"accepted"`
	Refused   uint32           `json:"refused"`
	StateRoot string           `json:"state_root"`
	Policy    string           `json:"policy"`
	Next      string           `json:"next_policy,omitempty"` // when it is another one
	Changes   []expectedChange `json:"changes"`
}

type expectedChange struct {
	Kind        uint8    `json:"kind"`
	ID          string   `json:"id"`
	Key         string   `json:"key"`
	Value       string   `json:"value"`
	ValueHash   string   `json:"value_hash"`
	N           uint64   `json:"n"`
	HistoryRoot string   `json:"history_root"`
	Entries     []string `json:"entries"`
}

// expect writes down what the story came to.
func expect(s *story) *expected {
	x := &expected{
		Chain: s.genesis.Chain.String(), Policy: hexOf(s.genesis.Policy().Append(nil)), Commitments: s.commitments, Possession: s.possessions, ValidatorPossession: s.rotations,
		Blocks: []expectedBlock{expectBlock(s.genesis.Seal(), s.leaves[0], s.first, merkle.Log.Root([]ledger.Hash{merkle.Log.Leaf(s.leaves[0])}))},
	}
	for _, b := range s.blocks {
		x.Blocks = append(x.Blocks, expectBlock(b.Seal, b.Leaves[len(b.Leaves)-1], b.Changes, b.Head.Root))
		x.Blocks[len(x.Blocks)-1].FirstLeaf = b.Head.Size - uint64(len(b.Leaves))
	}
	for i, leaf := range s.leaves {
		switch leaf[0] {
		case ledger.KindRecord:
			x.Records = append(x.Records, expectRecord(uint64(i), leaf))
		case ledger.KindRefusals:
			r := expectedRefusal{Leaf: uint64(i)}
			for _, row := range must(ledger.ParseRefusals(leaf)).Rows {
				r.Rows = append(r.Rows, expectedRow{row.Record.String(), uint64(row.Author), row.Reason, row.Action})
			}
			x.Refusals = append(x.Refusals, r)
		}
	}
	return x
}

func expectRecord(leaf uint64, data []byte) expectedRecord {
	e := must(ledger.ParseEnvelope(data))
	r := expectedRecord{
		Leaf: leaf, ID: e.ID.String(), Author: uint64(e.Header.Author), ActionsRoot: e.Header.ActionsRoot.String(), LeafHash: merkle.Log.Leaf(data).String(),
	}
	for _, a := range e.Actions {
		r.ActionHashes = append(r.ActionHashes, merkle.Actions.Leaf(a).String())
	}
	return r
}

func expectBlock(s *ledger.Seal, leaf []byte, changes []replay.Change, root ledger.Hash) expectedBlock {
	b := expectedBlock{
		Height: s.Height, FirstLeaf: s.SizeBefore, SealLeaf: s.SizeBefore, SealHash: merkle.Log.Leaf(leaf).String(), Size: s.SizeBefore + 1, Root: root.String(),
		Time: s.Time, Accepted: s.Accepted, Refused: s.Refused, StateRoot: s.State.String(), Policy: s.Policy.String(),
	}
	if s.EndsEpoch() {
		b.Next = s.NextPolicy.String()
	}
	for _, c := range changes {
		l := c.Row.Leaf(c.Row.Key)
		x := expectedChange{
			Kind: uint8(c.ID.Kind), ID: hexOf([]byte(c.ID.Name)), Key: c.Row.Key.String(), Value: hexOf(c.Row.Value), ValueHash: l.Value.String(), N: l.N, HistoryRoot: l.History.String(),
		}
		for _, e := range c.Entries {
			x.Entries = append(x.Entries, hexOf(e.Append(nil)))
		}
		b.Changes = append(b.Changes, x)
	}
	return b
}

// files are the three files of the golden ledger.
func (s *story) files() map[string][]byte {
	var leaves strings.Builder
	for _, leaf := range s.leaves {
		leaves.WriteString(hexOf(leaf) + "\n")
	}
	return map[string][]byte{
		"genesis.bin":   s.genesis.Bytes(),
		"leaves.txt":    []byte(leaves.String()),
		"expected.json": append(must(json.MarshalIndent(expect(s), "", " ")), '\n'),
	}
}

// TestGolden writes the golden ledgers once more. A difference means that a ledger which exists would be replayed to
// something else: that takes a new protocol version, never a new golden ledger.
func TestGolden(t *testing.T) {
	for _, version := range goldenVersions {
		t.Run(version, func(t *testing.T) { isGolden(t, version) })
	}
}

func isGolden(t *testing.T, version string) {
	for name, data := range goldenStories[version](t).files() {
		path := filepath.Join(goldenDir, version, name)
		if *update {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, want) {
			t.Errorf("%s: %s", name, firstDifference(data, want))
		}
	}
}

func firstDifference(got, want []byte) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	around := func(b []byte) string { return string(b[max(0, i-60):min(len(b), i+60)]) }
	return "have …" + around(got) + "…, want …" + around(want) + "…"
}

// TestGoldenIsComplete checks that the stories leave nothing of their protocol versions out.
func TestGoldenIsComplete(t *testing.T) {
	supply := []string{"hold_lot", "release_lot", "recall_lot", "apply_stamps", "inspect", "set_picture", "set_contact"}
	supply = supply[:len(supply):len(supply)]
	t.Run("v1", func(t *testing.T) {
		isComplete(t, tell(t), subject.KindGTIN, append(supply, "rotate_validator", "update_node", "propose_change", "vote")...)
	})
	t.Run("v2", func(t *testing.T) {
		isComplete(t, tell2(t), subject.KindValidatorKeys, append(supply, "update_node", "propose_change", "vote")...)
	})
	t.Run("v3", func(t *testing.T) { isComplete(t, tell3(t), subject.KindProposal, supply...) })
	t.Run("v4", func(t *testing.T) { isComplete(t, tell4(t), subject.KindContact) })
}

// isComplete wants all kinds of actions but those of later versions, and all kinds of subjects up to the last.
func isComplete(t *testing.T, s *story, last subject.Kind, later ...string) {
	kinds := (&recordv1.Action{}).ProtoReflect().Descriptor().Oneofs().ByName("kind").Fields()
	seen := make(map[string]bool)
	for _, leaf := range s.leaves {
		if leaf[0] != ledger.KindRecord {
			continue
		}
		for _, data := range must(ledger.ParseEnvelope(leaf)).Actions {
			var a recordv1.Action
			if err := proto.Unmarshal(data, &a); err != nil {
				t.Fatal(err)
			}
			seen[string(a.ProtoReflect().WhichOneof(kinds.Get(0).ContainingOneof()).Name())] = true
		}
	}
	for i := range kinds.Len() {
		if name := string(kinds.Get(i).Name()); seen[name] == slices.Contains(later, name) {
			t.Errorf("a record with %s is accepted: %v", name, seen[name])
		}
	}
	subjects := make(map[subject.Kind]bool)
	for id := range s.rows {
		subjects[id.Kind] = true
	}
	for k := subject.KindParameters; k <= last; k++ {
		if !subjects[k] {
			t.Errorf("no subject of kind %v", k)
		}
	}
	var shapes [4]int // of blocks: records only, refusals only, both; cosign points
	clamped := 0
	for _, b := range s.blocks {
		switch {
		case b.Seal.Refused == 0:
			shapes[0]++
		case b.Seal.Accepted == 0:
			shapes[1]++
		default:
			shapes[2]++
		}
		if b.Seal.Draft.Flags == ledger.FlagCosign {
			shapes[3]++
		}
		if b.Seal.Draft.Time < b.Seal.Time {
			clamped++
		}
	}
	for i, n := range shapes {
		if n < 2 {
			t.Errorf("%d blocks of shape %d", n, i)
		}
	}
	if clamped == 0 {
		t.Error("no block's time is clamped")
	}
}
