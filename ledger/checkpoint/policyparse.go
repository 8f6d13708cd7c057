package checkpoint

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// ParsePolicy reads a policy file and returns the document of its comment line. The other lines must say the same: this log, these validators and
// outside witnesses with their keys, a validator's line being named after its agency, and a quorum of so many of the validators. The other names are
// free, and so are URLs and further comments. So the file means the same to a verifier that knows only C2SP as to one that reads the document. The
// policy is sound: see [CheckPolicy]. Errors wrap ErrMalformed or ErrPolicy.
func ParsePolicy(data []byte) (*ledger.Policy, error) {
	if len(data) > MaxPolicyFile {
		return nil, malformed("policy file of %d bytes, at most %d", len(data), MaxPolicyFile)
	}
	if len(data) == 0 || data[len(data)-1] != '\n' {
		return nil, malformed("policy file: the last line has no end")
	}
	f := policyFile{witnesses: map[string]string{}}
	for i, line := range bytes.Split(data[:len(data)-1], []byte{'\n'}) {
		if err := f.line(string(line)); err != nil {
			return nil, malformed("policy file: line %d: %v", i+1, err)
		}
	}
	if f.document == nil {
		return nil, malformed("policy file without the line %s…", policyComment)
	}
	p, err := ledger.ParsePolicy(f.document)
	if err != nil {
		return nil, malformed("policy file: %v", err)
	}
	if err := CheckPolicy(p); err != nil {
		return nil, err
	}
	return p, f.compare(p)
}

// policyFile is what the lines of a policy file say.
type policyFile struct {
	document  []byte
	log       string            // verifier key
	witnesses map[string]string // verifier keys by the names of the lines
	group     string
	threshold int
	members   []string
	quorum    string
}

func (f *policyFile) line(line string) error {
	if strings.IndexFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) >= 0 {
		return errors.New("a control character")
	}
	if encoded, ok := strings.CutPrefix(line, policyComment); ok {
		return f.comment(encoded)
	}
	words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(words) == 0 || words[0][0] == '#' {
		return nil
	}
	switch keyword, args := words[0], words[1:]; keyword {
	case "log":
		return f.logLine(args)
	case "witness":
		return f.witnessLine(args)
	case "group":
		return f.groupLine(args)
	case "quorum":
		if len(args) != 1 || f.quorum != "" || args[0] != f.group {
			return errors.New("want one quorum line, with the group of the lines before")
		}
		f.quorum = args[0]
		return nil
	default:
		return errors.New("unknown keyword")
	}
}

func (f *policyFile) comment(encoded string) error {
	document, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || f.document != nil {
		return errors.New("want the document once, in base64")
	}
	f.document = document
	return nil
}

func (f *policyFile) logLine(args []string) error {
	if len(args) < 1 || len(args) > 2 || f.log != "" {
		return errors.New("want one log line: log <vkey> [<url>]")
	}
	f.log = args[0]
	return optionalURL(args[1:])
}

func (f *policyFile) witnessLine(args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return errors.New("want witness <name> <vkey> [<url>]")
	}
	if err := f.newName(args[0]); err != nil {
		return err
	}
	if len(f.witnesses) == ledger.MaxValidators+ledger.MaxWitnesses {
		return fmt.Errorf("more than %d witnesses", len(f.witnesses))
	}
	f.witnesses[args[0]] = args[1]
	return optionalURL(args[2:])
}

func (f *policyFile) groupLine(args []string) (err error) {
	if len(args) < 3 || f.group != "" {
		return errors.New("want one group line: group <name> <number> <name>…")
	}
	if err := f.newName(args[0]); err != nil {
		return err
	}
	f.group, f.members = args[0], args[2:]
	for _, name := range f.members {
		if _, known := f.witnesses[name]; !known {
			return fmt.Errorf("%s stands in a group before its own line", strconv.Quote(name))
		}
	}
	switch args[1] {
	case "any":
		f.threshold = 1
	case "all":
		f.threshold = len(f.members)
	default:
		f.threshold, err = strconv.Atoi(args[1])
		if err != nil || strconv.Itoa(f.threshold) != args[1] {
			return errors.New("the threshold is not a decimal number")
		}
	}
	return nil
}

// newName takes a name into the one space of names that witnesses and groups share.
func (f *policyFile) newName(name string) error {
	if _, twice := f.witnesses[name]; twice || name == f.group || name == "none" {
		return errors.New("a name stands twice, or is none")
	}
	return nil
}

func optionalURL(args []string) error {
	if len(args) == 0 {
		return nil
	}
	return checkURL(args[0])
}

// compare holds the lines against the document.
func (f *policyFile) compare(p *ledger.Policy) error {
	if f.log != (ident.VKey{Name: p.Origin, Type: ident.NoteLog, Key: p.LogKey}).String() {
		return malformed("policy file: the log line is not that of the document")
	}
	var want, got, members []string
	for _, v := range p.Validators {
		name, key := agencyName(v.Agency), ident.VKey{Name: v.CosignerName, Type: ident.NoteCosigner, Key: v.CosignerKey}.String()
		if f.witnesses[name] != key {
			return malformed("policy file: the line of %s is not that of the document", name)
		}
		members, want = append(members, name), append(want, key)
	}
	for _, w := range p.Witnesses {
		want = append(want, ident.VKey{Name: w.Name, Type: ident.NoteCosigner, Key: w.Key}.String())
	}
	for _, key := range f.witnesses {
		got = append(got, key)
	}
	if !same(got, want) {
		return malformed("policy file: the witness lines are not those of the document")
	}
	if f.quorum == "" || f.threshold != int(p.Quorum) || !same(f.members, members) {
		return malformed("policy file: the quorum is not %d of the document's validators", p.Quorum)
	}
	return nil
}

// same compares as sets; b has nothing twice.
func same(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
