package checkpoint

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

const (
	// MaxPolicyFile bounds a policy file in bytes: 16 lines of at most 1 KiB, and a document of less than 4 KiB in base64. Comments fit, too.
	MaxPolicyFile = 32 << 10
	// maxURL bounds a URL in a policy file.
	maxURL = 512

	policyComment = "# ocop-policy "
	quorumGroup   = "validators"
)

// FormatPolicy writes a policy epoch as a C2SP policy file, which other people's verifiers take as it is, with the document itself in a comment
// line. urls gives the public address of an agency's node and logURL that of the log; both are addresses to ask, no part of the trust. Where there is
// none, or none that a policy file can hold, the line has https:// and the key's name, since some parsers want a URL on every line.
func FormatPolicy(p *ledger.Policy, urls func(agency ledger.AccountID) string, logURL string) []byte {
	var b bytes.Buffer
	b.WriteString(policyComment + base64.StdEncoding.EncodeToString(p.Append(nil)) + "\n")
	fmt.Fprintf(&b, "log %v %s\n", ident.VKey{Name: p.Origin, Type: ident.NoteLog, Key: p.LogKey}, orNamed(logURL, p.Origin))
	members := make([]string, len(p.Validators))
	for i, v := range p.Validators {
		members[i] = agencyName(v.Agency)
		key := ident.VKey{Name: v.CosignerName, Type: ident.NoteCosigner, Key: v.CosignerKey}
		fmt.Fprintf(&b, "witness %s %v %s\n", members[i], key, orNamed(urls(v.Agency), v.CosignerName))
	}
	for i, w := range p.Witnesses {
		key := ident.VKey{Name: w.Name, Type: ident.NoteCosigner, Key: w.Key}
		fmt.Fprintf(&b, "witness outside-%d %v %s\n", i+1, key, orNamed("", w.Name))
	}
	fmt.Fprintf(&b, "group %s %d %s\n", quorumGroup, p.Quorum, strings.Join(members, " "))
	fmt.Fprintf(&b, "quorum %s\n", quorumGroup)
	return b.Bytes()
}

// agencyName names a validator inside a policy file. Cosigner names would do for C2SP, but may be words of the file.
func agencyName(a ledger.AccountID) string { return "agency-" + a.String() }

func orNamed(url, name string) string {
	if checkURL(url) == nil {
		return url
	}
	if url = "https://" + name; checkURL(url) == nil {
		return url
	}
	return "https://unknown.invalid"
}

// checkURL accepts 1 to 512 printable ASCII characters without space and number sign: where a URL ends must be plain, and some parsers begin a comment
// at any number sign.
func checkURL(url string) error {
	if len(url) == 0 || len(url) > maxURL {
		return fmt.Errorf("URL of %d bytes, want 1 to %d", len(url), maxURL)
	}
	if strings.IndexFunc(url, func(r rune) bool { return r <= ' ' || r > '~' || r == '#' }) >= 0 {
		return errors.New("URL with a character that is not printable ASCII, or with a number sign")
	}
	return nil
}
