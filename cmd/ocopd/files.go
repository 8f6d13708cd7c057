package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
)

// maxGenesis bounds a genesis file: the body and all countersignatures.
const maxGenesis = ledger.MaxGenesisBody + 64<<10

// readFile reads a file of at most so many bytes.
func readFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, fail(exitInput, lang.Text{Vi: "%s lớn hơn %d byte", En: "%s is larger than %d bytes"}, path, most)
	}
	return data, nil
}

func readGenesis(path string) (*genesis.Genesis, []byte, error) {
	data, err := readFile(path, maxGenesis)
	if err != nil {
		return nil, nil, err
	}
	g, err := parseGenesis(path, data)
	return g, data, err
}

func parseGenesis(path string, data []byte) (*genesis.Genesis, error) {
	g, err := genesis.Parse(data)
	if err != nil {
		return nil, fail(exitInput, lang.Text{Vi: "%s không phải tệp khởi nguyên đúng: %v", En: "%s is not a sound genesis file: %v"}, path, err)
	}
	return g, nil
}

func readDescriptor(path string) (*genesis.Descriptor, error) {
	data, err := readFile(path, genesis.MaxDescriptor)
	if err != nil {
		return nil, err
	}
	return parseDescriptor(path, data)
}

func parseDescriptor(path string, data []byte) (*genesis.Descriptor, error) {
	d, err := genesis.ParseDescriptor(data)
	if err != nil {
		return nil, fail(exitInput, lang.Text{Vi: "%s không phải bản mô tả đúng: %v", En: "%s is not a sound descriptor: %v"}, path, err)
	}
	return d, nil
}

// writeNew writes a file that nobody has yet, and leaves none that is not whole.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// replace writes a file anew: what is read is the old one or the new one.
func replace(path string, data []byte) error {
	part := path + ".part"
	if err := writeNew(part, data); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(part, path); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return nil
}
