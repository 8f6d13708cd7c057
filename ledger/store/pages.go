package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/ledger/flaw"
)

// bbolt trusts the pages of its file: a damaged one makes it panic, some in goroutines of its own, or read beyond the mapping, which ends the
// process. So the pages are looked through before bbolt sees them, by reading the file and believing nothing.
//
// A page is id u64, flags u16, count u16, overflow u32, then count elements: in a leaf page flags u32, position u32, key size u32, value size u32; in a
// branch page position u32, key size u32, page id u64. Positions count from the element. Numbers are in the order of the machine's bytes.
const (
	pageBranch = 0x01
	pageLeaf   = 0x02

	pageHeader  = 16
	pageElement = 16
	isBucket    = 0x01 // flag of an element of a leaf page

	metaMagic   = 0xED0CDAED
	metaVersion = 2
	metaSize    = 64 // magic, version, page size, flags, root u64, sequence u64, freelist u64, high water u64, transaction u64, checksum u64
)

// damagedPages is how the structure of a file is damaged, for which what the page check says is the place.
func damagedPages(place string) flaw.Flaw {
	return flaw.New("pages", "các trang của tệp bị hỏng: %s", "pages of the file are damaged: %s", place)
}

type pageCheck struct {
	file   *os.File
	name   string
	bucket string
	size   uint64 // of a page
	high   uint64 // pages in use are below
	seen   []bool
	found  []*Damage
}

// checkPages looks through the structure of a bbolt file that nobody writes to, and names the buckets whose pages are damaged. What stands in the rows is
// not looked at.
func checkPages(path string) ([]*Damage, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c := &pageCheck{file: f, name: filepath.Base(path), size: pageSize}
	root, ok := c.meta()
	if !ok {
		return c.found, nil
	}
	c.seen = make([]bool, c.high)
	c.seen[0], c.seen[1] = true, true
	var top []bucketRef
	c.tree(root, nil, nil, 0, func(key, value []byte) { top = append(top, bucketRef{string(key), bytes.Clone(value)}) })
	for _, b := range top {
		c.bucket = b.name
		c.child(b.header)
	}
	return c.found, nil
}

type bucketRef struct {
	name   string
	header []byte // root page u64, sequence u64, and the page itself when root is 0
}

func (c *pageCheck) note(format string, args ...any) {
	c.found = append(c.found, &Damage{File: c.name, Bucket: c.bucket, Detail: damagedPages(fmt.Sprintf(format, args...))})
}

// meta reads the two pages of which the newer good one counts, and returns the root page. One of them may be torn by a crash of the machine: that is
// what the other is for.
func (c *pageCheck) meta() (root uint64, ok bool) {
	newest := uint64(0)
	for id := range uint64(headPages) {
		b := make([]byte, pageHeader+metaSize)
		if _, err := c.file.ReadAt(b, int64(id*c.size)); err != nil {
			continue
		}
		m := b[pageHeader:]
		sum := fnv.New64a()
		sum.Write(m[:metaSize-8])
		u32 := binary.NativeEndian.Uint32
		u64 := binary.NativeEndian.Uint64
		if u32(m) != metaMagic || u32(m[4:]) != metaVersion || u32(m[8:]) != uint32(c.size) || u64(m[metaSize-8:]) != sum.Sum64() {
			continue
		}
		if transaction := u64(m[48:]); !ok || transaction > newest {
			root, c.high, newest, ok = u64(m[16:]), u64(m[40:]), transaction, true
		}
	}
	info, err := c.file.Stat()
	if !ok || err != nil || c.high < headPages {
		c.note("neither of its heads is whole")
		return 0, false
	}
	if pages := uint64(info.Size()) / c.size; c.high > pages {
		c.found = append(c.found, truncated(c.name, flaw.New("size", "có %d trang, phần đầu ghi %d", "it has %d pages, its head says %d", pages, c.high)))
		return 0, false
	}
	return root, true
}

// child checks a bucket from its header.
func (c *pageCheck) child(header []byte) {
	if len(header) < 16 {
		c.note("header of %d bytes", len(header))
		return
	}
	if root := binary.NativeEndian.Uint64(header); root != 0 {
		c.tree(root, nil, nil, 0, nil)
		return
	}
	c.page(header[16:], 0, nil, nil, 0, nil)
}

const maxPageDepth = 32 // a tree of two children a page would need more pages than exist

// tree checks a page and what is below it; its keys are at least low and below high, if given.
func (c *pageCheck) tree(id uint64, low, high []byte, depth int, bucket func(key, value []byte)) {
	if id < 2 || id >= c.high || depth > maxPageDepth {
		c.note("page %d is out of bounds", id)
		return
	}
	header := make([]byte, pageHeader)
	if _, err := c.file.ReadAt(header, int64(id*c.size)); err != nil {
		c.note("page %d cannot be read: %v", id, err)
		return
	}
	pages := 1 + uint64(binary.NativeEndian.Uint32(header[12:]))
	if id+pages > c.high {
		c.note("page %d reaches out of bounds", id)
		return
	}
	for p := id; p < id+pages; p++ {
		if c.seen[p] {
			c.note("page %d is used twice", p)
			return
		}
		c.seen[p] = true
	}
	page := make([]byte, pages*c.size)
	if _, err := c.file.ReadAt(page, int64(id*c.size)); err != nil {
		c.note("page %d cannot be read: %v", id, err)
		return
	}
	if got := binary.NativeEndian.Uint64(page); got != id {
		c.note("page %d says it is page %d", id, got)
		return
	}
	c.page(page, id, low, high, depth, bucket)
}

// page checks the bytes of a page, and goes on to the pages below it.
func (c *pageCheck) page(page []byte, id uint64, low, high []byte, depth int, bucket func(key, value []byte)) {
	if len(page) < pageHeader {
		c.note("page %d is cut short", id)
		return
	}
	flags, count := binary.NativeEndian.Uint16(page[8:]), int(binary.NativeEndian.Uint16(page[10:]))
	if flags != pageBranch && flags != pageLeaf || flags == pageBranch && count == 0 || pageHeader+count*pageElement > len(page) {
		c.note("page %d has flags %#x and %d elements", id, flags, count)
		return
	}
	elements := make([]element, count)
	for i := range elements {
		e, ok := parseElement(page, pageHeader+i*pageElement, flags)
		switch {
		case !ok:
			c.note("page %d: element %d reaches out of it", id, i)
			return
		case i > 0 && bytes.Compare(elements[i-1].key, e.key) >= 0,
			i == 0 && low != nil && bytes.Compare(low, e.key) > 0,
			high != nil && bytes.Compare(e.key, high) >= 0:
			c.note("page %d: key %x is out of order", id, e.key)
			return
		case flags == pageLeaf && (e.flags&^isBucket != 0 || (e.flags == isBucket) != (bucket != nil)):
			c.note("page %d: element %d has flags %#x", id, i, e.flags)
			return
		case bucket == nil && !keyFits(c.bucket, e.key):
			c.note("page %d: key %x is none of this bucket", id, e.key)
			return
		}
		elements[i] = e
	}
	for i, e := range elements {
		switch {
		case flags == pageLeaf && bucket != nil:
			bucket(e.key, e.value)
		case flags == pageBranch:
			end := high
			if i+1 < count {
				end = elements[i+1].key
			}
			c.tree(e.page, e.key, end, depth+1, bucket)
		}
	}
}

// keyFits tells whether a key can be one of a bucket whose keys are read as numbers. A disk that lost a write leaves an older page in its place, sound by itself, with
// rows of another bucket.
func keyFits(bucket string, key []byte) bool {
	switch bucket {
	case string(bucketLeaves), string(bucketSeals):
		return len(key) == 8
	}
	return true
}

type element struct {
	flags      uint32
	page       uint64
	key, value []byte
}

func parseElement(page []byte, at int, flags uint16) (e element, ok bool) {
	u32 := func(offset int) uint64 { return uint64(binary.NativeEndian.Uint32(page[at+offset:])) }
	var position, keySize, valueSize uint64
	if flags == pageLeaf {
		e.flags, position, keySize, valueSize = uint32(u32(0)), u32(4), u32(8), u32(12)
	} else {
		position, keySize, e.page = u32(0), u32(4), binary.NativeEndian.Uint64(page[at+8:])
	}
	start := uint64(at) + position
	if start+keySize+valueSize > uint64(len(page)) {
		return e, false
	}
	e.key = page[start : start+keySize]
	e.value = page[start+keySize : start+keySize+valueSize]
	return e, true
}
