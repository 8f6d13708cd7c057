package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/recovery"
)

func (a *app) recover() *cobra.Command {
	return verb.Group(a.lang, verb.Spec{
		Use:   "recover",
		Short: lang.Text{Vi: "Đi tiếp khi đa số nút xác thực mất hẳn", En: "Go on when a majority of the validators is lost for good"},
		Long: lang.Text{
			Vi: `Chỉ khi các máy ấy không bao giờ trở lại. Đây là quyết định của các cơ quan, không phải của một người vận hành: nút còn lại đi xa nhất soạn một tuyên bố, cán bộ
quản trị của hơn một nửa số cơ quan có nút xác thực ký (cơ quan mất máy cũng ký), rồi nút ấy thi hành và giữ lá phiếu một mình cho đến khi các nút khác trở lại.
Không gì mà nút ấy giữ là đã chứng thực bị thay. Xem node/operating/runbooks/10-lost-majority.md.`,
			En: `Only when those machines never come back. It is a decision of the agencies, and not of one operator: the node that is left and furthest drafts a statement, officers
who may govern sign it for more than half of the agencies that run validators, those whose machines are lost included, and that node applies it and votes alone
until others are back. Nothing that it holds as certified is replaced. See node/operating/runbooks/10-lost-majority.md.`},
	}, a.recoverDraft(), a.recoverSign(), a.recoverApply())
}

// recovering is a stopped node's directory as node recovers it. done gives the verifier back.
func (a *app) recovering(dir string) (o node.RecoverOptions, g *genesis.Genesis, done func(), err error) {
	c, err := config.Load(filepath.Join(dir, config.FileName))
	if err != nil {
		return o, nil, nil, err
	}
	file, err := os.ReadFile(c.Path(c.Genesis))
	if err != nil {
		return o, nil, nil, fmt.Errorf("genesis: %w", err)
	}
	if g, err = genesis.Parse(file); err != nil {
		return o, nil, nil, err
	}
	pool, err := ident.NewPool(runtime.NumCPU(), checkSigners)
	if err != nil {
		return o, nil, nil, err
	}
	log := c.Log
	log.Level = "warn" // that a ledger was opened is nobody's concern here
	return node.RecoverOptions{Config: *c, Genesis: file, Verifier: pool, Log: logger(log, a.env.Err), Now: a.env.Now}, g, pool.Close, nil
}

func readStatement(path string) (*recovery.Statement, error) {
	data, err := readFile(path, recovery.MaxFile)
	if err != nil {
		return nil, err
	}
	s, err := recovery.Parse(data)
	if wrong, ok := errors.AsType[*recovery.Error](err); ok {
		return nil, fail(exitInput, lang.Text{Vi: "%s: %s", En: "%s: %s"}, path, lang.Text{Vi: wrong.Vietnamese, En: wrong.English})
	}
	return s, err
}

// statementReport is a statement as JSON.
type statementReport struct {
	Chain     string   `json:"chain_id"`
	Voter     string   `json:"voter"`
	Lost      []string `json:"lost"`
	Returns   []string `json:"returns"`
	Height    uint64   `json:"height"`
	Size      uint64   `json:"size"`
	Root      string   `json:"root"`
	Log       uint64   `json:"raft_last_index"`
	Certified uint64   `json:"certified_size"`
	Time      string   `json:"time"`
	Signed    []uint64 `json:"signed"` // agencies
}

func reportStatement(s *recovery.Statement) statementReport {
	v := statementReport{
		Chain: s.Chain.String(), Voter: s.Voter.String(), Lost: []string{}, Returns: []string{}, Height: s.Height, Size: s.Head.Size, Root: s.Head.Root.String(),
		Log: s.Log, Certified: s.Certified.Size, Time: s.Time.Format("2006-01-02T15:04:05Z"), Signed: []uint64{},
	}
	for _, seat := range s.Lost {
		v.Lost = append(v.Lost, seat.String())
	}
	for _, seat := range s.Returns {
		v.Returns = append(v.Returns, seat.String())
	}
	for _, g := range s.Signatures {
		v.Signed = append(v.Signed, uint64(g.Agency))
	}
	return v
}

// describeStatement says what is signed, in both languages whatever the person's is: the paper is for everyone.
func describeStatement(w io.Writer, s *recovery.Statement) {
	v := reportStatement(s)
	for _, l := range []lang.Language{lang.Vietnamese, lang.English} {
		certified := lang.Text{Vi: "chưa có", En: "none"}
		if v.Certified > 0 {
			certified = lang.Text{Vi: fmt.Sprintf("%d lá", v.Certified), En: fmt.Sprintf("%d leaves", v.Certified)}
		}
		fmt.Fprintln(w, lang.Text{
			Vi: `Tuyên bố khôi phục sổ cái %s, soạn lúc %s:
  Nút %s giữ lá phiếu một mình, từ khối %d (%d lá, gốc %s), nhật ký raft đến mục %d.
  Đầu sổ được chứng thực mới nhất nút ấy giữ: %s. Những gì sau đó có thể chỉ có trên máy đã mất.
  Máy mất hẳn, không bao giờ trở lại bằng kho cũ: %v.
  Máy còn, thôi phiếu và trở lại với lần lập mới: %v.`,
			En: `Recovery statement of ledger %s, drafted at %s:
  Node %s votes alone, from block %d (%d leaves, root %s), raft log up to entry %d.
  The newest certified head that it holds: %s. What came after may be on a lost machine alone.
  Machines that are gone for good, and never come back with their old stores: %v.
  Machines that are left, give up their vote and come back with a new incarnation: %v.`}.F(l, v.Chain, v.Time, v.Voter, v.Height, v.Size, v.Root, v.Log, certified, v.Lost, v.Returns))
	}
}
