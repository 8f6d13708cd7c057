package keystore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger/ident"
)

// A recovery sheet is a key on paper, without a password, for a safe. It has five lines that count, and remarks that begin with #:
//
//	line 1: version and purpose (4 bits each) ‖ account (5 bytes) ‖ tag (2 bytes)
//	line 2 to 5: the secret, 8 bytes each
//
// The tag is the head of a hash over all else and tells lines of different sheets apart: a node has several.
const (
	sheetVersion = 1
	sheetLines   = 5
	sheetType    = "application/vnd.ocop.recovery-sheet.v1"

	// maxSheetAccount is what 5 bytes hold; account numbers end below 10^12.
	maxSheetAccount = 1<<40 - 1
	// MaxSheet bounds the text of a sheet in bytes, remarks included.
	MaxSheet = 8 << 10
)

// ErrSheet is wrapped by every error of ParseSheet.
var ErrSheet = errors.New("recovery sheet cannot be read")

// SheetError names a line of a sheet that has to be looked at again.
type SheetError struct {
	Line    int // 1 to 5 as printed; 0: the sheet as a whole
	Problem string
}

func (e *SheetError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%v: %s", ErrSheet, e.Problem)
	}
	return fmt.Sprintf("%v: line %d: %s", ErrSheet, e.Line, e.Problem)
}

func (e *SheetError) Unwrap() error { return ErrSheet }

// FormatSheet writes the sheet of a key, in Vietnamese and English, to be printed. The caller wipes it.
func FormatSheet(key *Key) ([]byte, error) {
	public, err := key.Public()
	if err != nil {
		return nil, err
	}
	if key.Account > maxSheetAccount {
		return nil, fmt.Errorf("%w: account %d does not fit a recovery sheet", ErrKey, key.Account)
	}
	b := make([]byte, 0, 1<<10) // never regrown: a copy left behind would not be wiped
	b = append(b, "# PHIẾU KHÔI PHỤC KHÓA OCOP / OCOP KEY RECOVERY SHEET\n"+
		"# Ai có phiếu này ký được thay chủ khóa. Cất trong két, không chụp ảnh.\n"+
		"# Whoever has this sheet can sign as the key's owner. Keep it in a safe, take no photograph.\n"...)
	b = fmt.Appendf(b, "# Mục đích / purpose: %v\n# Tài khoản / account: %d\n# Khóa công khai / public key: %x\n", key.Purpose, key.Account, public)
	for i, content := range sheetContent(key) {
		b = fmt.Appendf(b, "%d: ", i+1)
		b = append(formatLine(b, i+1, content), '\n')
		clear(content[:])
	}
	return b, nil
}

func sheetContent(key *Key) (lines [sheetLines][lineContent]byte) {
	var head [lineContent]byte
	binary.BigEndian.PutUint64(head[:], key.Account<<16)
	head[0] = sheetVersion<<4 | byte(key.Purpose)
	sum := sha256.Sum256(ident.PAE(sheetType, append(head[:6:6], key.Secret[:]...)))
	copy(head[6:], sum[:2])
	lines[0] = head
	for i := range lines[1:] {
		copy(lines[1+i][:], key.Secret[i*lineContent:])
	}
	return lines
}

// ParseSheet reads a sheet as people type it: remarks, empty lines and the numbers of lines may be left out; for the characters see Crockford's
// base 32 (O is read as 0, I and L as 1). All bad lines are named at once, each by a [*SheetError]. The caller wipes the key.
func ParseSheet(text []byte) (*Key, error) {
	if len(text) > MaxSheet {
		return nil, &SheetError{Problem: fmt.Sprintf("more than %d bytes", MaxSheet)}
	}
	var (
		lines [sheetLines][lineContent]byte
		bad   []error
		n     int
	)
	defer clear(lines[:])
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		n++
		if n > sheetLines {
			continue
		}
		content, problem := parseNumbered(n, line)
		if problem != "" {
			bad = append(bad, &SheetError{n, problem})
		}
		lines[n-1] = content
	}
	if n != sheetLines {
		bad = append(bad, &SheetError{0, fmt.Sprintf("%d lines, want %d", n, sheetLines)})
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return joinSheet(&lines)
}

// parseNumbered takes off the number a line is printed with, if it is there.
func parseNumbered(number int, line []byte) (content [lineContent]byte, problem string) {
	label, rest, labelled := bytes.Cut(line, []byte{':'})
	if !labelled {
		return parseLine(number, line)
	}
	if string(bytes.TrimSpace(label)) != fmt.Sprint(number) {
		return content, fmt.Sprintf("it is not numbered %d", number)
	}
	return parseLine(number, rest)
}

func joinSheet(lines *[sheetLines][lineContent]byte) (*Key, error) {
	head := lines[0]
	if v := head[0] >> 4; v != sheetVersion {
		return nil, &SheetError{1, fmt.Sprintf("version %d, want %d", v, sheetVersion)}
	}
	key := &Key{Purpose: ident.Purpose(head[0] & 0x0f)}
	head[0] = 0
	key.Account = binary.BigEndian.Uint64(head[:]) >> 16
	for i := range lines[1:] {
		copy(key.Secret[i*lineContent:], lines[1+i][:])
	}
	if sheetContent(key)[0] != lines[0] {
		key.Zero()
		return nil, &SheetError{Problem: "its lines are not of one sheet"}
	}
	if _, err := key.Public(); err != nil {
		key.Zero()
		return nil, &SheetError{Problem: err.Error()}
	}
	return key, nil
}
