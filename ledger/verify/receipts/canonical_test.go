package receipts_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// officials is a record receipt of actions as they are, signed by the province's officer and under a head of liars.
func (s *scene) officials(t *testing.T, actions ...[]byte) []byte {
	t.Helper()
	good, err := (&bench{scene: s}).leaf(1)
	if err != nil {
		t.Fatal(err)
	}
	h := good.Header
	leaves := make([]ledger.Hash, len(actions))
	for i, a := range actions {
		leaves[i] = merkle.Actions.Leaf(a)
	}
	h.ActionCount, h.ActionsRoot = uint16(len(actions)), merkle.Actions.Root(leaves)
	signature := must(s.world.Key(Province.String()).Sign(h.Digest()))
	leaf := ledger.AppendEnvelope(nil, &h, good.PublicKey, signature, actions)
	log := merkle.NewTree(merkle.Log, merkle.Log.Leaf(nil), merkle.Log.Leaf(leaf), merkle.Log.Leaf(nil))
	p := checkpoint.Proof{
		Extra: append([]byte{receipt.RecordExtra}, leaf...), Index: 1, Path: must(merkle.Log.ProveInclusion(log, 3, 1)),
		Checkpoint: s.cosign(ledger.Head{Size: 3, Root: log.Root()}),
	}
	return p.Append(nil)
}

// TestActionsHaveOneEncoding: what an officer signs and a quorum certifies is no action unless it is written as one is.
func TestActionsHaveOneEncoding(t *testing.T) {
	s := story(t)
	plain := func(a *recordv1.Action) []byte { return must(proto.MarshalOptions{Deterministic: true}.Marshal(a)) }
	named := func(change func(*recordv1.RegisterProduct)) []byte {
		a := Product(Mango, "Xoài Thuận An", "")
		change(a.GetRegisterProduct())
		return plain(a)
	}
	name := func(to string) []byte {
		return named(func(p *recordv1.RegisterProduct) { p.GetName().Choice = &recordv1.Name_Register{Register: to} })
	}
	good := name("Xoài Thuận An")
	number, _, n := protowire.ConsumeTag(good)
	body, _ := protowire.ConsumeBytes(good[n:])
	field := func(body []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), body)
	}
	first, _, length := protowire.ConsumeField(body)
	long := slices.Clone(good[:n]) // the length in one byte more than it takes
	for size := uint64(len(body)); ; size >>= 7 {
		long = append(long, byte(size)|0x80)
		if size < 0x80 {
			break
		}
	}
	long = append(append(long, 0), body...)
	g := vectors.New(t, vectorsDir, "liars-encodings", "Record receipts of liars, of actions that an officer signed and that are not in their one encoding.")
	for _, row := range []struct {
		name   string
		action []byte
		want   any
	}{
		{"nothing", good, nil},
		{"length in a byte more", long, verify.WordAction},
		{"unknown field", append(slices.Clone(good), protowire.AppendVarint(protowire.AppendTag(nil, 1000, protowire.VarintType), 1)...), verify.WordAction},
		{"unknown field within", field(protowire.AppendVarint(protowire.AppendTag(slices.Clone(body), 1000, protowire.VarintType), 1)), verify.WordAction},
		{"field of the default value within", field(slices.Insert(slices.Clone(body), before(body, 6), protowire.AppendBytes(protowire.AppendTag(nil, 5, protowire.BytesType), nil)...)), verify.WordAction},
		{"two actions in one", append(slices.Clone(good), good...), verify.WordAction},
		{"fields in another order", field(append(slices.Clone(body[length:]), body[:length]...)), verify.WordAction},
		{"field twice", field(append(slices.Clone(body[:length]), body...)), verify.WordAction},
		{"empty", field(nil), verify.WordAction},
		{"cut short", good[:len(good)-1], verify.WordAction},
		{"group of protobuf", append(protowire.AppendTag(slices.Clone(good), first, protowire.StartGroupType), protowire.AppendTag(nil, first, protowire.EndGroupType)...), verify.WordAction},
		{"zero byte at the end", append(slices.Clone(good), 0), verify.WordAction},
		{"name in NFD", name("Xoa\u0300i"), verify.WordAction},
		{"name with a space at the end", name("Xoài "), verify.WordAction},
		{"name with two spaces", name("Xoài  cát"), verify.WordAction},
		{"name with a control character", name("Xoài\u0007"), verify.WordAction},
		{"name that runs from right to left", name("Xoài\u202e"), verify.WordAction},
		{"name with a space of no width", name("Xo\u200bài"), verify.WordAction},
		{"name with three marks on a letter", name("Xoq\u0300\u0301\u0302i"), verify.WordAction},
		{"name with two marks on a letter", name("Xoq\u0300\u0301i"), nil},
		{"name with one mark twice", name("Xoq\u0301\u0301i"), verify.WordAction},
		{"name of tags and quotes", name("<script>alert('x')</script> & \"y\""), nil},
		{"name in Greek", name("Ξ"), verify.WordAction},
		{"name too long", name(strings.Repeat("x", 4000)), verify.WordAction},
		{"name missing", named(func(p *recordv1.RegisterProduct) { p.Name = nil }), verify.WordAction},
		{"name of no kind", named(func(p *recordv1.RegisterProduct) { p.GetName().Choice = nil }), verify.WordAction},
		{"number beyond its bounds", named(func(p *recordv1.RegisterProduct) { p.GetProduct().Number = 1<<32 - 1 }), verify.WordAction},
		{"unit of no kind", named(func(p *recordv1.RegisterProduct) { p.Unit = 99 }), verify.WordAction},
	} {
		file := s.officials(t, row.action)
		_, err := receipts.Record(t.Context(), file, s.options())
		t.Run(row.name, func(t *testing.T) { checkRefusal(t, err, row.want) })
		keep(t, g, row.name, vectors.Record, file, s.options(), row.want)
	}
}

// before is where a field of a message begins.
func before(message []byte, field protowire.Number) int {
	for at := 0; ; {
		number, _, n := protowire.ConsumeField(message[at:])
		if number == field || n < 0 {
			return at
		}
		at += n
	}
}
