package node

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/replica"
)

// members is who the validators are, as the ledger has it at its newest height. It implements replica.Directory.
type members struct {
	now atomic.Pointer[memberList]
}

type memberList struct {
	list   []replica.Member // ascending by agency
	values [][]byte         // of the node subjects they are from
}

// refresh reads the validators anew, and tells whether they are others than before.
func (m *members) refresh(l *chain.Ledger) (changed bool, err error) {
	policy := l.Policy()
	next := new(memberList)
	err = l.View(func(v *chain.View) error {
		for _, validator := range policy.Validators {
			value, ok := v.Value(subject.Node(validator.Agency))
			if !ok {
				return fmt.Errorf("validator %v has no node on the ledger", validator.Agency)
			}
			next.values = append(next.values, value)
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	if old := m.now.Load(); old != nil && same(old.values, next.values) {
		return false, nil
	}
	for _, value := range next.values {
		n, err := subject.ParseNode(value)
		if err != nil {
			return false, fmt.Errorf("node of a validator: %w", err)
		}
		next.list = append(next.list, replica.Member{ID: raftID(n.Agency, n.Incarnation), Agency: n.Agency, Address: n.PeerAddress, Key: n.TLSKey})
	}
	m.now.Store(next)
	return true, nil
}

func same(a, b [][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// raftID names a validator in raft: a new incarnation is somebody else, who has voted for nobody.
func raftID(agency ledger.AccountID, incarnation uint32) string {
	return agency.String() + "-" + strconv.FormatUint(uint64(incarnation), 10)
}

// agencyOf is the agency in a raft id, or 0.
func agencyOf(id string) ledger.AccountID {
	agency, _, _ := strings.Cut(id, "-")
	n, err := strconv.ParseUint(agency, 10, 64)
	if err != nil {
		return 0
	}
	return ledger.AccountID(n)
}

func (m *members) all() []replica.Member { return m.now.Load().list }

func (m *members) find(match func(*replica.Member) bool) (replica.Member, bool) {
	list := m.all()
	for i := range list {
		if match(&list[i]) {
			return list[i], true
		}
	}
	return replica.Member{}, false
}

// ByKey implements replica.Directory.
func (m *members) ByKey(key ident.Ed25519Key) (replica.Member, bool) {
	return m.find(func(r *replica.Member) bool { return r.Key == key })
}

// ByID implements replica.Directory.
func (m *members) ByID(id string) (replica.Member, bool) {
	return m.find(func(r *replica.Member) bool { return r.ID == id })
}

func (m *members) byAgency(agency ledger.AccountID) (replica.Member, bool) {
	return m.find(func(r *replica.Member) bool { return r.Agency == agency })
}
