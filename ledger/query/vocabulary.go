package query

import (
	"slices"
	"strings"
)

// document is a thing that can be found, by its number in the order of arrival.
type document uint32

// match tells how well a word was found; lower is better.
type match uint8

const (
	whole     match = 1
	beginning match = 2
	part      match = 3
	missed    match = 255
)

// vocabulary maps words to the documents that have them. Words are kept sorted, so that all words with one beginning lie together.
type vocabulary struct {
	words    []string
	postings map[string][]document // ascending
}

func newVocabulary() *vocabulary { return &vocabulary{postings: make(map[string][]document)} }

// sortAll puts the words in order after a bulk of unordered adds.
func (v *vocabulary) sortAll() {
	v.words = make([]string, 0, len(v.postings))
	for w := range v.postings {
		v.words = append(v.words, w)
	}
	slices.Sort(v.words)
	for _, documents := range v.postings {
		slices.Sort(documents)
	}
}

// addUnsorted adds a document during a bulk; sortAll must follow.
func (v *vocabulary) addUnsorted(d document, words []string) {
	for _, w := range words {
		v.postings[w] = append(v.postings[w], d)
	}
}

// replace changes the words of a document. Both lists are sorted and without repeats.
func (v *vocabulary) replace(d document, old, new []string) {
	for _, w := range old {
		if _, kept := slices.BinarySearch(new, w); !kept {
			v.remove(d, w)
		}
	}
	for _, w := range new {
		if _, had := slices.BinarySearch(old, w); !had {
			v.add(d, w)
		}
	}
}

func (v *vocabulary) add(d document, word string) {
	if _, known := v.postings[word]; !known {
		at, _ := slices.BinarySearch(v.words, word)
		v.words = slices.Insert(v.words, at, word)
	}
	at, _ := slices.BinarySearch(v.postings[word], d)
	v.postings[word] = slices.Insert(v.postings[word], at, d)
}

func (v *vocabulary) remove(d document, word string) {
	at, ok := slices.BinarySearch(v.postings[word], d)
	if !ok {
		return
	}
	if v.postings[word] = slices.Delete(v.postings[word], at, at+1); len(v.postings[word]) > 0 {
		return
	}
	delete(v.postings, word)
	at, _ = slices.BinarySearch(v.words, word)
	v.words = slices.Delete(v.words, at, at+1)
}

// find marks, for each document below n, how well the word was found.
func (v *vocabulary) find(word string, n int) []match {
	found := make([]match, n)
	for i := range found {
		found[i] = missed
	}
	mark := func(w string, m match) {
		for _, d := range v.postings[w] {
			found[d] = min(found[d], m)
		}
	}
	mark(word, whole)
	from, _ := slices.BinarySearch(v.words, word)
	to := from
	for ; to < len(v.words) && strings.HasPrefix(v.words[to], word); to++ {
		mark(v.words[to], beginning)
	}
	if len(word) < shortestPart {
		return found
	}
	for i, w := range v.words {
		if (i < from || i >= to) && strings.Contains(w, word) {
			mark(w, part)
		}
	}
	return found
}

// shortestPart is how many bytes a word needs before it is looked for inside others: one letter is inside nearly all of them.
const shortestPart = 2
