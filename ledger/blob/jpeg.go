package blob

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markSOF0 = 0xc0 // baseline, extended and progressive; the codings after them no browser shows
	markSOF2 = 0xc2
	markDHT  = 0xc4
	markRST0 = 0xd0
	markRST7 = 0xd7
	markSOI  = 0xd8
	markEOI  = 0xd9
	markSOS  = 0xda
	markDQT  = 0xdb
	markDRI  = 0xdd
	markAPP0 = 0xe0
	markAPP1 = 0xe1
	markAPP2 = 0xe2
	markAPPD = 0xed
	markAPPE = 0xee
	markAPPF = 0xef
	markCOM  = 0xfe
)

// maxScans bounds the passes over a progressive picture: encoders make ten or so, and each one costs a decoder the whole picture however short it is.
const maxScans = 32

func isJPEG(data []byte) bool { return bytes.HasPrefix(data, []byte{0xff, markSOI, 0xff}) }

// checkJPEG walks the segments: one picture of 8 bits in grey or colour, nothing beside it.
func checkJPEG(data []byte) (d dimensions, err error) {
	if !isJPEG(data) {
		return d, notA("JPEG", "it does not begin like one")
	}
	scans := 0
	for at := 2; ; {
		if len(data)-at < 2 || data[at] != 0xff {
			return d, notA("JPEG", "no marker at byte %d", at)
		}
		mark := data[at+1]
		if at += 2; mark == markEOI {
			if scans == 0 {
				return d, notA("JPEG", "it has no picture")
			}
			if at != len(data) {
				return d, trails(len(data) - at)
			}
			return d, nil
		}
		if len(data)-at < 2 {
			return d, notA("JPEG", "it is cut short")
		}
		n := int(binary.BigEndian.Uint16(data[at:]))
		if n < 2 || n > len(data)-at {
			return d, notA("JPEG", "the segment at byte %d is cut short", at)
		}
		segment := data[at+2 : at+n]
		at += n
		switch {
		case mark >= markSOF0 && mark <= markSOF2:
			if d != (dimensions{}) {
				return d, notA("JPEG", "it has two frames")
			}
			if d, err = frame(segment); err != nil {
				return d, err
			}
		case mark == markSOS:
			if scans++; scans > maxScans || d == (dimensions{}) {
				return d, notA("JPEG", "it has scans without a frame, or more than %d", maxScans)
			}
			at = afterScan(data, at)
		default:
			if err := checkSegment(mark, segment); err != nil {
				return d, err
			}
		}
	}
}

// frame reads a frame header.
func frame(s []byte) (d dimensions, err error) {
	if len(s) < 6 || s[0] != 8 || s[5] != 1 && s[5] != 3 || len(s) != 6+3*int(s[5]) {
		return d, notA("JPEG", "it is not of 8 bits in grey or colour")
	}
	d = dimensions{int(binary.BigEndian.Uint16(s[3:])), int(binary.BigEndian.Uint16(s[1:]))}
	return d, d.check()
}

// afterScan is where the marker after entropy-coded data begins.
func afterScan(data []byte, at int) int {
	for at < len(data) {
		next := bytes.IndexByte(data[at:], 0xff)
		if next < 0 {
			return len(data)
		}
		if at += next; at+1 < len(data) && data[at+1] != 0 && (data[at+1] < markRST0 || data[at+1] > markRST7) {
			return at
		}
		at += 2
	}
	return len(data)
}

// checkSegment takes the tables that a decoder needs, and nothing that it does not.
func checkSegment(mark byte, s []byte) error {
	switch mark {
	case markDHT:
		return tables(s, func(s []byte) int {
			n := 17
			for _, codes := range s[1:min(n, len(s))] {
				n += int(codes)
			}
			return n
		})
	case markDQT:
		return tables(s, func(s []byte) int { return 1 + 64*(1+int(s[0]>>4)) })
	case markDRI:
		if len(s) == 2 {
			return nil
		}
	case markAPP0: // JFIF without a preview
		if len(s) == 14 && bytes.HasPrefix(s, []byte("JFIF\x00")) && s[12] == 0 && s[13] == 0 {
			return nil
		}
		return hides("APP0")
	case markAPPE: // which colours the numbers are
		if len(s) == 12 && bytes.HasPrefix(s, []byte("Adobe")) {
			return nil
		}
		return hides("APP14")
	case markAPP1:
		return hides("EXIF/XMP")
	case markAPP2:
		return hides("ICC/MPF")
	case markAPPD:
		return hides("IPTC")
	case markCOM:
		return hides("COM")
	}
	if mark > markAPP0 && mark <= markAPPF {
		return hides(fmt.Sprintf("APP%d", mark-markAPP0))
	}
	return notA("JPEG", "a segment of type %02x", mark)
}

// tables wants a segment to be tables of the sizes that each says of itself.
func tables(s []byte, size func([]byte) int) error {
	for len(s) > 0 {
		n := size(s)
		if n > len(s) {
			return notA("JPEG", "a table is cut short")
		}
		s = s[n:]
	}
	return nil
}
