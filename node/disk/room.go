package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// ErrUnknown: this system does not tell how much room there is.
var ErrUnknown = errors.New("the room on the disk is not known on this system")

// Room is the room on the disk of a directory, as an ordinary user has it.
type Room struct {
	Free, Total uint64 // bytes
	FreeInodes  uint64 // files that can still be made; 0: the file system has no bound, or does not tell
}

// Of asks for the room on the disk that holds a directory.
func Of(dir string) (Room, error) { return of(dir) }

// Size is how large a file is.
type Size struct {
	Bytes int64 // its length
	Taken int64 // bytes of the disk that it takes, as Taken tells
}

// Taken is how many bytes of the disk a file takes: less than its length where it was made longer ahead, as bbolt does. Where the system does not tell, it is the length.
func Taken(info fs.FileInfo) int64 { return taken(info) }

// Files are the sizes of the regular files in a directory and below; names are relative, with slashes. What goes while it is looked at is
// left out, and so are folders right in the directory that are excepted: whoever has many files there counts them otherwise.
func Files(dir string, except ...string) (map[string]Size, error) {
	sizes := make(map[string]Size)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err == nil && entry.IsDir() && filepath.Dir(path) == dir && slices.Contains(except, entry.Name()) {
			return filepath.SkipDir
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		sizes[filepath.ToSlash(name)] = Size{info.Size(), taken(info)}
		return err
	})
	return sizes, err
}
