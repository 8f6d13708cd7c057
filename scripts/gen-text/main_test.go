package main

import (
	"bytes"
	"os"
	"testing"
)

// A newer toolchain must give the frozen table.
func TestCommittedTableIsWhatIsGenerated(t *testing.T) {
	got, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../ledger/wire/text/table_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the table differs from ledger/wire/text/table_gen.go, which is frozen")
	}
}
