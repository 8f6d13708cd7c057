package examine

import (
	"os"
	"path/filepath"
	"strings"
)

// unit is the service that the package installs, and where systemd looks for it, the operator's own version first.
const unit = "ocopd"

var unitPaths = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}

// service is the service that runs the node of a directory; empty: none does, as far as its file tells.
func service(dir string) string {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for _, path := range unitPaths {
		text, err := os.ReadFile(filepath.Join(path, unit+".service"))
		if err != nil {
			continue
		}
		if runs(string(text), absolute) {
			return unit
		}
		return ""
	}
	return ""
}

// runs tells whether a unit's command names a directory.
func runs(text, dir string) bool {
	for line := range strings.Lines(text) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=")
		if words := strings.Fields(command); ok {
			for i, word := range words {
				if word == "--dir" && i+1 < len(words) && filepath.Clean(words[i+1]) == dir || strings.TrimPrefix(word, "--dir=") == dir {
					return true
				}
			}
		}
	}
	return false
}
