package receipts_test

import (
	"bytes"
	"errors"
	bignum "math/big"
	"slices"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
)

// bench is where a receipt is bent.
type bench struct {
	*scene
	r *receipt.Receipt
	o receipts.Options
}

func (b *bench) member(id subject.ID) *receipt.Member {
	i := slices.IndexFunc(b.r.Members, func(m receipt.Member) bool { return m.ID == id })
	if i < 0 {
		b.t.Fatalf("no member %s", id)
	}
	return &b.r.Members[i]
}

func (b *bench) drop(id subject.ID) {
	b.r.Members = slices.DeleteFunc(b.r.Members, func(m receipt.Member) bool { return m.ID == id })
}

// restate proves anew, from the true state, what is left.
func (b *bench) restate() {
	keys := make([]ledger.Hash, len(b.r.Members))
	for i := range b.r.Members {
		keys[i] = b.r.Members[i].ID.Key()
	}
	if err := b.ledger.View(func(v *chain.View) error {
		p, err := v.Map().ProveMany(keys)
		b.r.State = p.AppendPaths(nil)
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
}

// collude makes a state, a seal and a head of what the receipt shows, signed by all validators: what only liars could do.
func (b *bench) collude() {
	leaves := make([]statemap.Leaf, len(b.r.Members))
	keys := make([]ledger.Hash, len(leaves))
	for i := range b.r.Members {
		m := &b.r.Members[i]
		m.Entries[len(m.Entries)-1].Value = subject.ValueHash(m.Value)
		hashes := make([]ledger.Hash, len(m.Entries))
		for j, e := range m.Entries {
			line := ledger.Entry{Action: ledger.WholeRecord, ActionHash: b.r.Seal.Chain, Time: b.r.Born, Value: e.Value}
			if e.Record != receipt.Genesis {
				rec := &b.r.Records[e.Record]
				action, _ := rec.Action(e.Action)
				line = ledger.Entry{Leaf: rec.Leaf, Height: rec.Height, Time: rec.Time, Record: rec.ID(), Action: e.Action, ActionHash: merkle.Actions.Leaf(action), Value: e.Value}
			}
			hashes[j] = line.LeafHash()
		}
		root := merkle.History.Root(hashes)
		m.Root = root
		leaves[i] = statemap.Leaf{Key: m.ID.Key(), Value: subject.ValueHash(m.Value), N: uint64(len(m.Entries)), History: root}
		keys[i] = leaves[i].Key
	}
	world := statemap.Map{}.Update(leaves)
	proof, err := world.ProveMany(keys)
	if err != nil {
		b.t.Fatal(err)
	}
	b.r.State, b.r.Seal.State = proof.AppendPaths(nil), world.Root()
	b.reseal()
}

// reseal makes a log that ends with the seal, and has it signed.
func (b *bench) reseal() {
	before := merkle.NewTree(merkle.Log)
	for before.Size() < b.signed.Tree.Size-1 {
		before.Append(merkle.Log.Leaf(ledger.AppendU64(nil, before.Size())))
	}
	b.r.Seal.SizeBefore, b.r.Seal.RootBefore = before.Size(), before.Root()
	before.Append(b.r.Seal.Leaf())
	b.r.Path, _ = merkle.Log.ProveInclusion(before, before.Size(), before.Size()-1)
	b.r.Checkpoint = b.cosign(ledger.Head{Size: before.Size(), Root: before.Root()})
}

// edit changes a value of a member.
func edit[V any, P interface {
	*V
	Append([]byte) []byte
}](b *bench, id subject.ID, parse func([]byte) (V, error), change func(P)) {
	m := b.member(id)
	v, err := parse(m.Value)
	if err != nil {
		b.t.Fatal(err)
	}
	change(&v)
	m.Value = P(&v).Append(nil)
}

func authority(change func(*subject.Grant)) func(*bench) {
	return func(b *bench) {
		edit(b, subject.Authority(Province), subject.ParseAuthority, func(v *subject.AuthorityValue) { change(&v.Grants[0]) })
		b.collude()
	}
}

func scheme(change func(*subject.SchemeValue)) func(*bench) {
	return func(b *bench) {
		edit(b, subject.Scheme("RS-2025"), subject.ParseScheme, func(v *subject.SchemeValue) { change(v) })
		b.collude()
	}
}

func officer(change func(*subject.AccountValue)) func(*bench) {
	return func(b *bench) {
		edit(b, subject.Account(Province), subject.ParseAccount, func(v *subject.AccountValue) { change(v) })
		b.collude()
	}
}

var tampering = []struct {
	name string
	bend func(*bench)
	want any // a verify.Word; nil: accepted
}{
	{"nothing", func(*bench) {}, nil},
	{"nothing, remade by a quorum", func(b *bench) { b.collude() }, nil},
	{"nothing, proved again", func(b *bench) { b.restate() }, nil},

	{"receipt of another product", func(b *bench) { b.r = b.product(Pepper) }, verify.WordSubject},
	{"receipt of a certificate", func(b *bench) { b.r = b.certificate(NewCoffee) }, verify.WordSubject},
	{"another product's content under this name", func(b *bench) { b.r = b.product(Pepper); b.r.Subject = subject.Product(Coffee).Name }, verify.WordClosure},
	{"this content under another kind", func(b *bench) { b.r.Kind = receipt.KindCertificate; b.o.Want = subject.ID{} }, verify.WordClosure},

	{"a cosignature altered", func(b *bench) { b.r.Checkpoint.Lines[0].Signature[20] ^= 1 }, verify.WordCosignature},
	{"a cosignature's time altered", func(b *bench) { b.r.Checkpoint.Lines[0].Signature[7] ^= 1 }, verify.WordCosignature},
	{"signer's name altered", func(b *bench) { b.r.Checkpoint.Lines[0].Name = "node9.example" }, verify.WordQuorum},
	{"one signature short of the quorum", func(b *bench) { b.r.Checkpoint.Lines = b.r.Checkpoint.Lines[:1] }, verify.WordQuorum},
	{"size of the head", func(b *bench) { b.r.Checkpoint.Tree.Size++ }, verify.WordSeal},
	{"root of the head", func(b *bench) { b.r.Checkpoint.Tree.Root[0] ^= 1 }, verify.WordPath},
	{"origin of the head", func(b *bench) { b.r.Checkpoint.Tree.Origin = "log.example/other" }, verify.WordChain},
	{"head of another ledger", func(b *bench) {
		w := NewAt(Start.Add(time.Hour))
		b.r, b.o.MaxAge = newScene(b.t, w, w.Story()...).product(Coffee), 0
	}, verify.WordChain},
	{"head a minute and a second old", func(b *bench) { b.o.Trust.Now += 51 }, verify.WordStale},
	{"head from the future", func(b *bench) { b.o.Trust.Now -= 400 }, verify.WordFuture},
	{"a policy of the same validators that is another", func(b *bench) {
		p := *b.policy
		p.TrustPeriod++
		b.o.Trust.Policy = &p
	}, verify.WordPolicy},

	{"an earlier seal under the newest head", func(b *bench) {
		w := New()
		drafts := w.Story()
		old := newScene(b.t, w, drafts[:len(drafts)-1]...).product(Coffee)
		old.Checkpoint, old.AsOf = b.r.Checkpoint, 0
		b.r = old
	}, verify.WordSeal},
	{"state root in the seal", func(b *bench) { b.r.Seal.State[3] ^= 1 }, verify.WordPath},
	{"height in the seal", func(b *bench) { b.r.Seal.Height++ }, verify.WordPath},
	{"index of the seal", func(b *bench) { b.r.Seal.SizeBefore-- }, verify.WordSeal},
	{"root before in the seal", func(b *bench) {
		b.r.Seal.RootBefore[0] ^= 1
		before := merkle.NewTree(merkle.Log)
		for before.Size() < b.r.Seal.SizeBefore {
			before.Append(merkle.Log.Leaf(nil))
		}
		before.Append(b.r.Seal.Leaf())
		b.r.Path, _ = merkle.Log.ProveInclusion(before, before.Size(), before.Size()-1)
		b.r.Checkpoint = b.cosign(ledger.Head{Size: before.Size(), Root: before.Root()})
	}, verify.WordRoot},
	{"path of the seal", func(b *bench) { b.r.Path[0][0] ^= 1 }, verify.WordPath},
	{"path of the seal cut", func(b *bench) { b.r.Path = b.r.Path[1:] }, verify.WordPath},

	{"state value of the certificate", func(b *bench) {
		edit(b, subject.Certificate(NewCoffee), subject.ParseCertificate, func(v *subject.CertificateValue) { v.Star = 5 })
	}, verify.WordState},
	{"state value that one action made", func(b *bench) {
		edit(b, subject.Decision(Current), subject.ParseDecision, func(v *subject.DecisionValue) { v.Document.Size++ })
	}, verify.WordState},
	{"state value that genesis made", func(b *bench) {
		edit(b, subject.Territory(Town), subject.ParseTerritory, func(v *subject.TerritoryValue) { v.Name = "Lâm Đồng" })
	}, verify.WordState},
	{"state value that is none", func(b *bench) { b.member(subject.Territory(Town)).Value = []byte{1} }, verify.WordState},
	{"state proof", func(b *bench) { b.r.State[len(b.r.State)-1] ^= 1 }, verify.WordState},
	{"time of the genesis", func(b *bench) { b.r.Born++ }, verify.WordState},

	{"history entry altered", func(b *bench) { b.member(subject.Certificate(NewCoffee)).Entries[0].Value[0] ^= 1 }, verify.WordHistory},
	{"history root altered", func(b *bench) { b.member(subject.Certificate(NewCoffee)).Root[0] ^= 1 }, verify.WordHistory},
	{"newest history entry left out", func(b *bench) { cut(b.member(subject.Certificate(NewCoffee)), -1) }, verify.WordHistory},
	{"oldest history entry left out", func(b *bench) { cut(b.member(subject.Product(Coffee)), 0) }, verify.WordHistory},
	{"history entry in the middle left out", func(b *bench) { cut(b.member(subject.Product(Coffee)), 1) }, verify.WordHistory},
	{"history entry added", func(b *bench) {
		m := b.member(subject.Decision(Current))
		m.Entries = append(m.Entries, receipt.Entry{Record: len(b.r.Records) - 1, Action: b.r.Records[len(b.r.Records)-1].Actions[0].Number})
	}, verify.WordHistory},
	{"history entry twice", func(b *bench) {
		m := b.member(subject.Certificate(NewCoffee))
		m.Entries = append(m.Entries, m.Entries[len(m.Entries)-1])
	}, verify.WordHistory},
	{"entry of an action that is not shown", func(b *bench) { b.member(subject.Certificate(NewCoffee)).Entries[0].Action = 2 }, verify.WordHistory},
	{"genesis said to have made the product", func(b *bench) {
		m := b.member(subject.Product(Coffee))
		m.First, m.Entries[0] = m.Value, receipt.Entry{Record: receipt.Genesis, Action: ledger.WholeRecord}
	}, verify.WordHistory},
	{"a record in no history", func(b *bench) {
		other := b.product(Honey)
		i := slices.IndexFunc(other.Records, func(o receipt.Record) bool {
			return !slices.ContainsFunc(b.r.Records, func(r receipt.Record) bool { return r.Leaf == o.Leaf })
		})
		b.r.Records = append(b.r.Records, other.Records[i])
		b.r.Records[len(b.r.Records)-1].Leaf = b.r.Seal.SizeBefore - 1
		b.r.Records[len(b.r.Records)-1].Height = b.r.Seal.Height
	}, verify.WordHistory},
	{"the correction hidden in all histories", hideCorrection, verify.WordState},

	{"height of a record", func(b *bench) { b.r.Records[0].Height-- }, verify.WordHistory},
	{"time of a record", func(b *bench) { b.r.Records[0].Time++ }, verify.WordHistory},
	{"leaf of a record", func(b *bench) { b.r.Records[0].Leaf-- }, verify.WordHistory},
	{"a record behind the head", func(b *bench) { b.r.Records[len(b.r.Records)-1].Leaf = b.r.Seal.SizeBefore }, verify.WordRecord},
	{"a record of a block before the last one's", func(b *bench) { b.r.Records[len(b.r.Records)-1].Height = 0 }, verify.WordRecord},
	{"signature of a record", func(b *bench) { b.r.Records[1].Signature[40] ^= 1 }, verify.WordSignature},
	{"the other signature of a record", func(b *bench) { b.r.Records[1].Signature = highS(b.r.Records[1].Signature) }, verify.WordSignature},
	{"author of a record", func(b *bench) { b.r.Records[1].Header.Author++ }, verify.WordSignature},
	{"expiry of a record", func(b *bench) { b.r.Records[1].Header.Expires++ }, verify.WordSignature},
	{"key of a record", func(b *bench) { b.r.Records[1].Key = b.world.Key("another").Public() }, verify.WordSignature},
	{"actions root of a record", func(b *bench) { b.r.Records[1].Header.ActionsRoot[0] ^= 1 }, verify.WordAction},
	{"an action", func(b *bench) {
		a := &b.r.Records[1].Actions[0]
		a.Bytes = append(slices.Clone(a.Bytes[:len(a.Bytes)-1]), a.Bytes[len(a.Bytes)-1]^1)
	}, verify.WordAction},
	{"path of an action", func(b *bench) {
		i := slices.IndexFunc(b.r.Records, func(r receipt.Record) bool { return len(r.Path) > 0 })
		b.r.Records[i].Path[0][0] ^= 1
	}, verify.WordAction},

	{"producer's account left out", leaveOut(subject.Account(Coop)), verify.WordClosure},
	{"issuer's authority left out", leaveOut(subject.Authority(Province)), verify.WordClosure},
	{"a certificate left out", leaveOut(subject.Certificate(NewCoffee)), verify.WordClosure},
	{"an old certificate left out", leaveOut(subject.Certificate(OldCoffee)), verify.WordClosure},
	{"a Decision left out", leaveOut(subject.Decision(Current)), verify.WordClosure},
	{"a rule set left out", leaveOut(subject.Scheme("RS-2019")), verify.WordClosure},
	{"a territory left out", leaveOut(subject.Territory(DistA)), verify.WordClosure},
	{"a subject too many", func(b *bench) {
		b.extra(subject.Authority(Ministry))
		slices.SortFunc(b.r.Members, func(a, b receipt.Member) int { return receipt.Compare(a.ID, b.ID) })
		b.restate()
	}, verify.WordClosure},

	{"liars: the power to certify taken", authority(func(g *subject.Grant) { g.Powers &^= subject.PowerCertify }), verify.WordCompetence},
	{"liars: the power to register taken", authority(func(g *subject.Grant) { g.Powers &^= subject.PowerRegister }), verify.WordCompetence},
	{"liars: the power to correct taken", authority(func(g *subject.Grant) { g.Powers &^= subject.PowerCorrect }), verify.WordCompetence},
	{"liars: the power to import taken", authority(func(g *subject.Grant) { g.Powers &^= subject.PowerImport }), verify.WordCompetence},
	{"liars: authority over another territory", authority(func(g *subject.Grant) { g.Territory = 68 }), verify.WordCompetence},
	{"liars: authority of another level", authority(func(g *subject.Grant) { g.Level = subject.LevelCommune }), verify.WordCompetence},
	{"liars: authority from the day after the Decision", authority(func(g *subject.Grant) { g.From = 20201104 }), verify.WordCompetence},
	{"liars: authority until the day before the Decision", authority(func(g *subject.Grant) { g.Until = 20260219 }), verify.WordCompetence},
	{"liars: another level recognises the star", scheme(func(s *subject.SchemeValue) { s.Bands[1].Recognisers = 1 << subject.LevelMinistry }), verify.WordCompetence},
	{"liars: the star takes more points", scheme(func(s *subject.SchemeValue) { s.Bands[1].Lowest = 80_51 }), verify.WordRule},
	{"liars: the part has a lower maximum", scheme(func(s *subject.SchemeValue) { s.MaxA = 30_99 }), verify.WordRule},
	{"liars: the rule set is not of the date", scheme(func(s *subject.SchemeValue) { s.From = 20260221 }), verify.WordClosure},
	{"liars: two rule sets are of the date", func(b *bench) {
		edit(b, subject.Scheme("RS-2019"), subject.ParseScheme, func(s *subject.SchemeValue) { s.Until = 0 })
		b.collude()
	}, verify.WordRule},
	{"liars: certificates are valid for less", scheme(func(s *subject.SchemeValue) { s.ValidityMonths = 35 }), verify.WordRule},
	{"liars: the key is not the officer's", officer(func(v *subject.AccountValue) { v.Keys[0].PublicKey[5] ^= 1 }), verify.WordSigner},
	{"liars: the key is retired", officer(func(v *subject.AccountValue) { v.Keys[0].Retired = 1 }), verify.WordSigner},
	{"liars: the key may not certify", officer(func(v *subject.AccountValue) { v.Keys[0].Roles &^= subject.KeyCertify }), verify.WordSigner},
	{"liars: the key may not register", officer(func(v *subject.AccountValue) { v.Keys[0].Roles &^= subject.KeyRegister }), verify.WordSigner},
	{"liars: the officer is no agency", officer(func(v *subject.AccountValue) { v.Kind = 2 }), verify.WordCompetence},
	{"liars: a value that no action made", func(b *bench) {
		edit(b, subject.Certificate(NewCoffee), subject.ParseCertificate, func(v *subject.CertificateValue) { v.Star = 5 })
		b.collude()
	}, verify.WordHistory},
	{"liars: an entry that no action made", func(b *bench) {
		b.member(subject.Product(Coffee)).Entries[1].Value[0] ^= 1
		b.collude()
	}, verify.WordHistory},
	{"liars: a history without its newest entry", func(b *bench) { cut(b.member(subject.Certificate(NewCoffee)), -1); b.collude() }, verify.WordHistory},
}

// highS is the other signature that verifies where nobody asks for the lower s.
func highS(s ident.Signature) ident.Signature {
	order, _ := new(bignum.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16) // of secp256k1, SEC 2 §2.4.1
	order.Sub(order, new(bignum.Int).SetBytes(s[32:])).FillBytes(s[32:])
	return s
}

// extra shows a subject that genesis made.
func (b *bench) extra(id subject.ID) {
	if err := b.ledger.View(func(v *chain.View) error {
		value, _ := v.Value(id)
		entry := receipt.Entry{Record: receipt.Genesis, Action: ledger.WholeRecord, Value: subject.ValueHash(value)}
		b.r.Members = append(b.r.Members, receipt.Member{ID: id, Value: value, Entries: []receipt.Entry{entry}})
		return nil
	}); err != nil {
		b.t.Fatal(err)
	}
}

func cut(m *receipt.Member, i int) {
	if i < 0 {
		i += len(m.Entries)
	}
	m.Entries = slices.Delete(slices.Clone(m.Entries), i, i+1)
}

func leaveOut(id subject.ID) func(*bench) {
	return func(b *bench) {
		b.member(id)
		for _, e := range b.member(id).Entries {
			if e.Record != receipt.Genesis {
				b.hideAction(id, e)
			}
		}
		b.drop(id)
		b.restate()
	}
}

// hideAction stops showing an action that no other history names.
func (b *bench) hideAction(id subject.ID, e receipt.Entry) {
	for _, m := range b.r.Members {
		if m.ID != id && slices.ContainsFunc(m.Entries, func(o receipt.Entry) bool { return o.Record == e.Record && o.Action == e.Action }) {
			return
		}
	}
	rec := &b.r.Records[e.Record]
	leaf, err := b.leaf(rec.Leaf)
	if err != nil {
		b.t.Fatal(err)
	}
	var numbers []uint16
	for _, a := range rec.Actions {
		if a.Number != e.Action {
			numbers = append(numbers, a.Number)
		}
	}
	if len(numbers) > 0 {
		rec.Show(leaf.Actions, numbers)
		return
	}
	b.r.Records = slices.Delete(b.r.Records, e.Record, e.Record+1)
	for i := range b.r.Members {
		for j := range b.r.Members[i].Entries {
			if o := &b.r.Members[i].Entries[j]; o.Record > e.Record {
				o.Record--
			}
		}
	}
}

func (b *bench) leaf(index uint64) (e *ledger.Envelope, err error) {
	err = b.ledger.View(func(v *chain.View) error {
		data, err := v.Leaf(index)
		if err == nil {
			e, err = ledger.ParseEnvelope(data)
		}
		return err
	})
	return e, err
}

// hideCorrection goes back to what was true before the correction of the certificate, in every history: all of it consistent, and not the state.
func hideCorrection(b *bench) {
	old := New()
	before := newScene(b.t, old, old.Story()[:4]...).product(Coffee)
	before.Checkpoint, before.Seal, before.Path, before.State, before.AsOf = b.r.Checkpoint, b.r.Seal, b.r.Path, b.r.State, b.r.AsOf
	b.r = before
}

func TestTampering(t *testing.T) {
	s := story(t)
	g := vectors.New(t, vectorsDir, "receipt-tampering", "The receipt of a product, bent in one part; the liars have it signed again by a quorum.")
	for _, row := range tampering {
		t.Run(row.name, func(t *testing.T) {
			here := *s
			here.t = t
			o := s.options()
			o.Want = subject.Product(Coffee)
			parsed, err := receipt.Parse(s.product(Coffee).Append(nil)) // shares nothing with the others
			if err != nil {
				t.Fatal(err)
			}
			b := &bench{&here, parsed, o}
			for i := range b.r.Members {
				b.r.Members[i].Value = bytes.Clone(b.r.Members[i].Value)
			}
			row.bend(b)
			_, err = receipts.Subject(t.Context(), b.r.Append(nil), b.o)
			checkRefusal(t, err, row.want)
			keep(t, g, row.name, vectors.Receipt, b.r.Append(nil), b.o, row.want)
		})
	}
}

func checkRefusal(t *testing.T, err error, want any) {
	t.Helper()
	var refused *verify.Error
	switch want := want.(type) {
	case nil:
		if err != nil {
			t.Error(err)
		}
	case verify.Word:
		if !errors.As(err, &refused) || refused.Word != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
