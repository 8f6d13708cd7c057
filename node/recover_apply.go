package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/recovery"
	"github.com/ocopledger/ocop/node/replica"
)

// Recovered is what a recovery did.
type Recovered struct {
	replica.Recovered
	Before, After ledger.Head
	Outcomes      []chain.Outcome    // of the entries that were applied: nobody can tell whether a majority had them
	Quorum        int                // of cosigners, without which nothing is certified
	File          string             // where the statement is kept
	Silent        []ledger.AccountID // that are left by the statement, and did not answer: nobody has compared their ledgers with this one
}

// recovering is the ledger as a recovery drives it.
type recovering struct {
	marked
	outcomes []chain.Outcome
}

// Apply implements replica.Machine.
func (m *recovering) Apply(ctx context.Context, entries []replica.Entry) ([]chain.Applied, error) {
	applied, err := m.apply(ctx, entries)
	for i := range applied {
		m.outcomes = append(m.outcomes, applied[i].Outcomes...)
	}
	return applied, err
}

// Recover makes this node the only voter, as a statement says. Everything is looked at before anything is changed, and what was changed by a recovery that was
// interrupted does not stand in the way of the next. Errors: replica.ErrInUse, *recovery.Error, those of chain.Open and of the disk.
func Recover(ctx context.Context, o RecoverOptions, st *recovery.Statement) (r *Recovered, err error) {
	s, err := openStopped(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.ledger.Close()) }()
	if err := s.judge(st); err != nil {
		return nil, err
	}
	r = &Recovered{Before: s.ledger.Head(), Quorum: int(s.ledger.Policy().Quorum)}
	if r.Silent, err = s.ask(ctx, st); err != nil {
		return nil, err
	}
	self, _, err := s.node(s.self.Agency)
	if err != nil {
		return nil, err
	}
	raft, err := replica.OpenStore(filepath.Join(o.Config.Path(o.Config.Data), raftFile), rand.Reader)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, raft.Close()) }()
	if r.File, err = keepRecovery(&o.Config, st); err != nil { // first: a recovery whose statement is lost is not to be told from a forged one
		return nil, err
	}
	m := &recovering{marked: marked{s.ledger}}
	r.Recovered, err = replica.Recover(ctx, replica.RecoverOptions[chain.Applied]{
		Store: raft, Machine: m, Voters: []replica.Member{{ID: s.self.String(), Agency: s.self.Agency, Address: self.PeerAddress, Key: self.TLSKey}},
	})
	if err != nil {
		return nil, err
	}
	r.After, r.Outcomes = s.ledger.Head(), m.outcomes
	o.Log.Warn("raft's voters were set by a recovery statement", "file", r.File, "id", s.self.String(), "given_up", r.Expelled, "height", r.After.Height, "entries", r.Applied)
	return r, nil
}

// judge checks a statement against this node's ledger and raft log.
func (s *stopped) judge(st *recovery.Statement) error {
	if st.Chain != s.ledger.Chain() {
		return recovery.Refuse(recovery.Foreign, "tuyên bố là của sổ cái %v, nút này của %v", "the statement is of ledger %v, this node of %v", st.Chain, s.ledger.Chain())
	}
	if st.Voter != s.self {
		return recovery.Refuse(recovery.Elsewhere, "tuyên bố giao lá phiếu cho %v, nút này là %v", "the statement gives the vote to %v, and this node is %v", st.Voter, s.self)
	}
	voters, err := s.voters()
	if err != nil {
		return err
	}
	named := append(st.GivenUp(), st.Voter)
	slices.SortFunc(named, recovery.Seat.Compare)
	switch {
	case len(voters) == 1:
		return recovery.Refuse(recovery.Open, "%v đã là phiếu duy nhất: không có gì để khôi phục", "%v is the only voter already: there is nothing to recover", s.self)
	case !slices.Equal(named, voters):
		return recovery.Refuse(recovery.Members, "tuyên bố nói về %v, còn raft có các phiếu %v: hãy soạn lại", "the statement speaks of %v, and raft has the voters %v: draft it anew", named, voters)
	}
	if err := s.majorityLost(st, voters); err != nil {
		return err
	}
	if s.raft.Last != st.Log {
		return recovery.Refuse(recovery.Grown, "nhật ký raft của nút đến mục %d, khi soạn tuyên bố là %d: sau đó đã có đa số. Nếu lại mất đa số, hãy soạn lại",
			"the node's raft log goes up to entry %d, and to %d when the statement was drafted: a majority was there since. If it is lost again, draft it anew", s.raft.Last, st.Log)
	}
	if err := s.holds(st.Head, "đầu sổ trong tuyên bố", "the head in the statement"); err != nil {
		return err
	}
	if err := s.holds(st.Certified, "đầu sổ được chứng thực trong tuyên bố", "the certified head in the statement"); err != nil {
		return err
	}
	agencies, err := s.agencies()
	if err != nil {
		return err
	}
	return st.Approved(agencies)
}

// agencies are those that run validators, as the ledger has them. That a machine is lost takes no agency's voice.
func (s *stopped) agencies() (list []recovery.Agency, err error) {
	err = s.ledger.View(func(v *chain.View) error {
		for _, validator := range s.ledger.Policy().Validators {
			data, ok := v.Value(subject.Account(validator.Agency))
			if !ok {
				return fmt.Errorf("agency %v has no account on the ledger", validator.Agency)
			}
			account, err := subject.ParseAccount(data)
			if err != nil {
				return err
			}
			list = append(list, recovery.Agency{Account: validator.Agency, Keys: account.Keys})
		}
		return nil
	})
	return list, err
}

// ask tries the machines of those who give up their vote. One that answers is not lost; one that is left and has more leaves is the one to go on, unless the rest of this
// node's raft log says otherwise. Those that are left and do not answer are given back: people have to compare.
func (s *stopped) ask(ctx context.Context, st *recovery.Statement) (silent []ledger.AccountID, err error) {
	for _, seat := range st.GivenUp() {
		n, ok, err := s.node(seat.Agency)
		if err != nil {
			return nil, err
		}
		if !ok { // voted out, and raft has not followed: nobody waits for it
			continue
		}
		lost := slices.Contains(st.Lost, seat)
		size, answers := s.o.Ask(ctx, Asked{Agency: n.Agency, Peer: n.PeerAddress, Public: n.PublicAddress, TLSKey: n.TLSKey})
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case lost && answers:
			return nil, recovery.Refuse(recovery.Open, "nút của cơ quan %v trả lời (%s, %s): máy trả lời là máy chưa mất. Nếu máy ấy thật sự phải bỏ, hãy tắt hẳn nó trước",
				"the node of agency %v answers (%s, %s): a machine that answers is not lost. If it is to be given up all the same, turn it off for good first", n.Agency, n.PeerAddress, n.PublicAddress)
		case answers && size > s.ledger.Head().Size && s.pending() > 0:
			return nil, recovery.Refuse(recovery.Behind, "nút của cơ quan %v trả lời và có %d lá; nút này có %d lá và thêm %d mục trong nhật ký raft. Hãy tắt nút ấy, soạn tuyên bố trên cả hai và so mục cuối của hai nhật ký: nhiệm kỳ lớn hơn, rồi số mục lớn hơn, giữ lá phiếu",
				"the node of agency %v answers and has %d leaves; this one has %d, and %d entries more in raft's log. Turn that node off, draft on both, and compare the last entries of their logs: the later term, then the greater entry, keeps the vote",
				n.Agency, size, s.ledger.Head().Size, s.pending())
		case answers && size > s.ledger.Head().Size:
			return nil, recovery.Refuse(recovery.Behind, "nút của cơ quan %v có %d lá, nút này %d: nút đi xa nhất phải giữ lá phiếu", "the node of agency %v has %d leaves, this one %d: the vote must be with the one that is furthest",
				n.Agency, size, s.ledger.Head().Size)
		case !lost && !answers:
			silent = append(silent, n.Agency)
		}
	}
	return silent, nil
}

// recoveriesDir holds the statements that were ever applied, beside the configuration: they outlive the data.
const recoveriesDir = "recoveries"

// keepRecovery writes the statement for ever. One that is there already is of a recovery that was interrupted.
func keepRecovery(c *config.Config, st *recovery.Statement) (path string, err error) {
	dir := c.Path(recoveriesDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path = filepath.Join(dir, st.Name())
	temporary := path + ".new"
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return "", err
	}
	_, err = f.Write(st.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", err
	}
	if err := os.Rename(temporary, path); err != nil {
		return "", err
	}
	return path, errors.Join(backup.SyncDir(dir), backup.SyncDir(filepath.Dir(dir)))
}

// tellRecovery says once, at the start, under which statement the voters of this node's raft were last set.
func (n *Node) tellRecovery() {
	names, _ := filepath.Glob(filepath.Join(n.o.Config.Path(recoveriesDir), "*.txt"))
	var newest *recovery.Statement
	var file string
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			n.log.Warn("a recovery statement", "file", name, "error", err)
			continue
		}
		st, err := recovery.Parse(data)
		if err != nil {
			n.log.Warn("a recovery statement", "file", name, "error", err)
			continue
		}
		if newest == nil || !st.Time.Before(newest.Time) {
			newest, file = st, name
		}
	}
	if newest != nil {
		n.log.Info("this node's raft goes on by a recovery statement", "file", file, "height", newest.Height, "given_up", fmt.Sprint(newest.GivenUp()))
	}
}
