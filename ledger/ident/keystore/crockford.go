package keystore

import (
	"encoding/binary"
	"fmt"
)

// A line of a sheet is 80 bits: 64 of content and a 16-bit check, as 16 characters of Crockford's base 32 in groups of 4.
const (
	lineContent = 8
	lineBytes   = lineContent + 2
	lineSymbols = 16
	groupSize   = 4

	symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // no I, L, O, U
)

// formatLine appends the groups of a line. The number of the line is part of the check, so that exchanged lines are noticed.
func formatLine(b []byte, number int, content [lineContent]byte) []byte {
	var raw [lineBytes]byte
	defer clear(raw[:])
	copy(raw[:], content[:])
	binary.BigEndian.PutUint16(raw[lineContent:], lineCheck(number, content))
	for i := range lineSymbols {
		if i > 0 && i%groupSize == 0 {
			b = append(b, ' ')
		}
		var v byte
		for bit := i * 5; bit < i*5+5; bit++ {
			v = v<<1 | raw[bit/8]>>(7-bit%8)&1
		}
		b = append(b, symbols[v])
	}
	return b
}

// parseLine reads a line as people type it: either case, spaces and hyphens anywhere, O for 0, I and L for 1. The error is a phrase for people, and
// never quotes more than one character of what may be a secret.
func parseLine(number int, text []byte) (content [lineContent]byte, problem string) {
	var raw [lineBytes]byte
	defer clear(raw[:])
	n := 0
	for _, c := range text {
		if c == ' ' || c == '\t' || c == '\r' || c == '-' {
			continue
		}
		v, ok := symbolValue(c)
		if !ok {
			return content, fmt.Sprintf("character %d, %q, does not occur on sheets", n+1, c)
		}
		if n < lineSymbols {
			for i := range 5 {
				bit := n*5 + i
				raw[bit/8] |= v >> (4 - i) & 1 << (7 - bit%8)
			}
		}
		n++
	}
	if n != lineSymbols {
		return content, fmt.Sprintf("%d characters, want %d", n, lineSymbols)
	}
	copy(content[:], raw[:])
	if binary.BigEndian.Uint16(raw[lineContent:]) != lineCheck(number, content) {
		clear(content[:])
		return content, "a character is wrong, or the line is not in its place"
	}
	return content, ""
}

func symbolValue(c byte) (byte, bool) {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	switch c {
	case 'O':
		c = '0'
	case 'I', 'L':
		c = '1'
	}
	for v := range len(symbols) {
		if symbols[v] == c {
			return byte(v), true
		}
	}
	return 0, false
}

// lineCheck is CRC-16/CCITT (polynomial 0x1021) over the line's number and content. It finds every error within 16 bits: any one character,
// and any two neighbours exchanged.
func lineCheck(number int, content [lineContent]byte) uint16 {
	crc := uint16(0xffff)
	for _, c := range append([]byte{byte(number)}, content[:]...) {
		crc ^= uint16(c) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}
