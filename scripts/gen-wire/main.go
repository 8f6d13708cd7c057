// Command gen-wire writes the tables by which ledger/wire accepts messages, from the descriptors of the generated Go code of
// proto/ocop/record/v1, and of the test messages of ledger/wire. It refuses messages that no table can bound: see compile.
package main

import (
	"log"
	"os"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/ocopledger/ocop/ledger/wire/testdata/wiretest"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// output is one table to write.
type output struct {
	file     string // relative to the root of the repository
	pkg      protoreflect.FullName
	variable string
	prefix   string // of the constants for message ids
}

func outputs() []output {
	return []output{
		{"ledger/wire/table_gen.go", recordv1.File_ocop_record_v1_action_proto.Package(), "records", "Message"},
		{"ledger/wire/wiretest_gen_test.go", wiretest.File_wiretest_wiretest_proto.Package(), "tests", "test"},
	}
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen-wire: ")
	for _, o := range outputs() {
		source, err := o.generate()
		if err == nil {
			err = os.WriteFile(o.file, source, 0o644)
		}
		if err != nil {
			log.Fatalf("%s: %v", o.pkg, err)
		}
	}
}

func (o output) generate() ([]byte, error) {
	var files []protoreflect.FileDescriptor
	protoregistry.GlobalFiles.RangeFilesByPackage(o.pkg, func(f protoreflect.FileDescriptor) bool {
		files = append(files, f)
		return true
	})
	t, err := compile(files)
	if err != nil {
		return nil, err
	}
	return t.source(o)
}
