package scans

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"slices"

	"github.com/ocopledger/ocop/ledger"
)

// The file: "ocop scans", a version byte, the rows by serial, and their CRC-32C. All numbers are big-endian.
const (
	magic   = "ocop scans\x01"
	rowSize = 8 + 4 + 8 + 4*4 // producer, number, serial; first day, last day, total, on the last day
	crcSize = 4
)

type row struct {
	Serial
	Count
}

var errDamaged = errors.New("the file of counts is damaged")

func encode(rows []row) []byte {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.Product.Producer, b.Product.Producer), cmp.Compare(a.Product.Number, b.Product.Number), cmp.Compare(a.Number, b.Number))
	})
	b := make([]byte, 0, len(magic)+len(rows)*rowSize+crcSize)
	b = append(b, magic...)
	for _, r := range rows {
		b = binary.BigEndian.AppendUint64(b, uint64(r.Product.Producer))
		b = binary.BigEndian.AppendUint32(b, r.Product.Number)
		b = binary.BigEndian.AppendUint64(b, r.Number)
		for _, n := range []uint32{uint32(r.Since), uint32(r.Last), r.Total, r.Today} {
			b = binary.BigEndian.AppendUint32(b, n)
		}
	}
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// decode reads at most most rows, which a file of ours never has more of.
func decode(data []byte, most int) (map[Serial]Count, error) {
	body := len(data) - crcSize
	if body < len(magic) || !bytes.HasPrefix(data, []byte(magic)) || (body-len(magic))%rowSize != 0 || (body-len(magic))/rowSize > most ||
		binary.BigEndian.Uint32(data[body:]) != crc32.Checksum(data[:body], crc32.MakeTable(crc32.Castagnoli)) {
		return nil, errDamaged
	}
	rows := make(map[Serial]Count)
	for b := data[len(magic):body]; len(b) > 0; b = b[rowSize:] {
		s := Serial{ledger.ProductID{Producer: ledger.AccountID(binary.BigEndian.Uint64(b)), Number: binary.BigEndian.Uint32(b[8:])}, binary.BigEndian.Uint64(b[12:])}
		day := func(at int) ledger.Date { return ledger.Date(binary.BigEndian.Uint32(b[at:])) }
		rows[s] = Count{day(20), day(24), binary.BigEndian.Uint32(b[28:]), binary.BigEndian.Uint32(b[32:])}
	}
	return rows, nil
}

func load(path string, log *slog.Logger, most int) (map[Serial]Count, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return make(map[Serial]Count), nil
	}
	if err != nil {
		return nil, fmt.Errorf("counts of opened codes: %w", err)
	}
	var data []byte
	if info.Size() <= int64(len(magic)+most*rowSize+crcSize) { // a longer one is none of ours, and is not read
		if data, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("counts of opened codes: %w", err)
		}
	}
	rows, err := decode(data, most)
	if err != nil {
		log.Warn("the counts of opened codes begin anew", "file", path, "error", err, "kept", path+".damaged")
		if err := os.Rename(path, path+".damaged"); err != nil {
			return nil, fmt.Errorf("counts of opened codes: %w", err)
		}
		return make(map[Serial]Count), nil
	}
	return rows, nil
}

// save writes the file beside its place and then there. It is not forced to disk: a power cut may lose some counts, and a damaged file is put aside.
func save(path string, rows []row) error {
	beside := path + ".new"
	if err := os.WriteFile(beside, encode(rows), 0o600); err != nil {
		return fmt.Errorf("counts of opened codes: %w", err)
	}
	if err := os.Rename(beside, path); err != nil {
		return fmt.Errorf("counts of opened codes: %w", err)
	}
	return nil
}
