package vectors

import (
	"bytes"
	"errors"
	"slices"
)

// edit takes so many bytes out of a file at an offset of the file as it was, and puts others there.
type edit struct {
	at, cut int
	put     []byte
}

// window is how many bytes must agree for two files to be taken as the same again.
const window = 8

// windows are the places at which each window of a file stands.
func windows(base []byte) map[string][]int {
	all := make(map[string][]int, len(base))
	for i := 0; i+window <= len(base); i++ {
		w := string(base[i : i+window])
		all[w] = append(all[w], i)
	}
	return all
}

// diff gives edits that make a file of a base, in ascending order.
func diff(base, file []byte, places map[string][]int) (edits []edit) {
	from, begun := 0, 0 // base is consumed up to from, file up to begun
	for i := 0; i+window <= len(file); {
		at := next(places[string(file[i:i+window])], from+i-begun, from)
		if at < 0 {
			i++
			continue
		}
		for i > begun && at > from && file[i-1] == base[at-1] {
			i, at = i-1, at-1
		}
		n := 0
		for i+n < len(file) && at+n < len(base) && file[i+n] == base[at+n] {
			n++
		}
		if at > from || i > begun {
			edits = append(edits, edit{from, at - from, file[begun:i]})
		}
		i, from = i+n, at+n
		begun = i
	}
	if from < len(base) || begun < len(file) {
		edits = append(edits, edit{from, len(base) - from, file[begun:]})
	}
	return edits
}

// next is the place in the same line as before if there is one, else the first one not before from; −1: none.
func next(places []int, straight, from int) int {
	if _, found := slices.BinarySearch(places, straight); found {
		return straight
	}
	i, _ := slices.BinarySearch(places, from)
	if i == len(places) {
		return -1
	}
	return places[i]
}

var errEdit = errors.New("an edit does not fit its file")

// apply is the inverse of diff.
func apply(base []byte, edits []edit) ([]byte, error) {
	var out bytes.Buffer
	from := 0
	for _, e := range edits {
		if e.at < from || e.cut < 0 || e.at+e.cut > len(base) {
			return nil, errEdit
		}
		out.Write(base[from:e.at])
		out.Write(e.put)
		from = e.at + e.cut
	}
	out.Write(base[from:])
	return out.Bytes(), nil
}
