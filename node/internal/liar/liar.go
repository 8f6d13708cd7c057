// Package liar is a validator that lies, for tests. It holds the real keys of an agency and speaks to the others through their real doors, and it is no
// part of any program.
package liar

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/keys"
	"github.com/ocopledger/ocop/node/peer"
	"github.com/ocopledger/ocop/node/replica"
)

// Liar has the keys of a validator of genesis.
type Liar struct {
	genesis *genesis.Genesis
	agency  ledger.AccountID
	keys    *keys.Set
	members []replica.Member
	door    *door.Peer
	log     *slog.Logger
	service *grpc.Server

	Offer string // name of evidence that it says it has, set before Serve; empty: none
	asked atomic.Int64

	policy   *ledger.Policy // under which it cosigns
	cosigner *ident.Ed25519PrivateKey
}

// New opens the liar's peer door, which it owns.
func New(g *genesis.Genesis, agency ledger.AccountID, set *keys.Set, listener net.Listener, log *slog.Logger) (*Liar, error) {
	l := &Liar{genesis: g, agency: agency, keys: set, log: log, policy: g.Policy(), cosigner: set.Cosigner}
	for _, s := range g.Subjects() {
		if s.ID.Kind != subject.KindNode {
			continue
		}
		n, err := subject.ParseNode(s.Value)
		if err != nil {
			return nil, err
		}
		l.members = append(l.members, replica.Member{ID: fmt.Sprintf("%v-%d", n.Agency, n.Incarnation), Agency: n.Agency, Address: n.PeerAddress, Key: n.TLSKey})
	}
	certificate, err := door.Certificate(set.TLS)
	if err != nil {
		return nil, err
	}
	l.door = door.NewPeer(listener, func() []tls.Certificate { return []tls.Certificate{certificate} }, func(key ident.Ed25519Key) bool { _, ok := l.ByKey(key); return ok }, log)
	return l, nil
}

// Serve answers the other validators like one that has just started and holds nothing: their cosigners wait for answers before they sign.
func (l *Liar) Serve() {
	l.service = grpc.NewServer(append(peer.ServerOptions(), grpc.Creds(door.Credentials()))...)
	peer.Register(l.service, silent{l}, func(ctx context.Context) (ledger.AccountID, bool) {
		key, _ := door.FromContext(ctx)
		m, ok := l.ByKey(key)
		return m.Agency, ok
	})
	go func() { _ = l.service.Serve(l.door.GRPC()) }()
}

// silent orders nothing and knows nothing, except for the evidence it offers.
type silent struct{ *Liar }

func (silent) Order(_ context.Context, _ ledger.AccountID, envelopes [][]byte, _ peer.Care) []peer.Fate {
	return make([]peer.Fate, len(envelopes))
}

func (s silent) Standing(from ledger.AccountID, _ peer.Question) peer.Standing {
	at := peer.Standing{Clock: uint64(time.Now().UnixMilli())}
	if s.Offer != "" {
		at.Evidence = []string{s.Offer}
	}
	if m, ok := s.find(func(m *replica.Member) bool { return m.Agency == from }); ok {
		at.Met = &peer.Seat{ID: m.ID} // with it a new network is founded
	}
	return at
}

func (s silent) Evidence(name string) []byte {
	if s.asked.Add(1); s.Offer == "" {
		return nil
	}
	return []byte("OCOPEVID and nothing that " + name + " could be")
}

func (silent) Cosigned(ledger.AccountID, []peer.Cosignature) {}

// Asked is how often somebody wanted the evidence.
func (l *Liar) Asked() int64 { return l.asked.Load() }

// Close closes the door.
func (l *Liar) Close() error {
	if l.service != nil {
		l.service.Stop()
	}
	return l.door.Close()
}

// ByKey implements replica.Directory.
func (l *Liar) ByKey(key ident.Ed25519Key) (replica.Member, bool) {
	return l.find(func(m *replica.Member) bool { return m.Key == key })
}

// ByID implements replica.Directory.
func (l *Liar) ByID(id string) (replica.Member, bool) {
	return l.find(func(m *replica.Member) bool { return m.ID == id })
}

func (l *Liar) find(match func(*replica.Member) bool) (replica.Member, bool) {
	for i := range l.members {
		if match(&l.members[i]) {
			return l.members[i], true
		}
	}
	return replica.Member{}, false
}

// Rotated has the liar cosign under another policy epoch with the key that it names.
func (l *Liar) Rotated(policy *ledger.Policy, cosigner *ident.Ed25519PrivateKey) {
	l.policy, l.cosigner = policy, cosigner
}

// Cosign signs a head, whatever it is, and sends it to an agency's node.
func (l *Liar) Cosign(ctx context.Context, to ledger.AccountID, size uint64, root ledger.Hash) error {
	policy := l.policy
	v, _ := policy.Validator(l.agency)
	signer, err := ident.NewCosigner(v.CosignerName, l.cosigner)
	if err != nil {
		return err
	}
	made, err := signer.Cosign(checkpoint.Tree{Origin: policy.Origin, Size: size, Root: root}.Text(), uint64(time.Now().Unix()))
	if err != nil {
		return err
	}
	m, ok := l.find(func(m *replica.Member) bool { return m.Agency == to })
	if !ok {
		return fmt.Errorf("agency %v has no node", to)
	}
	client, err := peer.NewClient(peer.Options{
		Dial: func(ctx context.Context) (net.Conn, error) {
			return l.door.Dial(ctx, m.Address, door.ProtocolGRPC, m.Key)
		},
		Credentials: door.Credentials(), Limit: time.Minute,
	})
	if err != nil {
		return err
	}
	defer client.Close()
	cosigning := client.Cosigning()
	if err := cosigning.Send(ctx, []peer.Cosignature{{Size: size, Root: root, Epoch: policy.Number, Cosignature: made}}); err != nil {
		return err
	}
	return cosigning.End(ctx)
}

// Draft is a draft that the liar signs: the sequence-th of a term, with a time and records of its choice. It is a cosign point.
func (l *Liar) Draft(term, sequence uint64, at time.Time, records ...[]byte) ([]byte, error) {
	d := ledger.Draft{
		Header: ledger.DraftHeader{
			Chain: l.genesis.Chain, Term: term, Proposer: l.agency, Sequence: sequence, Time: uint64(at.UnixMilli()), Flags: ledger.FlagCosign,
			Count: uint32(len(records)), Records: ledger.RecordsHash(records),
		},
		Records: records,
	}
	var err error
	if d.Signature, err = l.keys.Node.Sign(d.Header.Message()); err != nil {
		return nil, err
	}
	return d.Append(nil), nil
}
