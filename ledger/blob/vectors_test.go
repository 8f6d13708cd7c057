package blob_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/ocopledger/ocop/ledger/blob"
)

var update = flag.Bool("update", false, "write the golden files anew")

// vectors are what every implementation of FORMAT §14 must agree on. Bytes are hexadecimal.
type vectors struct {
	Blobs   []vector `json:"blobs"`
	Erasure string   `json:"erasure"` // signed order
	Report  string   `json:"report"`  // signed
	Offer   string   `json:"offer"`   // signed
}

type vector struct {
	Name      string `json:"name"`
	Container string `json:"container"`
	ID        string `json:"id"`
	Wrong     string `json:"wrong"` // kind of what is wrong with it; empty: it is a blob
}

// maxVector leaves out what is wrong for its size alone.
const maxVector = 64 << 10

// TestVectors: ids, content and signatures are what they were when they were written down.
func TestVectors(t *testing.T) {
	var v vectors
	for i, c := range contents() {
		if len(c.content) > maxVector {
			continue
		}
		b := blob.Blob{Salt: [32]byte{31: byte(i)}, Media: c.media, Content: c.content}
		v.Blobs = append(v.Blobs, vector{c.name, hex.EncodeToString(b.Append(nil)), b.ID().String(), c.kind})
	}
	v.Erasure = hex.EncodeToString(must(order().Sign(author("a"))).Append(nil))
	v.Report = hex.EncodeToString(must(report().Sign(nodeKey())).Append(nil))
	v.Offer = hex.EncodeToString(must(offer().Sign(author("a"))).Append(nil))
	got, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const path = "testdata/v1.json"
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("not what %s has", path)
	}
}
