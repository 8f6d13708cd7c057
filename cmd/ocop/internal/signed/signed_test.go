package signed

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func sign(t *testing.T, author ledger.AccountID, chain byte, sale byte) []byte {
	t.Helper()
	key, err := ident.NewPrivateKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	actions, err := compose.Marshal(compose.Schema, []*recordv1.Action{compose.Act(&recordv1.AcceptSale{Sale: compose.ActionRef(ledger.SaleID{Record: ledger.RecordID{sale}})})})
	if err != nil {
		t.Fatal(err)
	}
	a := compose.Author{Chain: ledger.Hash{chain}, Account: author, Schema: compose.Schema, Key: key}
	s, err := a.Sign(actions, 1_600_000_000_000, compose.Offline)
	if err != nil {
		t.Fatal(err)
	}
	return s.Envelope
}

func TestFile(t *testing.T) {
	envelopes := [][]byte{sign(t, 1, 1, 1), sign(t, 1, 1, 2)}
	file := Format("Quyết định\n\nhai dòng", envelopes)
	if !Is(file) || Is([]byte("ocop-draft: 1\n")) || Is(nil) {
		t.Error("files are not told apart")
	}
	for _, data := range [][]byte{file, bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n")), append([]byte("# thư\n\n"), file...)} {
		f, err := Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range f.Records {
			if !bytes.Equal(r.Bytes, envelopes[i]) {
				t.Errorf("record %d is not what was written", i)
			}
		}
		roots := []ledger.Hash{f.Records[0].Envelope.Header.ActionsRoot, f.Records[1].Envelope.Header.ActionsRoot}
		if f.Fingerprint() != compose.NewFingerprint(ledger.Hash{1}, 1, compose.Schema, roots) {
			t.Error("another fingerprint than the draft's")
		}
	}
}

func TestFileRefuses(t *testing.T) {
	good := string(Format("", [][]byte{sign(t, 1, 1, 1)}))
	tampered := sign(t, 1, 1, 1)
	tampered[40] ^= 1 // in the signature
	for name, data := range map[string]string{
		"empty":          "",
		"no records":     magic + "\n",
		"a draft":        "ocop-draft: 1\n",
		"later version":  strings.Replace(good, magic, "ocop-signed 2", 1),
		"not base 64":    magic + "\n????\n",
		"cut short":      strings.TrimSpace(good)[:len(good)-9] + "\n",
		"bad signature":  string(Format("", [][]byte{tampered})),
		"another author": string(Format("", [][]byte{sign(t, 1, 1, 1), sign(t, 2, 1, 1)})),
		"another ledger": string(Format("", [][]byte{sign(t, 1, 1, 1), sign(t, 1, 2, 1)})),
	} {
		if _, err := Parse([]byte(data)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(magic + "\n# x\nAQ==\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err == nil && len(file.Records) == 0 {
			t.Error("a file without records")
		}
	})
}
