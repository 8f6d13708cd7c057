package rotation

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// addressPrefix begins the line with a node's addresses:
//
//	ocop-validator-address-1:<chain id>:<agency>:peer=<host:port>,public=<host:port>:<check>
//
// The check is the first 8 hexadecimal digits of the SHA-256 of all that stands before its colon: it finds slips, not forgers, as the officer reads the
// addresses before signing.
const addressPrefix = "ocop-validator-address-1:"

// Joining is a node whose agency is to run a validator: all of its keys, and where it is reached.
type Joining struct {
	Rotation
	Peer, Public string // host:port
}

// purposes of a joining node's keys, in the order of its lines.
var purposes = []ident.Purpose{ident.PurposeNode, ident.PurposeCosigner, ident.PurposeTLS}

// Lines are the lines of the keys, and that of the addresses.
func (j *Joining) Lines() []string { return append(j.Rotation.Lines(), j.addressLine()) }

func (j *Joining) addressLine() string {
	line := addressPrefix + j.Place.Chain.String() + ":" + j.Place.Agency.String() + ":peer=" + j.Peer + ",public=" + j.Public
	return line + ":" + check(line)
}

func check(line string) string {
	h := sha256.Sum256([]byte(line))
	return hex.EncodeToString(h[:4])
}

// Validator is what is proposed. It panics when a key is missing, which Parse and whoever makes one see to.
func (j *Joining) Validator() *recordv1.NewValidator {
	v := &recordv1.NewValidator{CosignerName: j.Place.CosignerName, PeerAddress: j.Peer, PublicAddress: j.Public}
	for _, k := range j.Keys {
		key := &recordv1.ValidatorKey{PublicKey: k.Public[:], Proof: k.Proof[:]}
		switch k.Purpose {
		case ident.PurposeNode:
			v.Node = key
		case ident.PurposeCosigner:
			v.Cosigner = key
		default:
			v.Tls = key
		}
	}
	return v
}

var (
	errNoAddresses = errors.New("no line with the addresses, or several")
	errAddresses   = errors.New("the line with the addresses is altered")
	errKeys        = errors.New("not one key for each of node, cosigner and tls")
)

// ParseJoining reads the lines, wherever they were broken, and checks the proofs.
func ParseJoining(text string) (*Joining, error) {
	if len(text) > MaxText {
		return nil, damaged(errTooLong)
	}
	all := joined(text)
	before, rest, ok := strings.Cut(all, addressPrefix)
	if !ok && !strings.Contains(all, prefix) {
		return nil, lang.Errorf(lang.Text{
			Vi: "không phải tệp của nút xin tham gia: cần các dòng bắt đầu bằng %s và %s",
			En: "not the file of a node that wants to join: want lines that begin with %s and %s"}, prefix, addressPrefix)
	}
	if !ok || strings.Contains(rest, addressPrefix) {
		return nil, damaged(errNoAddresses)
	}
	address, after, more := strings.Cut(rest, prefix)
	if more {
		after = prefix + after
	}
	keys, err := Parse(before + after)
	if err != nil {
		return nil, err
	}
	j := &Joining{Rotation: *keys}
	if len(j.Keys) != len(purposes) {
		return nil, damaged(errKeys)
	}
	if !j.parseAddresses(address) {
		return nil, damaged(errAddresses)
	}
	return j, nil
}

// parseAddresses takes the line if it is the one that would be written.
func (j *Joining) parseAddresses(line string) bool {
	_, list, _ := strings.Cut(line, ":peer=")
	peer, public, _ := strings.Cut(list, ",public=")
	if i := strings.LastIndexByte(public, ':'); i >= 0 {
		public = public[:i]
	}
	j.Peer, j.Public = peer, public
	return addressPrefix+line == j.addressLine()
}
