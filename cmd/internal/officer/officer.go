// Package officer passes an officer's public key from its holder to whoever describes the agency for a genesis: one line of text, which survives
// letters and messengers. There is no secret in it.
//
//	ocop-officer-1:<chain name>:<agency>:<roles>:<public key>:<signature>
//
// Public key and signature are in hexadecimal, roles are bits (1 register, 2 certify, 4 trade, 8 govern). The signature is over the key, the chain's
// name and the agency, so that nobody can bring a stranger's key into a genesis, or this one into another. Lines that begin with # are for people.
package officer

import (
	"errors"
	"strconv"
	"strings"
	"unicode"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const prefix = "ocop-officer-1"

// MaxText bounds a file with a line: the line is about 300 characters long.
const MaxText = 4096

// AllRoles are the bits of all roles a key can have.
const AllRoles = subject.KeyRegister | subject.KeyCertify | subject.KeyTrade | subject.KeyGovern

// Proof is an officer's public key with the proof that its holder wants it in a genesis.
type Proof struct {
	ChainName string
	Agency    ledger.AccountID
	Roles     uint16 // what the key is to sign; not 0
	Key       ident.PublicKey
	Proof     ident.Signature
}

// New makes the proof.
func New(chainName string, agency ledger.AccountID, roles uint16, key *ident.PrivateKey) (*Proof, error) {
	p := &Proof{ChainName: chainName, Agency: agency, Roles: roles, Key: key.Public()}
	if err := p.plain(); err != nil {
		return nil, err
	}
	sig, err := p.place().ProveAuthor(key)
	p.Proof = sig
	return p, err
}

func (p *Proof) place() *ident.GenesisPossession {
	return &ident.GenesisPossession{ChainName: p.ChainName, Agency: uint64(p.Agency), Purpose: ident.PurposeAuthor}
}

// errRoles and errName: a proof that no genesis could take.
var (
	errRoles = errors.New("roles are not bits of 1 to 15")
	errName  = errors.New("the chain's name cannot be written in a line")
)

func (p *Proof) plain() error {
	switch {
	case p.Roles == 0 || p.Roles&^AllRoles != 0:
		return errRoles
	case p.ChainName == "" || strings.ContainsFunc(p.ChainName, func(r rune) bool { return r == ':' || r == '#' || unicode.IsSpace(r) }):
		return errName
	}
	return nil
}

// String is the line.
func (p *Proof) String() string {
	return strings.Join([]string{prefix, p.ChainName, p.Agency.String(), strconv.FormatUint(uint64(p.Roles), 10), p.Key.String(), p.Proof.String()}, ":")
}

// AgencyKey is the key as a genesis has it.
func (p *Proof) AgencyKey() *recordv1.AgencyKey {
	return &recordv1.AgencyKey{PublicKey: p.Key[:], Roles: uint32(p.Roles), Proof: p.Proof[:]}
}

// Parse reads a line, wherever it was broken, and checks the proof.
func Parse(text string) (*Proof, error) {
	if len(text) > MaxText {
		return nil, damaged(errors.New("too long"))
	}
	part := strings.Split(joined(text), ":")
	if len(part) != 6 || part[0] != prefix {
		return nil, lang.Errorf(lang.Text{
			Vi: "không phải chứng thực khóa cán bộ: cần một dòng bắt đầu bằng %s",
			En: "not an officer's proof: want a line that begins with %s"}, prefix)
	}
	p := &Proof{ChainName: part[1]}
	agency, err := ledger.ParseAccountID(part[2])
	if err != nil {
		return nil, damaged(err)
	}
	roles, err := strconv.ParseUint(part[3], 10, 16)
	if err != nil {
		return nil, damaged(err)
	}
	p.Agency, p.Roles = agency, uint16(roles)
	if p.Key, err = ident.ParsePublicKey(part[4]); err != nil {
		return nil, damaged(err)
	}
	if p.Proof, err = ident.ParseSignature(part[5]); err != nil {
		return nil, damaged(err)
	}
	if err := errors.Join(p.plain(), p.place().CheckAuthor(p.Key, p.Proof)); err != nil {
		return nil, damaged(err)
	}
	return p, nil
}

// joined leaves out what is for people, and white space.
func joined(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			for _, word := range strings.Fields(line) {
				b.WriteString(word)
			}
		}
	}
	return b.String()
}

func damaged(err error) error {
	return lang.Errorf(lang.Text{
		Vi: "chứng thực khóa cán bộ bị sai hoặc thiếu ký tự; xin chủ khóa gửi lại cả dòng",
		En: "the officer's proof is wrong or incomplete; ask the key's holder for the whole line"}).Because(err)
}
