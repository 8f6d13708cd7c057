package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/rescue"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/backup"
)

type restoreFlags struct{ from, dir, rehearse, genesis, chain string }

func (a *app) restore() *cobra.Command {
	var f restoreFlags
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "restore --from FOLDER --dir DIR [--rehearse SCRATCH]",
		Short: lang.Text{Vi: "Khôi phục sổ cái của nút đã dừng từ bản sao lưu, hoặc diễn tập", En: "Restore a stopped node's ledger from a backup, or rehearse it"},
		Long: lang.Text{
			Vi: `Kiểm tra bản sao lưu (từng tệp, chữ ký của bản kê, mã sổ cái), tính lại toàn bộ sổ cái từ các lá, đối chiếu với đầu sổ được chứng thực, rồi mới đưa vào
thư mục dữ liệu của DIR. Thư mục dữ liệu cũ được đổi tên, không bị xóa. Từ chối khi nút đã đồng ký đầu sổ lớn hơn (cosigner.slot), hoặc đang có sổ mới hơn.
DIR cần có thư mục keys, khôi phục từ bản sao lưu khóa; config.yaml và tệp khởi nguyên chưa có thì lấy từ bản sao lưu (khi đó cần --genesis hoặc --chain-id).
raft.db không được khôi phục: tệp restored trong thư mục dữ liệu cho nút biết điều đó, và nút chưa bỏ phiếu cho đến khi cơ quan ký lần lập mới.
--rehearse làm tất cả trong thư mục nháp mới và không đổi gì của nút, kể cả khi nút đang chạy.`,
			En: `Checks the backup (every file, the manifest's signature, the chain id), derives the whole ledger again from its leaves, holds it against the certified head, and
only then puts it into DIR's data directory. The old data directory is renamed and not deleted. Refuses when the node has cosigned a larger head (cosigner.slot),
or has a newer ledger. DIR needs the folder keys, from the backup of the keys; config.yaml and genesis file come from the backup when they are not there (then
--genesis or --chain-id is wanted). raft.db is not restored: the file restored in the data directory tells the node so, and the node does not vote before the
agency has signed a new incarnation. --rehearse does everything in a new scratch folder and changes nothing of the node, which may be running.`},
		Example: "  ocopd restore --from /mnt/backup/ocop-2026-11-27 --dir /srv/ocop --rehearse /tmp/dien-tap\n  ocopd restore --from /mnt/backup/ocop-2026-11-27 --dir /srv/ocop",
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := verb.Require(cmd, "from"); err != nil {
				return err
			}
			if f.dir == "" && f.rehearse == "" {
				return verb.Require(cmd, "dir")
			}
			return a.restoreFrom(cmd.Context(), &f)
		},
	})
	a.dirFlag(cmd, &f.dir)
	cmd.Flags().StringVar(&f.from, "from", "", a.t(lang.Text{Vi: "`thư mục` của bản sao lưu", En: "`folder` of the backup"}))
	cmd.Flags().StringVar(&f.rehearse, "rehearse", "", a.t(lang.Text{Vi: "`thư mục` nháp mới: chỉ diễn tập", En: "new scratch `folder`: rehearse only"}))
	cmd.Flags().StringVar(&f.genesis, "genesis", "", a.t(lang.Text{Vi: "`tệp` khởi nguyên phải khớp", En: "genesis `file` that it must be of"}))
	cmd.Flags().StringVar(&f.chain, "chain-id", "", a.t(lang.Text{Vi: "`mã` sổ cái phải khớp, thay cho --genesis", En: "`id` of the ledger that it must be, instead of --genesis"}))
	return cmd
}

// chainID is the ledger that was asked for; zero: none.
func (f *restoreFlags) chainID() (id ledger.ChainID, err error) {
	switch {
	case f.genesis != "" && f.chain != "":
		return id, verb.Usage(lang.Text{Vi: "cần --genesis hoặc --chain-id, không cả hai", En: "want either --genesis or --chain-id"})
	case f.chain != "":
		return parseChain(f.chain)
	case f.genesis != "":
		g, _, err := readGenesis(f.genesis)
		if err != nil {
			return id, err
		}
		return g.Chain, nil
	}
	return id, nil
}

func (a *app) restoreFrom(ctx context.Context, f *restoreFlags) error {
	id, err := f.chainID()
	if err != nil {
		return err
	}
	pool, err := ident.NewPool(runtime.NumCPU(), checkSigners)
	if err != nil {
		return err
	}
	defer pool.Close()
	began := time.Now()
	done, err := rescue.Restore{
		From: f.from, Dir: f.dir, Scratch: f.rehearse, Chain: id, Verifier: pool, Now: a.env.Now, Progress: func(done, size uint64) {
			a.progress(lang.Text{Vi: "đã tính lại %d trên %d lá", En: "%d of %d leaves derived"}, done, size)
		},
	}.Run(ctx)
	a.progressEnd()
	if err != nil {
		return err
	}
	return ceremony.OfLedger(done.Genesis, a.printRestored(done, f.rehearse != "", time.Since(began)))
}

// cosigned is who certified a head, as JSON.
type cosigned struct {
	Size     uint64   `json:"size"`
	Height   uint64   `json:"height"`
	Agencies []uint64 `json:"agencies"`
	Time     uint64   `json:"time"` // Unix seconds
}

type restoredReport struct {
	Notice    string           `json:"notice,omitempty"`
	Rehearsal bool             `json:"rehearsal"`
	Refused   *sentence        `json:"would_be_refused,omitempty"` // in a rehearsal: why the restore would be
	Manifest  *backup.Manifest `json:"manifest"`
	Height    uint64           `json:"height"`
	Size      uint64           `json:"size"`
	Root      string           `json:"root"`
	Records   uint64           `json:"records"`
	Refusals  uint64           `json:"refusals"`
	Certified *cosigned        `json:"certified,omitempty"`
	Signed    uint64           `json:"cosigned_size"` // of the largest head that this node's slot file says it signed; 0: none, or no such file
	SlotFile  bool             `json:"slot_file"`
	SlotSure  bool             `json:"slot_sure"` // the file is as it was left; otherwise the node may have signed more
	Data      string           `json:"data"`
	Aside     string           `json:"aside,omitempty"`
	Made      []string         `json:"made"`
	Seconds   float64          `json:"seconds"`
}

func (a *app) printRestored(r *rescue.Restored, rehearsal bool, took time.Duration) error {
	v := restoredReport{
		Notice: r.Genesis.Notice(), Rehearsal: rehearsal, Manifest: r.Manifest, Height: r.Head.Height, Size: r.Head.Size, Root: r.Head.Root.String(),
		Records: r.Records, Refusals: r.Refusals, Signed: r.Floor.Size, SlotFile: !r.Floor.None, SlotSure: r.Floor.Sure, Data: r.Data, Aside: r.Aside, Made: append([]string{}, r.Made...),
		Seconds: took.Seconds(),
	}
	if c := r.Certified; c != nil {
		v.Certified = &cosigned{Size: c.Tree.Size, Height: r.Manifest.Certified.Height, Time: c.Time}
		for _, s := range c.Validators {
			v.Certified.Agencies = append(v.Certified.Agencies, uint64(s.Agency))
		}
	}
	if r.Refused != nil {
		v.Refused = &sentence{say(lang.Vietnamese, r.Refused), say(lang.English, r.Refused)}
	}
	return a.print(v, func(w io.Writer) { a.restoredText(w, &v) })
}

func (a *app) restoredText(w io.Writer, v *restoredReport) {
	if v.Notice != "" {
		fmt.Fprintln(w, v.Notice)
	}
	m := v.Manifest
	a.say(w, lang.Text{
		Vi: "Bản sao lưu của cơ quan %v, lúc %s: %d tệp đúng như bản kê, bản kê do khóa nút của cơ quan ký.",
		En: "Backup by agency %v, of %s: %d files are as the manifest says, and the agency's node key signed it."}, m.Agency, m.Time.Format(time.RFC3339), len(m.Files))
	a.say(w, lang.Text{
		Vi: "Sổ cái tính lại từ các lá: khối %d, %d lá, gốc %s; %d bản ghi, %d bản ghi bị từ chối. Mọi chữ ký, quy tắc và trạng thái đều đúng.",
		En: "The ledger, derived again from its leaves: height %d, size %d, root %s; %d records, %d refusals. Every signature, rule and state is right."},
		v.Height, v.Size, v.Root, v.Records, v.Refusals)
	if c := v.Certified; c != nil {
		a.say(w, lang.Text{
			Vi: "Đầu sổ được chứng thực nằm trong đó: %d lá, các cơ quan %v đồng ký.", En: "The certified head is in it: %d leaves, cosigned by agencies %v."}, c.Size, c.Agencies)
	} else {
		a.say(w, lang.Text{Vi: "Bản sao lưu không có đầu sổ nào được chứng thực.", En: "The backup has no certified head."})
	}
	switch {
	case v.SlotFile && !v.SlotSure:
		a.say(w, lang.Text{
			Vi: "cosigner.slot bị hỏng một phần: nút đã đồng ký ít nhất đến %d lá, có thể hơn; nút hỏi các nút khác trước khi ký lại.",
			En: "cosigner.slot is damaged in part: this node has cosigned at least up to %d leaves, perhaps more; it asks its peers before it signs again."}, v.Signed)
	case !v.SlotFile:
		a.say(w, lang.Text{
			Vi: "Không có cosigner.slot ở đây: không biết nút này đã đồng ký đến đâu; nút hỏi các nút khác trước khi ký lại.",
			En: "There is no cosigner.slot here: how far this node has cosigned is not known; it asks its peers before it signs again."})
	}
	if v.Rehearsal {
		a.say(w, lang.Text{Vi: "Diễn tập xong trong %s, ở %s (xóa được). Nút không bị thay đổi gì.", En: "Rehearsed in %s, in %s, which may be deleted. Nothing of the node was changed."}, seconds(v.Seconds), v.Data)
		if v.Refused != nil {
			a.say(w, lang.Text{Vi: "Khôi phục thật bây giờ sẽ bị từ chối: %s", En: "The restore itself would be refused now: %s"}, lang.Text{Vi: v.Refused.Vietnamese, En: v.Refused.English})
		}
		return
	}
	for _, path := range v.Made {
		a.say(w, lang.Text{Vi: "Lấy từ bản sao lưu: %s", En: "Taken from the backup: %s"}, path)
	}
	if v.Aside != "" {
		a.say(w, lang.Text{Vi: "Dữ liệu trước đó: %s", En: "The data that was there before: %s"}, v.Aside)
	}
	a.say(w, lang.Text{
		Vi: `Đã khôi phục vào %s, trong %s. Việc tiếp theo:
  1. Khởi động nút (ocopd run): nút bắt kịp các nút khác, chưa bỏ phiếu.
  2. Cán bộ có quyền quản trị ký lần lập mới của nút: ocop draft update-node --new-store, rồi ocop sign, ocop submit.`,
		En: `Restored to %s, in %s. What comes next:
  1. Start the node (ocopd run): it catches up with the others, and does not vote yet.
  2. An officer who may govern signs the node's new incarnation: ocop draft update-node --new-store, then ocop sign, ocop submit.`}, v.Data, seconds(v.Seconds))
}

// seconds is a time that something took, for people.
func seconds(s float64) lang.Text { return lang.Same("%.1f s").Each(s) }
