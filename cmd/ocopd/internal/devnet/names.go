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

// showNames brings the names of the sample's households, which are made up, to a node: the others fetch them. A name that somebody has had erased stays so, and
// one of a record that was drawn anew is named by nobody.
func (r *Running) showNames(ctx context.Context) error {
	blobs, err := r.People.names()
	if err != nil {
		return err
	}
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
