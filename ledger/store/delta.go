package store

import (
	"encoding/binary"
	"math/bits"
)

// Records of one author and kind differ in their signature, their time and a few numbers, and repeat the rest: chain, key, account, product. A leaf is therefore
// written as what it adds to an earlier leaf of its chunk, its base:
//
//	repeated: number of new bytes uvarint ‖ the new bytes ‖ code uvarint [‖ shift uvarint]
//
// up to the end; after the last new bytes there may be no code. A code is the length of a run to copy × 2, from the place in the base where the leaf has come
// to, plus the shift; + 1 when a new shift follows, as a zigzag number. Unlike with a compressor of streams, one leaf is read with its base alone, a flipped
// bit stays in its leaf (what cannot be mended takes those made from it along), and copying costs a tenth of a microsecond.
const (
	// minRun is the shortest run that is copied: its code, and the count of the new bytes after it, take two bytes.
	minRun = 4
	// minShifted is minRun where the shift changes.
	minShifted = 6
)

// appendDelta appends leaf as the difference to base.
func appendDelta(b, base, leaf []byte) []byte {
	end := len(base) - len(leaf) // the shift at which both end together
	shift, from := 0, 0          // leaf[from:at] is new
	for at := 0; at < len(leaf); {
		n, next := 0, shift
		if i := at + shift; i >= 0 && i < len(base) && base[i] == leaf[at] { // most new bytes fail here
			n = equalRun(base, leaf, i, at)
		}
		if i := at + end; n < minRun && end != shift && i >= 0 && i < len(base) && base[i] == leaf[at] {
			if m := equalRun(base, leaf, i, at); m >= minShifted {
				n, next = m, end
			}
		}
		if n < minRun {
			at++
			continue
		}
		b = binary.AppendUvarint(b, uint64(at-from))
		b = append(b, leaf[from:at]...)
		if next == shift {
			b = binary.AppendUvarint(b, uint64(n)<<1)
		} else {
			b = binary.AppendUvarint(b, uint64(n)<<1|1)
			b = binary.AppendVarint(b, int64(next))
			shift = next
		}
		at += n
		from = at
	}
	if from < len(leaf) {
		b = binary.AppendUvarint(b, uint64(len(leaf)-from))
		b = append(b, leaf[from:]...)
	}
	return b
}

// equalRun is how many bytes of base from i on are those of leaf from j on.
func equalRun(base, leaf []byte, i, j int) (n int) {
	base, leaf = base[i:], leaf[j:]
	most := min(len(base), len(leaf))
	for n+8 <= most {
		if x := binary.LittleEndian.Uint64(base[n:]) ^ binary.LittleEndian.Uint64(leaf[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		n += 8
	}
	for n < most && base[n] == leaf[n] {
		n++
	}
	return n
}

// applyDelta appends the leaf that delta and base make; false: it makes none of at most max bytes.
func applyDelta(b, base, delta []byte, max int) ([]byte, bool) {
	start, shift := len(b), 0
	for len(delta) > 0 {
		n, size := binary.Uvarint(delta)
		if size <= 0 || n > uint64(len(delta)-size) {
			return b, false
		}
		b = append(b, delta[size:size+int(n)]...)
		if delta = delta[size+int(n):]; len(delta) == 0 {
			break
		}
		code, size := binary.Uvarint(delta)
		if size <= 0 {
			return b, false
		}
		delta = delta[size:]
		if code&1 != 0 {
			s, size := binary.Varint(delta)
			if size <= 0 || s > int64(len(base)) || s < -int64(max) {
				return b, false
			}
			shift, delta = int(s), delta[size:]
		}
		from, n := len(b)-start+shift, code>>1
		if from < 0 || from > len(base) || n > uint64(len(base)-from) {
			return b, false
		}
		b = append(b, base[from:from+int(n)]...)
		if len(b)-start > max {
			return b, false
		}
	}
	return b, len(b)-start <= max
}

// nearest is the number of the leaf among some that has most words in common with another, at the same distance from its beginning or end; −1: none has any.
func nearest(among []whole, leaf []byte) int {
	best, at := 0, -1
	for i := range among {
		if n := alike(among[i].leaf, leaf); n > best {
			best, at = n, i
		}
	}
	return at
}

// Where leaves are compared to find the nearest: an envelope's fixed part, and the last of its actions.
const (
	comparedFirst = 320
	comparedLast  = 128
)

func alike(base, leaf []byte) (words int) {
	equal := func(i, j int) {
		if binary.LittleEndian.Uint64(base[i:]) == binary.LittleEndian.Uint64(leaf[j:]) {
			words++
		}
	}
	first := min(len(base), len(leaf), comparedFirst) &^ 7
	for i := 0; i < first; i += 8 {
		equal(i, i)
	}
	shift := len(base) - len(leaf)
	for i := max(first, len(leaf)-comparedLast, -shift); i+8 <= len(leaf); i += 8 {
		equal(i+shift, i)
	}
	return words
}
