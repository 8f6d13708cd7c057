package main

import (
	"bytes"
	"os"
	"testing"
)

func TestCommittedTablesAreWhatIsGenerated(t *testing.T) {
	for _, o := range outputs() {
		got, err := o.generate()
		if err != nil {
			t.Fatalf("%s: %v", o.pkg, err)
		}
		want, err := os.ReadFile("../../" + o.file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run scripts/generate.sh", o.file)
		}
	}
}
