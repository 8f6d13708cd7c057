package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// spawn runs a node's directory in a process of its own, which kill ends at once, as a power cut does.
func (n *network) spawn(dir string) (kill func()) {
	n.t.Helper()
	cmd := exec.Command(os.Args[0], "run", "--dir", dir)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	log := new(buffer)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	killed := false
	kill = func() {
		if !killed {
			killed = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	n.t.Cleanup(func() {
		kill()
		if n.t.Failed() {
			text := log.String()
			n.t.Logf("%s:\n%s", dir, text[max(0, len(text)-3000):])
		}
	})
	return kill
}

// answers waits until a public door answers a path with a status, and gives the answer.
func (n *network) answers(door, path string, status int) (header http.Header, body string) {
	n.t.Helper()
	last := 0
	for end := time.Now().Add(2 * patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		answer, err := http.Get("http://" + door + path)
		if err != nil {
			continue
		}
		data, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if last = answer.StatusCode; err == nil && last == status {
			return answer.Header, string(data)
		}
	}
	n.t.Fatalf("%s%s: %d, want %d", door, path, last, status)
	return nil, ""
}

func (n *network) officer(i int) *ident.PrivateKey {
	n.t.Helper()
	data, err := keystore.ReadFile(n.keys(i))
	if err != nil {
		n.t.Fatal(err)
	}
	kept, err := keystore.Decrypt(data, []byte(testPassword))
	if err != nil {
		n.t.Fatal(err)
	}
	key, err := kept.Author()
	if err != nil {
		n.t.Fatal(err)
	}
	return key
}

// blobs calls the blob service of a node.
func (n *network) blobs(door string, call func(context.Context, *client.Client) error) error {
	n.t.Helper()
	c, err := client.New(door, client.Options{})
	if err != nil {
		n.t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(n.t.Context(), patience)
	defer cancel()
	return call(ctx, c)
}

// because wants a node's refusal to have a reason and both sentences.
func because(t *testing.T, err error, reason string) {
	t.Helper()
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Reason != reason || e.Vietnamese == "" || e.English == "" || strings.ContainsAny(e.Vietnamese+e.English, "{}") {
		t.Errorf("%v, want %s", err, reason)
	}
}

// TestBlobs: put at one process, shown by all and by a replica; erased at another, shown by none, and by the one that was killed meanwhile neither; orders are
// in a backup, and blobs are not.
func TestBlobs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("processes are ended otherwise there")
	}
	n := newNetwork(t)
	doors := []string{n.public(0), n.public(1), n.public(2), n.address(3, 0)}
	var kill []func()
	for i := range 3 {
		kill = append(kill, n.spawn(n.node(i)))
	}
	for i := range 3 {
		n.answers(n.address(i, 2), "/readyz", http.StatusOK)
	}
	n.must("join", "--genesis", n.path("genesis"), "--from", n.public(1), "--dir", n.path("replica"), "--public", doors[3], "--operator", n.address(3, 2))
	n.spawn(n.path("replica"))
	n.answers(n.address(3, 2), "/readyz", http.StatusOK)

	person := "Hộ kinh doanh Y Blơ Niê"
	b := &blob.Blob{Salt: [32]byte{1, 2, 3}, Media: blob.Name, Content: []byte(person)}
	id := b.ID()
	path := "/blob/" + id.String()
	g, _, err := readGenesis(n.path("genesis"))
	if err != nil {
		t.Fatal(err)
	}
	offer := blob.Offer{Chain: g.Chain, Blob: id, Account: 1, Time: uint64(time.Now().UnixMilli())}
	offered, err := offer.Sign(n.officer(0))
	if err != nil {
		t.Fatal(err)
	}
	put := func(door string, q *apiv1.PutBlobRequest) error {
		return n.blobs(door, func(ctx context.Context, c *client.Client) error {
			_, err := c.Blobs.PutBlob(ctx, q)
			return err
		})
	}
	because(t, put(doors[0], &apiv1.PutBlobRequest{Container: b.Append(nil)}), "blob_not_named")
	because(t, put(doors[0], &apiv1.PutBlobRequest{Container: []byte("<html>")}), "blob_malformed")
	if err := put(doors[0], &apiv1.PutBlobRequest{Container: b.Append(nil), Offer: offered.Append(nil)}); err != nil {
		t.Fatal(err)
	}
	n.answers(doors[0], path, http.StatusNotFound)
	const account = ledger.AccountRange + 77
	n.submit(0, doors[1], compose.Act(&recordv1.RegisterAccount{
		Account: uint64(account), Kind: recordv1.AccountKind_ACCOUNT_KIND_HOUSEHOLD_BUSINESS, Roles: 1, Name: compose.BlobName(id), Territory: 67,
	}))
	for _, door := range doors {
		header, body := n.answers(door, path, http.StatusOK)
		if body != person || header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %q %v", door, body, header)
		}
		if _, file := n.answers(door, path+".blob", http.StatusOK); file != string(b.Append(nil)) {
			t.Errorf("%s: another container", door)
		}
	}

	n.picture(doors, account)
	page := "/p/" + ledger.ProductID{Producer: account, Number: 1}.String()
	if _, says := n.answers(doors[0], page, http.StatusOK); !strings.Contains(says, person) {
		t.Errorf("a household's product is not said to be of %s", person)
	}

	kill[2]()
	e := blob.Erasure{Chain: g.Chain, Blob: id, Subject: subject.Account(account), Agency: 1, Epoch: 1, Time: uint64(time.Now().UnixMilli()), Ground: blob.GroundConsent}
	erase := func(by int) error {
		e.Agency = ledger.AccountID(by + 1)
		order, err := e.Sign(n.officer(by))
		if err != nil {
			t.Fatal(err)
		}
		return n.blobs(doors[1], func(ctx context.Context, c *client.Client) error {
			_, err := c.Blobs.EraseBlob(ctx, &apiv1.EraseBlobRequest{Order: order.Append(nil)})
			return err
		})
	}
	because(t, erase(1), "erasure_refused")
	if err := erase(0); err != nil {
		t.Fatal(err)
	}
	for _, door := range []string{doors[0], doors[1], doors[3]} {
		if _, says := n.answers(door, path, http.StatusGone); !strings.Contains(says, "đã xóa theo lệnh của cơ quan 1") || !strings.Contains(says, "erased by order of agency 1") {
			t.Errorf("%s: %q", door, says)
		}
		if _, says := n.answers(door, page, http.StatusOK); strings.Contains(says, person) {
			t.Errorf("%s: the product's page has the erased name", door)
		}
	}
	n.spawn(n.node(2))
	n.answers(doors[2], path, http.StatusGone)
	n.answers(doors[3], path+"-3.report", http.StatusOK)
	because(t, put(doors[2], &apiv1.PutBlobRequest{Container: b.Append(nil), Offer: offered.Append(nil)}), "blob_erased")
	for i := range 3 {
		n.without(n.node(i), person)
	}
	n.without(n.path("replica"), person)

	folder := n.path("backup")
	n.must("backup", "--dir", n.node(0), "--to", folder)
	if err := os.CopyFS(n.path("other", "keys"), os.DirFS(n.path("node0", "keys"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(n.path("other", "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	n.must("restore", "--from", folder, "--dir", n.path("other"), "--chain-id", n.chain)
	if _, err := os.Stat(n.path("other", "data", "erasures", id.String()+".erasure")); err != nil {
		t.Errorf("a restore forgets what was erased: %v", err)
	}
}

// picture gives a product a photo, which anybody may bring once the ledger names it, to a replica for example; and takes it away again.
func (n *network) picture(doors []string, producer ledger.AccountID) {
	n.t.Helper()
	var content bytes.Buffer
	if err := png.Encode(&content, image.NewGray(image.Rect(0, 0, 33, 22))); err != nil {
		n.t.Fatal(err)
	}
	b := &blob.Blob{Salt: [32]byte{4}, Media: blob.PNG, Content: content.Bytes()}
	id := b.ID()
	product := ledger.ProductID{Producer: producer, Number: 1}
	n.submit(0, doors[0], compose.Act(&recordv1.RegisterProduct{
		Product: compose.ProductRef(product), Name: compose.RegisterName("Mắc ca"), Group: &recordv1.GroupRef{Scheme: genesis.RS2025, Code: "food"},
		Unit: recordv1.Unit_UNIT_GRAM, Origin: 67,
	}), compose.Act(&recordv1.SetPicture{Product: compose.ProductRef(product), Blob: id[:]}))
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		err := n.blobs(doors[3], func(ctx context.Context, c *client.Client) error {
			_, err := c.Blobs.PutBlob(ctx, &apiv1.PutBlobRequest{Container: b.Append(nil)})
			return err
		})
		if err == nil {
			break
		}
		if time.Now().After(end) {
			n.t.Fatal(err)
		}
	}
	for _, door := range doors {
		header, body := n.answers(door, "/blob/"+id.String(), http.StatusOK)
		if body != content.String() || header.Get("Content-Type") != "image/png" {
			n.t.Errorf("%s: %d bytes, %v", door, len(body), header)
		}
		if _, page := n.answers(door, "/p/"+product.String(), http.StatusOK); !strings.Contains(page, `src="/blob/`+id.String()) {
			n.t.Errorf("%s: the product's page is without its picture", door)
		}
	}
	n.submit(0, doors[0], compose.Act(&recordv1.SetPicture{Product: compose.ProductRef(product)}))
}

// without wants no file of a folder to hold a text.
func (n *network) without(dir, text string) {
	n.t.Helper()
	if err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), text) {
			err = fmt.Errorf("%s holds what was erased", path)
		}
		return err
	}); err != nil {
		n.t.Error(err)
	}
}
