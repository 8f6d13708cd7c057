package command

import (
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
)

// openDocument opens a Decision's file. Anything may be a document; a folder is not.
func openDocument(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fail(exitUsage, lang.Text{Vi: "%s là thư mục, cần một tệp", En: "%s is a folder, want a file"}, path)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// cleanName is a file's name as it stands on the ledger.
func cleanName(path string) string { return draft.Clean(filepath.Base(path)) }
