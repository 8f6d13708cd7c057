package recovery

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// MaxFile bounds a statement with its signatures, in bytes: seven agencies, and servers that raft has not let go yet.
const MaxFile = 16 << 10

const title = "ocop recovery 1"

// Seat is a place in raft: a validator's agency, and the incarnation of its raft store.
type Seat struct {
	Agency      ledger.AccountID
	Incarnation uint32
}

func (s Seat) String() string { return fmt.Sprintf("%v-%d", s.Agency, s.Incarnation) }

// ParseSeat reads a raft id.
func ParseSeat(text string) (s Seat, err error) {
	agency, incarnation, _ := strings.Cut(text, "-")
	if s.Agency, err = ledger.ParseAccountID(agency); err != nil {
		return s, err
	}
	n, err := strconv.ParseUint(incarnation, 10, 32)
	if s.Incarnation = uint32(n); err == nil && s.String() != text {
		err = fmt.Errorf("%q is no raft id", text)
	}
	return s, err
}

// Compare orders seats by agency, then by incarnation.
func (s Seat) Compare(than Seat) int {
	return cmp.Or(cmp.Compare(s.Agency, than.Agency), cmp.Compare(s.Incarnation, than.Incarnation))
}

// Head is where a ledger stands.
type Head struct {
	Size uint64 // leaves; 0 of a certified head: there is none
	Root ledger.Hash
}

// Statement is what the agencies decide.
type Statement struct {
	Chain     ledger.ChainID
	Voter     Seat   // who votes from now on, alone
	Lost      []Seat // whose machines are gone for good
	Returns   []Seat // whose machines are left: they give up their vote, and come back with a new incarnation
	Height    uint64 // of the voter's ledger when the statement was drafted
	Head      Head   // at that height
	Log       uint64 // newest entry of the voter's raft log; it cannot grow without a majority, so that a paper that was not needed after all is of no use later
	Certified Head   // the newest that the voter holds certified
	Time      time.Time

	Signatures []Signature // ascending by agency
}

// Signature is an agency's, by the key of one of its officers. Whose key it is, the ledger says.
type Signature struct {
	Agency    ledger.AccountID
	Key       ident.PublicKey
	Signature ident.Signature
}

// Body is what is signed.
func (s *Statement) Body() []byte {
	b := fmt.Appendf(nil, "%s\nchain %v\nvoter %v\n", title, s.Chain, s.Voter)
	for _, seat := range s.Lost {
		b = fmt.Appendf(b, "lost %v\n", seat)
	}
	for _, seat := range s.Returns {
		b = fmt.Appendf(b, "returns %v\n", seat)
	}
	b = fmt.Appendf(b, "height %d\nsize %d\nroot %v\nlog %d\n", s.Height, s.Head.Size, s.Head.Root, s.Log)
	if s.Certified.Size == 0 {
		b = append(b, "certified none\n"...)
	} else {
		b = fmt.Appendf(b, "certified %d %v\n", s.Certified.Size, s.Certified.Root)
	}
	return fmt.Appendf(b, "time %s\n", s.Time.UTC().Format(time.RFC3339))
}

// Bytes is the file.
func (s *Statement) Bytes() []byte {
	b := append(s.Body(), '\n')
	for _, g := range s.Signatures {
		b = fmt.Appendf(b, "signed %v %x %x\n", g.Agency, g.Key[:], g.Signature[:])
	}
	return b
}

// Name is the statement's file name, the same whoever has signed it.
func (s *Statement) Name() string {
	sum := sha256.Sum256(s.Body())
	return fmt.Sprintf("%d-%s.txt", s.Height, hex.EncodeToString(sum[:8]))
}

// GivenUp are the seats that do not vote any more.
func (s *Statement) GivenUp() []Seat {
	all := slices.Concat(s.Lost, s.Returns)
	slices.SortFunc(all, Seat.Compare)
	return all
}

// Parse reads a file. What it takes is exactly what Bytes writes. Errors: *Error of the kind malformed.
func Parse(data []byte) (*Statement, error) {
	if len(data) > MaxFile {
		return nil, malformed("%d bytes, at most %d", len(data), MaxFile)
	}
	body, signatures, ok := strings.Cut(string(data), "\n\n")
	if !ok {
		return nil, malformed("no empty line ends it")
	}
	s := new(Statement)
	if err := s.parseBody(strings.Split(body, "\n")); err != nil {
		return nil, malformed("%v", err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(signatures, "\n"), "\n") {
		if line == "" {
			break
		}
		g, err := parseSignature(strings.Split(line, " "))
		if err != nil {
			return nil, malformed("%v", err)
		}
		s.Signatures = append(s.Signatures, g)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if string(s.Bytes()) != string(data) {
		return nil, malformed("it is not in the one form that a statement has")
	}
	return s, nil
}

// parseBody takes lines in any order: the comparison with what Bytes writes takes care of the rest.
func (s *Statement) parseBody(lines []string) (err error) {
	if lines[0] != title {
		return fmt.Errorf("it begins with %.40q, and not with %q", lines[0], title)
	}
	for _, line := range lines[1:] {
		word, rest, _ := strings.Cut(line, " ")
		var seat Seat
		switch word {
		case "chain":
			err = s.Chain.UnmarshalText([]byte(rest))
		case "voter":
			s.Voter, err = ParseSeat(rest)
		case "lost":
			seat, err = ParseSeat(rest)
			s.Lost = append(s.Lost, seat)
		case "returns":
			seat, err = ParseSeat(rest)
			s.Returns = append(s.Returns, seat)
		case "height":
			s.Height, err = strconv.ParseUint(rest, 10, 64)
		case "size":
			s.Head.Size, err = strconv.ParseUint(rest, 10, 64)
		case "root":
			err = s.Head.Root.UnmarshalText([]byte(rest))
		case "log":
			s.Log, err = strconv.ParseUint(rest, 10, 64)
		case "certified":
			err = s.parseCertified(rest)
		case "time":
			s.Time, err = time.Parse(time.RFC3339, rest)
		default:
			err = fmt.Errorf("a line begins with %.40q", word)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", word, err)
		}
	}
	return nil
}

func (s *Statement) parseCertified(rest string) (err error) {
	if rest == "none" {
		return nil
	}
	size, root, _ := strings.Cut(rest, " ")
	if s.Certified.Size, err = strconv.ParseUint(size, 10, 64); err != nil {
		return err
	}
	return s.Certified.Root.UnmarshalText([]byte(root))
}

func parseSignature(words []string) (g Signature, err error) {
	if len(words) != 4 || words[0] != "signed" {
		return g, fmt.Errorf("a signature is a line of four words, the first of them signed")
	}
	if g.Agency, err = ledger.ParseAccountID(words[1]); err != nil {
		return g, err
	}
	if g.Key, err = ident.ParsePublicKey(words[2]); err != nil {
		return g, err
	}
	g.Signature, err = ident.ParseSignature(words[3])
	return g, err
}

// check refuses what no draft says: nobody is named twice, somebody is lost, and the certified head is not beyond the ledger.
func (s *Statement) check() error {
	all := append(s.GivenUp(), s.Voter)
	slices.SortFunc(all, Seat.Compare)
	ascends := func(seats []Seat) bool { return slices.IsSortedFunc(seats, Seat.Compare) }
	switch {
	case len(slices.CompactFunc(all, func(a, b Seat) bool { return a.Agency == b.Agency })) < 1+len(s.Lost)+len(s.Returns):
		return malformed("it names an agency twice")
	case len(s.Lost) == 0:
		return malformed("it names nobody who is lost")
	case !ascends(s.Lost) || !ascends(s.Returns):
		return malformed("its seats are out of order")
	case s.Certified.Size > s.Head.Size:
		return malformed("its certified head is beyond its ledger")
	}
	for i, g := range s.Signatures {
		if i > 0 && g.Agency <= s.Signatures[i-1].Agency {
			return malformed("its signatures are not one an agency, ascending")
		}
	}
	return nil
}
