package devnet

import (
	"context"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// names are the names that people committed to, as public blobs.
func (p *People) names() (blobs []*blob.Blob, err error) {
	f, err := os.Open(filepath.Join(p.dir, commitmentsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, row := range rows { // hash, field, value, salt
		if len(row) != 4 || row[1] != compose.CommitName {
			continue
		}
		b := &blob.Blob{Media: blob.Name, Content: []byte(row[2])}
		salt, err := hex.DecodeString(row[3])
		if err != nil || len(salt) != len(b.Salt) {
			return nil, fmt.Errorf("%s: a salt of %s", commitmentsFile, row[0])
		}
		b.Salt = [blob.SaltSize]byte(salt)
		blobs = append(blobs, b)
	}
	return blobs, nil
}

// pictures are the blobs that people keep as files.
func (p *People) pictures() (blobs []*blob.Blob, err error) {
	paths, err := filepath.Glob(filepath.Join(p.dir, "*"+blobSuffix))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		b, err := blob.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		blobs = append(blobs, b)
	}
	return blobs, nil
}

// show brings the names of the sample's households, which are made up, and its picture to a node: the others fetch them. What somebody has had erased stays so,
// and one of a record that was drawn anew is named by nobody.
func (r *Running) show(ctx context.Context) error {
	names, err := r.People.names()
	if err != nil {
		return err
	}
	pictures, err := r.People.pictures()
	if err != nil {
		return err
	}
	blobs := append(names, pictures...)
	if _, err := r.Agree(ctx); err != nil { // so that the node asked knows the records
		return err
	}
	for _, b := range blobs {
		for {
			_, err := r.clients[0].Blobs.PutBlob(ctx, &apiv1.PutBlobRequest{Container: b.Append(nil)})
			e, told := errors.AsType[*client.Error](err)
			if told && e.Reason == reason.Unavailable.String() { // the node is still looking through its ledger
				select {
				case <-time.After(agreePoll):
					continue
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			if told && (e.Reason == reason.BlobErased.String() || e.Reason == reason.BlobNotNamed.String()) {
				err = nil
			}
			if err != nil {
				return err
			}
			break
		}
	}
	return nil
}
