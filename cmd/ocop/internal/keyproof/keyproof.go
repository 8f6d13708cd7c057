// Package keyproof passes a key's proof of possession from its holder to the agency that binds it: one line of text, which survives letters and
// messengers.
package keyproof

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
)

const prefix = "ocop-key-proof-1"

// maxText bounds what is read: the line is about 330 characters long.
const maxText = 1024

// Proof is a public key with the proof that its holder wants it in a place.
type Proof struct {
	Place compose.Possession
	Key   ident.PublicKey
	Proof ident.Signature
}

// New makes the proof.
func New(place compose.Possession, key *ident.PrivateKey) (*Proof, error) {
	sig, err := place.Prove(key)
	if err != nil {
		return nil, err
	}
	return &Proof{place, key.Public(), sig}, nil
}

// String is the line.
//
//	ocop-key-proof-1:<chain id>:<account>:<epoch>:<roles>:<public key>:<signature>
func (p *Proof) String() string {
	return strings.Join([]string{
		prefix, p.Place.Chain.String(), p.Place.Account.String(), strconv.FormatUint(uint64(p.Place.Epoch), 10),
		strconv.FormatUint(uint64(p.Place.Roles), 10), p.Key.String(), p.Proof.String(),
	}, ":")
}

// Parse reads a line, wherever it was broken, and checks the proof. What stands before it, as a notice that was saved along, is passed over.
func Parse(text string) (*Proof, error) {
	text = text[max(0, strings.Index(text, prefix)):]
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
	part := strings.Split(text, ":")
	if len(text) > maxText || len(part) != 7 || part[0] != prefix {
		return nil, lang.Errorf(lang.Text{Vi: "không phải chứng thực khóa: cần một dòng bắt đầu bằng %s", En: "not a proof of possession: want a line that begins with %s"}, prefix)
	}
	p := new(Proof)
	account, err := ledger.ParseAccountID(part[2])
	if err != nil {
		return nil, damaged(err)
	}
	p.Place.Account = account
	for _, number := range []struct {
		text string
		bits int
		set  func(n uint64)
	}{
		{part[3], 32, func(n uint64) { p.Place.Epoch = uint32(n) }},
		{part[4], 16, func(n uint64) { p.Place.Roles = uint16(n) }},
	} {
		n, err := strconv.ParseUint(number.text, 10, number.bits)
		if err != nil {
			return nil, damaged(err)
		}
		number.set(n)
	}
	chain, err := ledger.ParseRecordID(part[1]) // 64 hexadecimal digits as well
	if err != nil {
		return nil, damaged(err)
	}
	p.Place.Chain = ledger.ChainID(chain)
	if p.Key, err = ident.ParsePublicKey(part[5]); err != nil {
		return nil, damaged(err)
	}
	if p.Proof, err = ident.ParseSignature(part[6]); err != nil {
		return nil, damaged(err)
	}
	if err := p.Place.Check(p.Key, p.Proof); err != nil {
		return nil, damaged(err)
	}
	return p, nil
}

func damaged(err error) error {
	return lang.Errorf(lang.Text{
		Vi: "chứng thực khóa bị sai hoặc thiếu ký tự; xin chủ khóa gửi lại cả dòng",
		En: "the proof of possession is wrong or incomplete; ask the key's holder for the whole line"}).Because(err)
}
