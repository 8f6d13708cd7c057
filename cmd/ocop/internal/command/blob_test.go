package command

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger/blob"
)

// photo is a photo as a telephone makes it, with a place in it.
func photo(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	check(t, jpeg.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 40, 30)), nil))
	return string(b.Bytes()[:2]) + "\xff\xe1\x00\x1cExif\x00\x00MM\x00*12.0047N 107.69E" + b.String()[2:]
}

// TestBlobMake: what is made holds the picture and nothing else, and is never written over.
func TestBlobMake(t *testing.T) {
	m := newMachine(t)
	m.write("anh.jpg", photo(t))
	var made struct {
		shownBlob
		Cleaned, Drawn bool
	}
	m.json(&made, "blob", "make", "anh.jpg", "-o", "anh.blob")
	data := m.read("anh.blob")
	b, err := blob.Parse([]byte(data))
	if err != nil || b.ID().String() != made.Blob || made.Width != 40 || made.Height != 30 || !made.Cleaned || made.Drawn || strings.Contains(data, "107.69") {
		t.Errorf("%+v, %v", made, err)
	}
	m.fails(exitFailure, "exists", "blob", "make", "anh.jpg", "-o", "anh.blob")
	m.ok("blob", "make", "anh.jpg", "-o", "khac.blob")
	if m.read("khac.blob") == data {
		t.Error("two blobs have one salt")
	}
	m.write("trang.html", "<html>")
	m.fails(exitInput, "no JPEG, PNG or WebP", "blob", "make", "trang.html", "-o", "x.blob")
	m.fails(exitInput, "không phải ảnh JPEG, PNG hay WebP", "blob", "make", "trang.html", "-o", "x.blob", "--lang", "vi")
	m.fails(exitInput, "is not taken", "blob", "make", "--name", "a\u202eb", "-o", "x.blob")
	m.fails(exitUsage, "one of", "blob", "make", "anh.jpg", "--name", "A", "-o", "x.blob")
	m.fails(exitInput, "malformed", "blob", "put", "trang.html")
	m.fails(exitUsage, "64 hexadecimal", "blob", "get", "12", "-o", "x")
	m.fails(exitUsage, "--account and --product", "blob", "erase", made.Blob, "--author", "1", "--key", "k", "--ground", "consent")
}

// TestBlobStory: a household's name is committed to, brought, shown, and erased by order, from the terminal, against a real node.
func TestBlobStory(t *testing.T) {
	m := newMachine(t)
	m.now = time.Time{}
	newNetwork(m)
	const person = "Hộ kinh doanh Y Blơ Niê"
	m.ok("draft", "account", "--account", "1000005", "--author", "1", "--kind", "household_business", "--roles", "producer", "--private-name", person, "--territory", "24700",
		"-o", "ho.yaml", "--private", "ho.private.yaml")
	m.ok("blob", "make", "--private", "ho.private.yaml", "-o", "ten")
	files, err := filepath.Glob("ten/*.blob")
	check(t, err)
	if len(files) != 1 {
		t.Fatalf("%d blobs of one name", len(files))
	}
	id := strings.TrimSuffix(filepath.Base(files[0]), ".blob")

	put := []string{"blob", "put", files[0], "--account", "1", "--key", "officer.json", "--password-env", "PW"}
	if m.ok(put...); !strings.Contains(m.out, "waits 15 days") || !strings.HasPrefix(m.out, explain.SampleNotice) {
		t.Errorf("%s", m.out)
	}
	m.sign("ho.yaml", "officer.json")
	m.accepted("ho.signed")
	for deadline := time.Now().Add(time.Minute); m.run("blob", "get", id, "-o", "-") != exitOK; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the name is not shown:\n%s", m.err)
		}
	}
	if m.out != person {
		t.Errorf("%q", m.out)
	}
	if m.ok("blob", "put", files[0]); !strings.Contains(m.out, "the ledger names it") {
		t.Errorf("%s", m.out)
	}
	m.ok("blob", "get", id, "-o", "lai.blob", "--container")
	if m.read("lai.blob") != m.read(files[0]) {
		t.Error("another container came back")
	}

	erase := []string{"blob", "erase", id, "--account", "1000005", "--author", "1", "--key", "officer.json", "--password-env", "PW", "--ground", "consent", "--wait"}
	m.typed = "no\n"
	m.fails(exitDeclined, "cannot be taken back", erase...)
	m.typed = "ký\n"
	if m.ok(erase...); !strings.Contains(m.out, "agency 1: erased") || !strings.HasPrefix(m.out, explain.SampleNotice) {
		t.Errorf("%s", m.out)
	}
	var told struct {
		Reports []shownReport
		Missing []uint64
	}
	if m.json(&told, append(erase, "--yes")...); len(told.Reports) != 1 || !told.Reports[0].Valid || !told.Reports[0].Held || told.Missing == nil || len(told.Missing) != 0 {
		t.Errorf("%+v", told)
	}
	if m.run("blob", "get", id, "-o", "-") == exitOK || m.run("blob", "put", files[0]) == exitOK {
		t.Error("it is still there, or taken back")
	}
	if entries, err := os.ReadDir("ten"); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}
