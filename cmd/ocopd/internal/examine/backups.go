package examine

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/doctor"
)

// maxBackupDepth is how far below the folder files are looked for: a folder of backups, each a folder.
const maxBackupDepth = 3

// backups looks through the folder that the operator names. Of what lies there, whatever was written last is the newest backup.
func backups(folder, data string, now time.Time) *doctor.Backups {
	if folder == "" {
		return nil
	}
	b := &doctor.Backups{Folder: folder, Newest: -1}
	b.SameDisk = sameDisk(folder, data)
	_ = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		rest, _ := filepath.Rel(folder, path)
		switch {
		case err != nil:
			return nil // what cannot be looked at is left out
		case e.IsDir() && strings.Count(rest, string(filepath.Separator)) >= maxBackupDepth:
			return fs.SkipDir
		case e.IsDir():
			return nil
		}
		if info, err := e.Info(); err == nil {
			if age := max(0, now.Sub(info.ModTime())); b.Newest < 0 || age < b.Newest {
				b.Newest = age
			}
		}
		if strings.HasSuffix(e.Name(), ".key") {
			b.KeyFiles = append(b.KeyFiles, rest)
		}
		return nil
	})
	slices.Sort(b.KeyFiles)
	return b
}
