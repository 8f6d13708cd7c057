package replay_test

import (
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Agencies and territories of the worlds of these tests.
const (
	ministry   ledger.AccountID = 1
	province   ledger.AccountID = 2
	neighbour  ledger.AccountID = 3
	department ledger.AccountID = 5 // runs no validator

	country uint32 = 1
	dakNong uint32 = 67
	dakMil  uint32 = 671
	thuanAn uint32 = 6711
	lamDong uint32 = 68

	chainName = "ocop-golden"
	allRoles  = subject.KeyRegister | subject.KeyCertify | subject.KeyTrade | subject.KeyGovern
	ownRoles  = subject.KeyTrade | subject.KeyGovern
)

var hanoi = time.FixedZone("+07:00", ledger.OffsetMillis/1000)

// at is a time in Hà Nội, in Unix milliseconds.
func at(year int, month time.Month, day, hour, minute int) uint64 {
	return uint64(time.Date(year, month, day, hour, minute, 0, 0, hanoi).UnixMilli())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// authorKey and edKey are the keys of the golden ledger: their secrets are hashes of their names.
func authorKey(name string) *ident.PrivateKey {
	secret := sha256.Sum256([]byte("OCOP golden ledger, author key " + name))
	return must(ident.NewPrivateKey(secret[:]))
}

func edKey(name string) *ident.Ed25519PrivateKey {
	seed := sha256.Sum256([]byte("OCOP golden ledger, Ed25519 key " + name))
	return must(ident.NewEd25519PrivateKey(seed[:]))
}

func nodeKey(agency ledger.AccountID) *ident.Ed25519PrivateKey {
	return edKey("node " + agency.String())
}

// officer describes an agency with one officer's key, and with a validator if it has a node.
func officer(chain string, agency ledger.AccountID, name string, territory uint32, node bool, grants ...*recordv1.Grant) *genesis.Descriptor {
	place := ident.GenesisPossession{ChainName: chain, Agency: uint64(agency), Purpose: ident.PurposeAuthor}
	key := authorKey(agency.String())
	public, proof := key.Public(), must(place.ProveAuthor(key))
	a := &recordv1.Agency{
		Account: uint64(agency), Name: compose.RegisterName(name), Territory: territory, Grants: grants,
		Keys: []*recordv1.AgencyKey{{PublicKey: public[:], Roles: allRoles, Proof: proof[:]}},
	}
	d := &genesis.Descriptor{ChainName: chain, Agency: a}
	if !node {
		return d
	}
	prove := func(purpose ident.Purpose) ([]byte, []byte) {
		place.Purpose = purpose
		key := edKey(purpose.String() + " " + agency.String())
		public, proof := key.Public(), must(place.Prove(key))
		return public[:], proof[:]
	}
	host := "node" + agency.String() + ".example"
	v := &recordv1.Validator{CosignerName: host, PeerAddress: host + ":7401", PublicAddress: host + ":7400"}
	v.NodeKey, v.NodeProof = prove(ident.PurposeNode)
	v.CosignerKey, v.CosignerProof = prove(ident.PurposeCosigner)
	v.TlsKey, v.TlsProof = prove(ident.PurposeTLS)
	a.Validator = v
	if agency == ministry {
		key, proof := prove(ident.PurposeLog)
		d.Log = &genesis.LogKey{Key: ident.Ed25519Key(key), Proof: ident.NodeSignature(proof)}
	}
	return d
}

func grant(level recordv1.Level, territory, powers, until uint32) *recordv1.Grant {
	return &recordv1.Grant{Level: level, Territory: territory, Powers: powers, From: 20180507, Until: until}
}

// newGenesis begins a ledger of three validators and a department without one, in a protocol version.
func newGenesis(protocol uint32, chain string, start uint64) *genesis.Genesis {
	var all uint32 = subject.PowerRegister | subject.PowerCertify | subject.PowerRevoke | subject.PowerCorrect | subject.PowerImport | subject.PowerGovern
	parameters := genesis.Parameters()
	if protocol >= compose.SchemaSupply {
		all |= subject.PowerInspect
		parameters.Resolvers = resolvers()
	}
	level := recordv1.Level_LEVEL_PROVINCE
	witness := edKey("witness").Public()
	g := must(genesis.Assemble([]*genesis.Descriptor{
		officer(chain, ministry, "Bộ Nông nghiệp và Môi trường", country, true, grant(recordv1.Level_LEVEL_MINISTRY, country, all, 0)),
		officer(chain, province, "UBND tỉnh Đắk Nông", dakNong, true, grant(level, dakNong, all, 0), grant(recordv1.Level_LEVEL_DISTRICT, dakMil, subject.PowerCertify, 20250630)),
		officer(chain, neighbour, "UBND tỉnh Lâm Đồng", lamDong, true, grant(level, lamDong, all, 0)),
		officer(chain, department, "Sở Nông nghiệp và Môi trường Đắk Nông", dakNong, false, grant(level, dakNong, subject.PowerRegister, 0)),
	}, genesis.Options{
		Protocol: protocol, Origin: "log.example/" + chain, Sample: true, Time: start, Publisher: ministry, Parameters: parameters,
		Territories: []*recordv1.Territory{
			{Code: country, Level: recordv1.Level_LEVEL_MINISTRY, Name: "Việt Nam"},
			{Code: dakNong, Level: level, Parent: country, Name: "Tỉnh Đắk Nông"},
			{Code: lamDong, Level: level, Parent: country, Name: "Tỉnh Lâm Đồng"},
			{Code: dakMil, Level: recordv1.Level_LEVEL_DISTRICT, Parent: dakNong, Name: "Huyện Đắk Mil", From: 19900101, Until: 20250630},
			{Code: thuanAn, Level: recordv1.Level_LEVEL_COMMUNE, Parent: dakMil, Name: "Xã Thuận An"},
		},
		Witnesses: []*recordv1.Witness{{Name: "witness.example", Key: witness[:]}},
	}))
	for _, agency := range []ledger.AccountID{ministry, province, neighbour} {
		g = must(g.Countersign(agency, authorKey(agency.String())))
	}
	return g
}

// world is a ledger that grows draft by draft, as on a node, without its store.
type world struct {
	tb      testing.TB
	genesis *genesis.Genesis
	machine *replay.Machine
	rows    replay.Rows
	seen    map[ledger.RecordID]bool
	leaves  [][]byte
	drafts  []*replay.Ordered
	blocks  []*replay.Block
	first   []replay.Change // of genesis
	held    map[ident.Ed25519Key]*ident.Ed25519PrivateKey

	now      uint64
	proposer ledger.AccountID
	term     uint64
	sequence uint64
	previous ledger.Hash
}

func newWorld(tb testing.TB, g *genesis.Genesis) *world {
	m, changes := replay.Begin(g)
	w := &world{
		tb: tb, genesis: g, machine: m, held: make(map[ident.Ed25519Key]*ident.Ed25519PrivateKey), rows: make(replay.Rows), seen: make(map[ledger.RecordID]bool), first: changes,
		leaves: [][]byte{g.Seal().Append(nil)}, now: g.Body.Time, term: 1, proposer: province,
	}
	w.rows.Put(changes)
	for _, v := range g.Policy().Validators {
		w.hold("node " + v.Agency.String())
	}
	return w
}

// hold makes the Ed25519 key of a name, and keeps it: some policy may name it as a proposer's.
func (w *world) hold(name string) *ident.Ed25519PrivateKey {
	key := edKey(name)
	w.held[key.Public()] = key
	return key
}

// elect begins a term with a proposer.
func (w *world) elect(proposer ledger.AccountID) {
	w.proposer, w.term, w.sequence, w.previous = proposer, w.term+1, 0, ledger.Hash{}
}

// sign makes a record of an account with the key of that name, issued now.
func (w *world) sign(author ledger.AccountID, key string, actions ...*recordv1.Action) *compose.Signed {
	w.tb.Helper()
	schema := uint16(w.genesis.Body.Protocol)
	a := compose.Author{Chain: w.genesis.Chain, Account: author, Schema: schema, Key: authorKey(key)}
	s, err := a.Sign(must(compose.Marshal(schema, actions)), w.now, compose.AtOnce)
	if err != nil {
		w.tb.Fatal(err)
	}
	return s
}

// draft makes the proposer's next draft.
func (w *world) draft(flags uint8, records ...*compose.Signed) *replay.Ordered {
	w.tb.Helper()
	o := new(replay.Ordered)
	for _, r := range records {
		e, err := ledger.ParseEnvelope(r.Envelope)
		if err != nil {
			w.tb.Fatal(err)
		}
		o.Envelopes, o.Raw = append(o.Envelopes, e), append(o.Raw, r.Envelope)
	}
	o.Header = ledger.DraftHeader{
		Chain: w.genesis.Chain, Term: w.term, Proposer: w.proposer, Sequence: w.sequence, Previous: w.previous, Time: w.now, Flags: flags,
		Count: uint32(len(records)), Records: ledger.RecordsHash(o.Raw),
	}
	proposer, _ := w.machine.Policy().Validator(w.proposer)
	o.Signature = must(w.held[proposer.NodeKey].Sign(o.Header.Message()))
	w.sequence++
	w.previous = o.Header.Hash()
	return o
}

// apply derives and commits what a draft makes of the ledger.
func (w *world) apply(o *replay.Ordered) (*replay.Block, []replay.Outcome) {
	w.drafts = append(w.drafts, o)
	block, outcomes := w.machine.Derive(w.rows, o, func(id ledger.RecordID) bool { return w.seen[id] })
	for _, o := range outcomes {
		if o.Status == replay.Accepted || o.Status == replay.Refused {
			w.seen[o.Record] = true
		}
	}
	if block != nil {
		block.Changes = kept(block.Changes)
		w.machine.Commit(block)
		w.rows.Put(block.Changes)
		w.leaves = append(w.leaves, block.Leaves...)
		w.blocks = append(w.blocks, block)
	}
	return block, outcomes
}

// kept copies changes, which are the machine's again when it derives the next block.
func kept(changes []replay.Change) []replay.Change {
	changes = slices.Clone(changes)
	for i := range changes {
		c := &changes[i]
		c.Entries, c.Values = slices.Clone(c.Entries), slices.Clone(c.Values)
	}
	return changes
}

// order applies a draft of these records.
func (w *world) order(flags uint8, records ...*compose.Signed) (*replay.Block, []replay.Outcome) {
	w.tb.Helper()
	return w.apply(w.draft(flags, records...))
}
