package recovery_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/recovery"
)

const goldenFile = "testdata/statement.txt"

// golden is a statement of five validators of which three are lost, as it is written down in testdata.
func golden() *recovery.Statement {
	return &recovery.Statement{
		Chain: ledger.ChainID{1, 2, 3}, Voter: recovery.Seat{Agency: 3, Incarnation: 1},
		Lost:    []recovery.Seat{{Agency: 1, Incarnation: 1}, {Agency: 2, Incarnation: 12}, {Agency: 10, Incarnation: 1}},
		Returns: []recovery.Seat{{Agency: 4, Incarnation: 2}},
		Height:  12, Head: recovery.Head{Size: 57, Root: ledger.Hash{4}}, Log: 19, Certified: recovery.Head{Size: 50, Root: ledger.Hash{5}},
		Time: time.Date(2026, 11, 27, 19, 31, 0, 0, time.UTC),
	}
}

// officer is the one key of an agency.
func officer(t testing.TB, account ledger.AccountID, roles uint16) (*ident.PrivateKey, recovery.Agency) {
	t.Helper()
	key, err := ident.GeneratePrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key, recovery.Agency{Account: account, Keys: []subject.Key{{PublicKey: key.Public(), Roles: roles, Bound: 1}}}
}

// TestGolden holds the text that officers sign. It may never change under its domain.
func TestGolden(t *testing.T) {
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	s := golden()
	if got := s.Bytes(); !bytes.Equal(got, want) {
		t.Errorf("got\n%s", got)
	}
	read, err := recovery.Parse(want)
	if err != nil || !bytes.Equal(read.Bytes(), want) {
		t.Errorf("%v, %+v", err, read)
	}
	if name := s.Name(); name != "12-fda80954f9673ad0.txt" {
		t.Error(name)
	}
	if seats := s.GivenUp(); len(seats) != 4 || seats[2].String() != "4-2" || seats[3].String() != "10-1" {
		t.Error(seats)
	}
	s.Certified = recovery.Head{}
	if read, err := recovery.Parse(s.Bytes()); err != nil || read.Certified.Size != 0 || !strings.Contains(string(s.Bytes()), "\ncertified none\n") {
		t.Errorf("%v, %+v", err, read)
	}
}

// TestApproved: more than half of the agencies, each by a key that may govern; and nothing else passes.
func TestApproved(t *testing.T) {
	const all = subject.KeyTrade | subject.KeyGovern
	var keys []*ident.PrivateKey
	var agencies []recovery.Agency
	for account := range ledger.AccountID(5) {
		key, agency := officer(t, account+1, all)
		keys, agencies = append(keys, key), append(agencies, agency)
	}
	stranger, _ := officer(t, 9, all)
	sign := func(s *recovery.Statement, numbers ...int) *recovery.Statement {
		t.Helper()
		for _, i := range numbers {
			if err := s.Sign(ledger.AccountID(i), keys[i-1]); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	good := sign(golden(), 5, 1, 3, 1)
	if err := good.Approved(agencies); err != nil {
		t.Error(err)
	}
	read, err := recovery.Parse(good.Bytes())
	if err != nil || read.Approved(agencies) != nil || len(read.Signatures) != 3 || read.Name() != good.Name() {
		t.Errorf("%v, %+v", err, read)
	}
	changed := func(change func(*recovery.Agency)) []recovery.Agency {
		list := slices.Clone(agencies)
		list[0].Keys = slices.Clone(list[0].Keys)
		change(&list[0])
		return list
	}
	foreign := sign(golden(), 2, 3)
	if err := foreign.Sign(1, stranger); err != nil {
		t.Fatal(err)
	}
	outsider := sign(golden(), 1, 2, 3)
	if err := outsider.Sign(9, stranger); err != nil {
		t.Fatal(err)
	}
	altered := sign(golden(), 1, 2, 3)
	altered.Height++
	for _, c := range []struct {
		name     string
		s        *recovery.Statement
		agencies []recovery.Agency
		want     string
	}{
		{"nobody", golden(), agencies, "0 agencies have signed, and 3 of 5 must"},
		{"two of five", sign(golden(), 1, 5), agencies, "2 agencies have signed"},
		{"two of four", sign(golden(), 1, 2), agencies[:4], "2 agencies have signed, and 3 of 4 must"},
		{"no role", good, changed(func(a *recovery.Agency) { a.Keys[0].Roles = subject.KeyTrade }), "has not the role to govern"},
		{"a retired key", good, changed(func(a *recovery.Agency) { a.Keys[0].Retired = 2 }), "is retired"},
		{"a stranger's key", foreign, agencies, "is no key of agency 1"},
		{"an agency without a validator", outsider, agencies, "agency 9 runs no validator"},
		{"another text", altered, agencies, "the signature of agency 1"},
	} {
		err := c.s.Approved(c.agencies)
		if e, ok := errors.AsType[*recovery.Error](err); !ok || e.Kind != recovery.Unsigned || !strings.Contains(e.English, c.want) || e.Vietnamese == e.English {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestMalformed: what is not in the one form is nothing.
func TestMalformed(t *testing.T) {
	text := string(golden().Bytes())
	key, _ := officer(t, 1, 0)
	signed := golden()
	if err := signed.Sign(1, key); err != nil {
		t.Fatal(err)
	}
	line := strings.TrimPrefix(string(signed.Bytes()), text)
	for name, bad := range map[string]string{
		"empty":                  "",
		"another version":        strings.Replace(text, "recovery 1", "recovery 2", 1),
		"no end":                 strings.TrimSuffix(text, "\n"),
		"a line is missing":      strings.Replace(text, "height 12\n", "", 1),
		"a line is twice":        strings.Replace(text, "height 12\n", "height 12\nheight 12\n", 1),
		"a line of another word": strings.Replace(text, "height 12\n", "height 12\nbecause x\n", 1),
		"out of order":           strings.Replace(text, "lost 1-1\nlost 2-12\n", "lost 2-12\nlost 1-1\n", 1),
		"nobody is lost":         strings.NewReplacer("lost 1-1\n", "", "lost 2-12\n", "", "lost 10-1\n", "").Replace(text),
		"an agency twice":        strings.Replace(text, "returns 4-2", "returns 3-2", 1),
		"no raft id":             strings.Replace(text, "returns 4-2", "returns 4-02", 1),
		"certified beyond":       strings.Replace(text, "certified 50", "certified 58", 1),
		"another time zone":      strings.Replace(text, "19:31:00Z", "19:31:00+00:00", 1),
		"parts of a second":      strings.Replace(text, "19:31:00Z", "19:31:00.5Z", 1),
		"more behind it":         text + "\n",
		"a signature twice":      text + line + line,
		"half a signature":       text + line[:100] + "\n",
		"too large":              text + strings.Repeat(line, recovery.MaxFile/len(line)+1),
		"carriage returns":       strings.ReplaceAll(text, "\n", "\r\n"),
		"upper case":             strings.Replace(text, "0102", "0102AB", 1),
	} {
		_, err := recovery.Parse([]byte(bad))
		if e, ok := errors.AsType[*recovery.Error](err); !ok || e.Kind != recovery.Malformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := recovery.Parse([]byte(text + line)); err != nil {
		t.Error(err)
	}
}

// FuzzParse: what is taken is written back byte for byte.
func FuzzParse(f *testing.F) {
	s := golden()
	f.Add(s.Bytes())
	key, _ := officer(f, 1, 0)
	if err := s.Sign(1, key); err != nil {
		f.Fatal(err)
	}
	f.Add(s.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := recovery.Parse(data)
		if err == nil && !bytes.Equal(s.Bytes(), data) {
			t.Errorf("%q comes back as %q", data, s.Bytes())
		}
	})
}
