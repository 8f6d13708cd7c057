package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/recovery"
	"github.com/ocopledger/ocop/node/replica"
)

// RecoverOptions is a stopped node, whose raft voters a recovery is about.
type RecoverOptions struct {
	Config   config.Config
	Genesis  []byte // the genesis file
	Verifier ident.Verifier
	Log      *slog.Logger
	Now      func() time.Time
	// Ask tries whether a validator's machine answers, and how many leaves its ledger has by its own word; 0: it does not say. Needed to apply, not to draft.
	Ask func(context.Context, Asked) (size uint64, answers bool)
}

// Asked is a validator as the ledger has it.
type Asked struct {
	Agency       ledger.AccountID
	Peer, Public string // addresses
	TLSKey       ident.Ed25519Key
}

// stopped is the directory of a node that does not run, held so that it cannot be started meanwhile.
type stopped struct {
	o      *RecoverOptions
	ledger *chain.Ledger
	raft   replica.Inspection
	self   recovery.Seat

	certified recovery.Head // the newest that the node holds; size 0: none
}

// openStopped opens the ledger, and looks at everything else without changing it. Errors: replica.ErrInUse, *recovery.Error, those of chain.Open.
func openStopped(ctx context.Context, o *RecoverOptions) (s *stopped, err error) {
	dir := o.Config.Path(o.Config.Data)
	if o.Config.Role == config.Replica {
		return nil, recovery.Refuse(recovery.Members, "nút này là bản sao chỉ đọc: nó không bỏ phiếu", "this node is a replica: it has no vote")
	}
	s = &stopped{o: o}
	if s.raft, err = replica.Inspect(filepath.Join(dir, raftFile)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, noStore("không có raft.db", "there is no raft.db")
		}
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, store.ChainFile)); err != nil { // it would be begun
		return nil, fmt.Errorf("%w: %w", chain.ErrNoLedger, err)
	}
	if s.ledger, err = chain.Open(ctx, chain.Options{Dir: dir, Genesis: o.Genesis, Verifier: o.Verifier, Log: o.Log}); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if err := errors.Join(s.seat(), s.signed()); err != nil {
		return nil, errors.Join(err, s.ledger.Close())
	}
	return s, nil
}

func noStore(vietnamese, english string) error {
	return recovery.Refuse(recovery.Store, "kho raft của nút này không phải kho đã bỏ phiếu lần cuối (%[1]s): nút không thể giữ lá phiếu", "this node's raft store is not the one that voted last (%[2]s): it cannot keep the vote", vietnamese, english)
}

// node is an agency's node as the ledger has it.
func (s *stopped) node(agency ledger.AccountID) (n subject.NodeValue, ok bool, err error) {
	if _, ok = s.ledger.Policy().Validator(agency); !ok {
		return n, false, nil
	}
	err = s.ledger.View(func(v *chain.View) (err error) {
		data, there := v.Value(subject.Node(agency))
		if !there {
			return fmt.Errorf("validator %v has no node on the ledger", agency)
		}
		n, err = subject.ParseNode(data)
		return err
	})
	return n, ok, err
}

// seat checks that this node votes: as the ledger has it, as raft's configuration has it, and with the store that voted last, by the seat file.
func (s *stopped) seat() error {
	c := &s.o.Config
	n, ok, err := s.node(ledger.AccountID(c.Agency))
	switch {
	case err != nil:
		return err
	case !ok:
		return recovery.Refuse(recovery.Members, "sổ cái không ghi nút xác thực nào của cơ quan %d", "the ledger names no validator of agency %d", c.Agency)
	}
	s.self = recovery.Seat{Agency: n.Agency, Incarnation: n.Incarnation}
	held, known, err := replica.ReadHeld(c.Path(replica.SeatFile))
	if err != nil {
		return err
	}
	mine := s.raft.Seat
	switch _, err := os.Stat(filepath.Join(c.Path(c.Data), RestoredFile)); {
	case err == nil:
		return noStore("sổ cái được khôi phục từ bản sao lưu", "the ledger was restored from a backup")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case mine == nil || mine.ID != s.self.String():
		return noStore("nó không thuộc "+s.self.String(), "it is not that of "+s.self.String())
	case !known || held.Lost || held.ID != mine.ID || held.Store != mine.Store || mine.Starts < held.Starts:
		return noStore("theo tệp raft.seat", "by the seat file")
	case !slices.Contains(s.raft.Voters, s.self.String()):
		return recovery.Refuse(recovery.Members, "%v không có phiếu trong cấu hình raft %v", "%v has no vote in raft's configuration %v", s.self, s.raft.Voters)
	}
	return nil
}

// rootAt is the root of the ledger's first leaves; false: it is shorter.
func (s *stopped) rootAt(size uint64) (root ledger.Hash, ok bool, err error) {
	err = s.ledger.View(func(v *chain.View) error {
		if ok = size <= v.Head().Size; !ok {
			return nil
		}
		root, err = v.RootAt(size)
		return err
	})
	return root, ok, err
}

// holds checks that a head is of this ledger.
func (s *stopped) holds(h recovery.Head, vietnamese, english string) error {
	if h.Size == 0 {
		return nil
	}
	root, ok, err := s.rootAt(h.Size)
	switch {
	case err != nil:
		return err
	case !ok:
		return recovery.Refuse(recovery.Behind, "sổ cái của nút này ngắn hơn %[2]s: %[1]d lá", "this node's ledger is shorter than %[3]s: %[1]d leaves", h.Size, vietnamese, english)
	case root != h.Root:
		return recovery.Refuse(recovery.Contrary, "sổ cái của nút này trái với %[2]s tại %[1]d lá: %[4]v, còn ở đây %[5]v", "this node's ledger contradicts %[3]s at %[1]d leaves: %[4]v, and here %[5]v",
			h.Size, vietnamese, english, h.Root, root)
	}
	return nil
}

// signed checks that the ledger has what this node signed and what it holds as certified.
func (s *stopped) signed() error {
	c := &s.o.Config
	mark, _, err := cosign.ReadSlot(c.Path(cosign.SlotFile), s.ledger.Chain())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.holds(recovery.Head(mark), "đầu sổ mà nút đã đồng ký", "the head that it has cosigned"); err != nil {
		return err
	}
	heads, err := store.OpenHeads(filepath.Join(c.Path(c.Data), store.HeadsFile), store.Options{ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("certified heads: %w", err)
	}
	row, err := heads.Newest()
	if err = errors.Join(err, heads.Close()); errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("certified heads: %w", err)
	}
	signed, err := checkpoint.Parse(row.Signed)
	if err != nil {
		return fmt.Errorf("certified heads: %w", err)
	}
	s.certified = recovery.Head{Size: signed.Tree.Size, Root: signed.Tree.Root}
	return s.holds(s.certified, "đầu sổ được chứng thực mà nút giữ", "the certified head that it holds")
}

// voters are the seats that vote in raft, ascending.
func (s *stopped) voters() (seats []recovery.Seat, err error) {
	for _, id := range s.raft.Voters {
		seat, err := recovery.ParseSeat(id)
		if err != nil {
			return nil, fmt.Errorf("raft's configuration: %w", err)
		}
		seats = append(seats, seat)
	}
	slices.SortFunc(seats, recovery.Seat.Compare)
	return seats, nil
}

// pending is how many entries raft's log has that the ledger on the disk has not: nobody can tell any more which of them a majority had. Those since the last cosign point
// before a crash had been applied.
func (s *stopped) pending() uint64 { return s.raft.Last - min(s.raft.Last, s.ledger.AppliedIndex()) }

// Drafted is a statement to be signed.
type Drafted struct {
	Statement *recovery.Statement
	EndIndex  uint64 // where raft's log ends: of the nodes that are left, the one with the latest term, then the greatest index, is to go on
	EndTerm   uint64
	Pending   uint64 // entries of raft's log after the ledger on the disk, which is some way behind after a crash
	Needed    int    // agencies that must sign
	Agencies  []ledger.AccountID
}

// DraftRecovery makes the statement under which this node votes alone, for the loss of the nodes of some agencies. Errors: replica.ErrInUse, *recovery.Error, those
// of chain.Open.
func DraftRecovery(ctx context.Context, o RecoverOptions, lost []ledger.AccountID) (d *Drafted, err error) {
	s, err := openStopped(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.ledger.Close()) }()
	voters, err := s.voters()
	if err != nil {
		return nil, err
	}
	head := s.ledger.Head()
	made := &recovery.Statement{
		Chain: s.ledger.Chain(), Voter: s.self, Height: head.Height, Head: recovery.Head{Size: head.Size, Root: head.Root}, Log: s.raft.Last, Certified: s.certified,
		Time: o.Now().UTC().Truncate(time.Second),
	}
	for _, agency := range lost {
		if !slices.ContainsFunc(voters, func(v recovery.Seat) bool { return v.Agency == agency }) {
			return nil, recovery.Refuse(recovery.Members, "cơ quan %v không có phiếu trong raft: %v", "agency %v has no vote in raft: %v", agency, voters)
		}
	}
	for _, v := range voters {
		switch {
		case slices.Contains(lost, v.Agency):
			made.Lost = append(made.Lost, v)
		case v != s.self:
			made.Returns = append(made.Returns, v)
		}
	}
	if err := s.majorityLost(made, voters); err != nil {
		return nil, err
	}
	d = &Drafted{Statement: made, EndIndex: s.raft.EndIndex, EndTerm: s.raft.EndTerm, Pending: s.pending()}
	for _, v := range s.ledger.Policy().Validators {
		d.Agencies = append(d.Agencies, v.Agency)
	}
	d.Needed = recovery.Needed(len(d.Agencies))
	return d, nil
}

// majorityLost refuses a recovery that is not needed, or that leaves nobody.
func (s *stopped) majorityLost(st *recovery.Statement, voters []recovery.Seat) error {
	left := len(voters) - len(st.Lost)
	switch {
	case slices.ContainsFunc(st.Lost, func(v recovery.Seat) bool { return v.Agency == s.self.Agency }):
		return recovery.Refuse(recovery.Members, "nút này là của cơ quan %v, được ghi là đã mất: phải còn chính nút này", "this node is agency %v's, which is named as lost: this very node must be left", s.self.Agency)
	case left >= len(voters)/2+1:
		return recovery.Refuse(recovery.Open, "còn %d trong %d phiếu, vẫn là đa số: hãy chạy các nút còn lại và bỏ nút đã mất bằng biểu quyết trên sổ cái",
			"%d of %d votes are left, which is a majority: run the nodes that are left, and remove the lost ones by votes on the ledger", left, len(voters))
	}
	return nil
}
