// Package rotation passes the public halves of a validator's new keys from its operator, on whose machine they were made, to the officer who signs their
// rotation, or the proposal that lets the node join: a line of text for each key, which survives letters and messengers. There is no secret in it.
//
//	ocop-validator-key-1:<chain id>:<agency>:<role>:<cosigner name>:<public key>:<signature>
//
// The role is node, cosigner, tls or log; the rest that is not a name or number is in hexadecimal. The signature is the new key's own, over all that stands before
// it: nobody can bring a stranger's key, nor this one to another place. Lines that begin with # are for people, and so is what stands before the first line.
package rotation

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const prefix = "ocop-validator-key-1:"

// MaxText bounds a file with the lines: each is at most 500 characters long.
const MaxText = 8192

// Place is whose validator the keys are for.
type Place struct {
	Chain        ledger.ChainID
	Agency       ledger.AccountID
	CosignerName string
}

// Key is a new key with its proof of possession.
type Key struct {
	Purpose ident.Purpose // PurposeNode, PurposeCosigner, PurposeTLS, or PurposeLog of a new publisher
	Public  ident.Ed25519Key
	Proof   ident.NodeSignature
}

// Rotation is the new keys of a validator: one, or one of each purpose.
type Rotation struct {
	Place Place
	Keys  []Key
}

func (p *Place) possession(purpose ident.Purpose) *ident.ValidatorPossession {
	return &ident.ValidatorPossession{Chain: p.Chain, Agency: uint64(p.Agency), Purpose: purpose, CosignerName: p.CosignerName}
}

// Add proves possession of a new key and adds it.
func (r *Rotation) Add(purpose ident.Purpose, key *ident.Ed25519PrivateKey) error {
	proof, err := r.Place.possession(purpose).Prove(key)
	if err == nil {
		r.Keys = append(r.Keys, Key{purpose, key.Public(), proof})
	}
	return err
}

// Lines are the lines, one for each key.
func (r *Rotation) Lines() (lines []string) {
	for _, k := range r.Keys {
		lines = append(lines, prefix+strings.Join([]string{
			r.Place.Chain.String(), r.Place.Agency.String(), k.Purpose.String(), r.Place.CosignerName, k.Public.String(), k.Proof.String()}, ":"))
	}
	return lines
}

// Action is what the officer signs.
func (r *Rotation) Action() *recordv1.Action {
	a := new(recordv1.RotateValidator)
	for _, k := range r.Keys {
		v := &recordv1.ValidatorKey{PublicKey: k.Public[:], Proof: k.Proof[:]}
		switch k.Purpose {
		case ident.PurposeNode:
			a.Node = v
		case ident.PurposeCosigner:
			a.Cosigner = v
		default:
			a.Tls = v
		}
	}
	return compose.Act(a)
}

// What makes a text no rotation, beside lines that are wrong in themselves.
var (
	errOneRole = errors.New("two keys for one use")
	errPlaces  = errors.New("keys of different validators")
	errFields  = errors.New("not six fields")
	errTooLong = errors.New("too long")
)

// Parse reads the lines of a rotation, wherever they were broken, and checks the proofs. A log key is no part of one.
func Parse(text string) (*Rotation, error) {
	r, err := parse(text)
	if err == nil && slices.ContainsFunc(r.Keys, func(k Key) bool { return k.Purpose == ident.PurposeLog }) {
		return nil, lang.Errorf(lang.Text{Vi: "khóa nhật ký không thay bằng bản ghi này mà bằng biểu quyết", En: "a log key is not rotated by this record, but by a vote"})
	}
	return r, err
}

// ParseLog reads the line of a new publisher's log key, and checks the proof.
func ParseLog(text string) (*Rotation, error) {
	r, err := parse(text)
	if err == nil && (len(r.Keys) != 1 || r.Keys[0].Purpose != ident.PurposeLog) {
		return nil, lang.Errorf(lang.Text{Vi: "tệp này không phải của một khóa nhật ký", En: "this is not the file of a log key"})
	}
	return r, err
}

func parse(text string) (*Rotation, error) {
	if len(text) > MaxText {
		return nil, damaged(errTooLong)
	}
	lines := strings.Split(joined(text), prefix)[1:]
	if len(lines) == 0 {
		return nil, lang.Errorf(lang.Text{
			Vi: "không phải tệp khóa mới của nút: cần dòng bắt đầu bằng %s",
			En: "not a file with new keys of a validator: want a line that begins with %s"}, prefix)
	}
	r := new(Rotation)
	for i, line := range lines {
		place, key, err := parseLine(line)
		switch {
		case err != nil:
			return nil, damaged(err)
		case i > 0 && place != r.Place:
			return nil, damaged(errPlaces)
		case slices.ContainsFunc(r.Keys, func(k Key) bool { return k.Purpose == key.Purpose }):
			return nil, damaged(errOneRole)
		}
		r.Place, r.Keys = place, append(r.Keys, key)
	}
	return r, nil
}

func parseLine(line string) (p Place, k Key, err error) {
	part := strings.Split(line, ":")
	if len(part) != 6 {
		return p, k, errFields
	}
	chain, err := hex.DecodeString(part[0])
	if err != nil || len(chain) != len(p.Chain) || part[0] != strings.ToLower(part[0]) {
		return p, k, errors.New("the chain id is not 64 hexadecimal digits")
	}
	p.Chain, p.CosignerName = ledger.ChainID(chain), part[3]
	if p.Agency, err = ledger.ParseAccountID(part[1]); err != nil {
		return p, k, err
	}
	if k.Purpose, err = ident.ParsePurpose(part[2]); err != nil {
		return p, k, err
	}
	if k.Public, err = ident.ParseEd25519Key(part[4]); err != nil {
		return p, k, err
	}
	if k.Proof, err = ident.ParseNodeSignature(part[5]); err != nil {
		return p, k, err
	}
	return p, k, p.possession(k.Purpose).Check(k.Public, k.Proof)
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
		Vi: "khóa mới của nút bị sai hoặc thiếu ký tự (%v); xin người vận hành nút gửi lại cả tệp",
		En: "a new key of the validator is wrong or incomplete (%v); ask the node's operator for the whole file"}, err).Because(err)
}
