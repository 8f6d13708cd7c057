package command

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/receipt"
)

// readHandovers reads handover files, as many as a receipt may hold, and those in folders under the numbers of their epochs, as a node serves them and a mirror keeps them.
func readHandovers(paths []string) (files [][]byte, err error) {
	for _, path := range paths {
		names := []string{path}
		if info, err := os.Stat(path); err != nil {
			return nil, err
		} else if info.IsDir() {
			if names, err = numbered(path); err != nil {
				return nil, err
			}
		}
		if len(files)+len(names) > receipt.MaxHandovers {
			return nil, fail(exitInput, lang.Text{Vi: "--handover: quá %d tệp", En: "--handover: more than %d files"}, receipt.MaxHandovers)
		}
		for _, name := range names {
			data, err := readBounded(name, checkpoint.MaxProof)
			if err != nil {
				return nil, err
			}
			files = append(files, data)
		}
	}
	return files, nil
}

// numbered are the files in a folder whose names are numbers from 1, in their order. 0 is the policy file that the epochs begin with.
func numbered(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var epochs []uint64
	for _, e := range entries {
		if n, err := strconv.ParseUint(e.Name(), 10, 32); err == nil && n > 0 && strconv.FormatUint(n, 10) == e.Name() {
			epochs = append(epochs, n)
		}
	}
	if len(epochs) == 0 {
		return nil, fail(exitInput, lang.Text{Vi: "%s không có tệp chuyển giao nào mang tên 1, 2, …", En: "%s has no handover files named 1, 2, …"}, dir)
	}
	slices.SortFunc(epochs, cmp.Compare[uint64])
	names := make([]string, len(epochs))
	for i, n := range epochs {
		names[i] = filepath.Join(dir, strconv.FormatUint(n, 10))
	}
	return names, nil
}
