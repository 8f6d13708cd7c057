// Package chaintest makes ledgers for tests: a genesis of three agencies with all their keys, signed records of every kind, signed drafts. Everything is
// made from fixed seeds and a clock that only tests move, so that the bytes are the same in every run and on every machine.
package chaintest

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Agencies of the genesis, all of which run validators.
const (
	Province ledger.AccountID = 1 // UBND tỉnh
	Ministry ledger.AccountID = 2 // Bộ
	District ledger.AccountID = 3 // UBND huyện, which recognises 3 stars under RS-2023 alone
)

// Territories of the genesis.
const (
	Country uint32 = 1
	Town    uint32 = 67     // tỉnh
	DistA   uint32 = 660    // huyện
	Commune uint32 = 24_700 // xã
)

// Name of the chain.
const Name = "test-chain"

// Start is the time of the genesis.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("+07:00", 7*3600))

// World is a clock, the keys of everybody, and the raft position of the next draft.
type World struct {
	Genesis *genesis.Genesis
	Now     uint64 // the clock, Unix milliseconds

	Term     uint64
	Index    uint64 // of the newest draft
	Proposer ledger.AccountID
	sequence uint64
	previous ledger.Hash
	keys     map[string]*ident.PrivateKey
	nodes    map[ledger.AccountID]*ident.Ed25519PrivateKey // whose first node key was replaced
}

// New makes the genesis.
func New() *World { return NewAt(Start) }

// NewAt makes a genesis of another time, which is another chain.
func NewAt(start time.Time) *World { return NewIn(genesis.Protocol, start) }

// NewIn makes a genesis in a protocol version.
func NewIn(protocol uint32, start time.Time) *World {
	w := &World{Now: uint64(start.UnixMilli()), Term: 1, Proposer: Province, keys: make(map[string]*ident.PrivateKey), nodes: make(map[ledger.AccountID]*ident.Ed25519PrivateKey)}
	descriptors := []*genesis.Descriptor{
		w.descriptor(Province, "UBND tỉnh Đắk Nông (mẫu)", Town, recordv1.Level_LEVEL_PROVINCE),
		w.descriptor(Ministry, "Bộ Nông nghiệp và Môi trường (mẫu)", Country, recordv1.Level_LEVEL_MINISTRY),
		w.descriptor(District, "UBND huyện Đắk Mil (mẫu)", DistA, recordv1.Level_LEVEL_DISTRICT),
	}
	if protocol >= compose.SchemaMembership { // somebody who can join
		descriptors = append(descriptors, w.descriptor(Department, "Sở Nông nghiệp và Môi trường (mẫu)", Town, recordv1.Level_LEVEL_PROVINCE))
		descriptors[len(descriptors)-1].Agency.Validator = nil
	}
	parameters := genesis.Parameters()
	if protocol >= compose.SchemaSupply {
		descriptors[0].Agency.Grants[0].Powers |= subject.PowerInspect
		parameters.Resolvers = []*recordv1.Resolver{{Host: "ocop.example"}}
	}
	w.Genesis = must(genesis.Assemble(descriptors, genesis.Options{
		Protocol: protocol, Origin: "log.example/test", Sample: true, Time: w.Now, Publisher: Province, Parameters: parameters,
		Territories: []*recordv1.Territory{
			{Code: Country, Level: recordv1.Level_LEVEL_MINISTRY, Name: "Việt Nam"},
			{Code: Town, Level: recordv1.Level_LEVEL_PROVINCE, Parent: Country, Name: "Đắk Nông"},
			{Code: DistA, Level: recordv1.Level_LEVEL_DISTRICT, Parent: Town, Name: "Đắk Mil"},
			{Code: Commune, Level: recordv1.Level_LEVEL_COMMUNE, Parent: DistA, Name: "Thuận An"},
		},
	}))
	return w
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func seed(name string) []byte {
	h := sha256.Sum256([]byte("chaintest " + name))
	return h[:]
}

// Key is the key with a name, such as "1000001" for the first key of that account.
func (w *World) Key(name string) *ident.PrivateKey {
	k := w.keys[name]
	if k == nil {
		k = must(ident.NewPrivateKey(seed("author " + name)))
		w.keys[name] = k
	}
	return k
}

// NodeKey is an agency's key for a purpose.
func NodeKey(agency ledger.AccountID, purpose ident.Purpose) *ident.Ed25519PrivateKey {
	return must(ident.NewEd25519PrivateKey(seed(purpose.String() + agency.String())))
}

func (w *World) descriptor(agency ledger.AccountID, name string, territory uint32, level recordv1.Level) *genesis.Descriptor {
	place := ident.GenesisPossession{ChainName: Name, Agency: uint64(agency), Purpose: ident.PurposeAuthor}
	officer := w.Key(agency.String())
	public, proof := officer.Public(), must(place.ProveAuthor(officer))
	ed := func(purpose ident.Purpose) (key, proof []byte) {
		place.Purpose = purpose
		private := NodeKey(agency, purpose)
		k, p := private.Public(), must(place.Prove(private))
		return k[:], p[:]
	}
	v := &recordv1.Validator{
		CosignerName: cosignerName(agency), PeerAddress: fmt.Sprintf("127.0.0.1:74%d1", agency), PublicAddress: fmt.Sprintf("127.0.0.1:74%d0", agency),
	}
	v.NodeKey, v.NodeProof = ed(ident.PurposeNode)
	v.CosignerKey, v.CosignerProof = ed(ident.PurposeCosigner)
	v.TlsKey, v.TlsProof = ed(ident.PurposeTLS)
	d := &genesis.Descriptor{ChainName: Name, Agency: &recordv1.Agency{
		Account: uint64(agency), Name: compose.RegisterName(name), Territory: territory,
		Grants: []*recordv1.Grant{{Level: level, Territory: territory, Powers: 63, From: 20180507}},
		Keys:   []*recordv1.AgencyKey{{PublicKey: public[:], Roles: 15, Proof: proof[:]}}, Validator: v,
	}}
	if agency == Province {
		k, p := ed(ident.PurposeLog)
		d.Log = &genesis.LogKey{Key: ident.Ed25519Key(k), Proof: ident.NodeSignature(p)}
	}
	return d
}

// Chain is the chain id.
func (w *World) Chain() ledger.ChainID { return w.Genesis.Chain }

// Tick moves the clock.
func (w *World) Tick(d time.Duration) { w.Now += uint64(d.Milliseconds()) }

// Sign makes a record of an account's first key.
func (w *World) Sign(author ledger.AccountID, actions ...*recordv1.Action) *compose.Signed {
	return w.SignWith(author, author.String(), actions...)
}

// SignWith makes a record with a key by its name. The clock moves by a millisecond, so that no two records are the same.
func (w *World) SignWith(author ledger.AccountID, key string, actions ...*recordv1.Action) *compose.Signed {
	w.Now++
	schema := uint16(w.Genesis.Body.Protocol)
	a := compose.Author{Chain: w.Chain(), Account: author, Schema: schema, Key: w.Key(key)}
	return must(a.Sign(must(compose.Marshal(schema, actions)), w.Now, compose.AtOnce))
}

// Draft puts records into the proposer's next draft of the term, at the clock's time, and counts the raft index.
func (w *World) Draft(records ...*compose.Signed) []byte {
	return w.DraftOf(0, bytesOf(records)...)
}

func bytesOf(records []*compose.Signed) [][]byte {
	raw := make([][]byte, len(records))
	for i, r := range records {
		raw[i] = r.Envelope
	}
	return raw
}

// DraftOf is Draft of bytes, with flags.
func (w *World) DraftOf(flags uint8, records ...[]byte) []byte {
	h := ledger.DraftHeader{
		Chain: w.Chain(), Term: w.Term, Proposer: w.Proposer, Sequence: w.sequence, Previous: w.previous, Time: w.Now, Flags: flags,
		Count: uint32(len(records)), Records: ledger.RecordsHash(records),
	}
	d := ledger.Draft{Header: h, Records: records, Signature: must(w.proposerKey().Sign(h.Message()))}
	w.sequence++
	w.previous = h.Hash()
	w.Index++
	return d.Append(nil)
}

func (w *World) proposerKey() *ident.Ed25519PrivateKey {
	if k := w.nodes[w.Proposer]; k != nil {
		return k
	}
	return NodeKey(w.Proposer, ident.PurposeNode)
}

// Elect begins a term of another proposer.
func (w *World) Elect(proposer ledger.AccountID) {
	w.Term, w.Proposer, w.sequence, w.previous = w.Term+1, proposer, 0, ledger.Hash{}
}

// Grant is a key of an account with its proof, at an epoch.
func (w *World) Grant(account ledger.AccountID, key string, epoch uint32) *recordv1.KeyGrant {
	p := compose.Possession{Chain: w.Chain(), Account: account, Epoch: epoch, Roles: subject.KeyTrade | subject.KeyGovern}
	return p.Grant(w.Key(key).Public(), must(p.Prove(w.Key(key))))
}
