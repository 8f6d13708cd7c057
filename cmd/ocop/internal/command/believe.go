package command

import (
	"bytes"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
)

// believing says which files a command is to believe.
type believing struct{ policy, genesis, memory string }

func (a *app) believingFlags(cmd *cobra.Command, b *believing, memory lang.Text) {
	f := cmd.Flags()
	f.StringVar(&b.policy, "policy", "", a.t(lang.Text{Vi: "`tệp` chính sách, chuyển giao hoặc khởi nguyên mà bạn tin", En: "policy, handover or genesis `file` that you believe"}))
	f.StringVar(&b.genesis, "genesis", "", a.t(lang.Text{Vi: "`tệp` khởi nguyên, thay cho --policy hoặc bên cạnh nó", En: "genesis `file`, instead of --policy or beside it"}))
	f.StringVar(&b.memory, "memory", "", a.t(memory))
}

// any reports whether anything is to be believed.
func (b *believing) any() bool { return *b != believing{} }

// believed is a policy epoch, and what this machine remembers.
type believed struct {
	given  verify.Trust   // of --policy and --genesis; no policy: neither was given
	memory *verify.Memory // nil: none, or none yet
	file   []byte         // of the memory, as it was read
	sample bool
	now    uint64
}

// believe reads what is believed. A memory that is not there yet is an error unless the command may begin it.
func (a *app) believe(b *believing, now time.Time, begin bool) (*believed, error) {
	out := &believed{now: uint64(max(now.Unix(), 0))}
	defer func() { a.saw(out.sample) }()
	if err := a.readGiven(b, out); err != nil {
		return nil, err
	}
	if err := recall(b.memory, out, begin); err != nil {
		return nil, err
	}
	switch m, p := out.memory, out.given.Policy; {
	case m == nil && p == nil:
		return nil, verb.Usage(lang.Text{
			Vi: "cần --policy TỆP hoặc --genesis TỆP từ nguồn tin cậy, hoặc --memory TỆP của lần trước",
			En: "want --policy FILE or --genesis FILE from a source you trust, or the --memory FILE of an earlier time"})
	case m == nil || p == nil:
	case m.Policy.Chain != p.Chain:
		return nil, fail(exitInput, lang.Text{Vi: "%s và %s là của hai sổ cái khác nhau", En: "%s and %s are of two ledgers"}, b.policy+b.genesis, b.memory)
	case m.Policy.Number == p.Number && m.Policy.Hash() != p.Hash():
		return nil, &verify.Error{Word: verify.WordPolicy, Text: "the epoch given and the one remembered have one number and two documents"}
	}
	return out, nil
}

// trust is the newest epoch that is believed. The memory is newer than the file it began with; a newer file helps when the memory's trust period has passed.
func (b *believed) trust() verify.Trust {
	if b.memory == nil || b.given.Policy != nil && b.given.Policy.Number > b.memory.Policy.Number {
		return b.given
	}
	return b.memory.Trust(b.now)
}

// readGiven reads the files given, and whether the ledger is a sample: a genesis file says so, and a policy file as its publisher wrote it.
func (a *app) readGiven(b *believing, out *believed) error {
	for _, path := range []string{b.policy, b.genesis} {
		if path == "" {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		data, err := readBounded(path, anchor.MaxFile)
		if err != nil {
			return err
		}
		out.sample = out.sample || isSample(data) // also when what follows is refused
		// A policy file bears no date: it is believed since it came to this machine.
		t, err := anchor.Parse(data, uint64(max(info.ModTime().Unix(), 0)), out.now)
		if err != nil {
			return err
		}
		if out.given.Policy == nil {
			out.given = t
		} else if out.given.Policy.Chain != t.Policy.Chain {
			return fail(exitInput, lang.Text{Vi: "%s và %s là của hai sổ cái khác nhau", En: "%s and %s are of two ledgers"}, b.policy, b.genesis)
		}
	}
	return nil
}

func isSample(data []byte) bool {
	if g, err := genesis.Parse(data); err == nil {
		return g.Body.GetSample()
	}
	return bytes.Contains(data, []byte(explain.SampleNotice))
}

// readBounded reads a file of at most so many bytes.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fail(exitInput, lang.Text{Vi: "%s: quá %d byte", En: "%s: more than %d bytes"}, path, most)
	}
	return data, err
}
