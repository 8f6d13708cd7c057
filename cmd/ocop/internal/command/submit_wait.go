package command

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func parseWait(s string) (apiv1.Wait, error) {
	switch s {
	case "admitted":
		return apiv1.Wait_WAIT_ADMITTED, nil
	case "committed":
		return apiv1.Wait_WAIT_COMMITTED, nil
	case "certified":
		return apiv1.Wait_WAIT_CERTIFIED, nil
	}
	return 0, lang.Errorf(lang.Text{Vi: "%q không phải là admitted, committed hay certified", En: "%q is none of admitted, committed and certified"}, s)
}

// proofFiles are the files written of a record; empty: none.
type proofFiles struct{ promise, receipt string }

// keepProofs writes promises and receipts beside the file that was submitted: its name, the first digits of the record's id, and what it is.
func keepProofs(path string, out *outgoing, outcomes []*apiv1.Outcome) ([]proofFiles, error) {
	base := strings.TrimSuffix(path, filepath.Ext(path)) + "-"
	files := make([]proofFiles, len(out.ids))
	for i, o := range outcomes {
		name := base + out.ids[i].String()[:16]
		var err error
		if files[i].promise, err = keepProof(name+".promise", o.GetPromise()); err != nil {
			return nil, err
		}
		if files[i].receipt, err = keepProof(name+".tlog-proof", o.GetReceipt()); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// keepProof writes a new file. One that is there already stays: an older promise is the better one, as its deadline is earlier, and a receipt does not age.
func keepProof(name string, data []byte) (string, error) {
	if len(data) == 0 {
		return "", nil
	}
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	return name, writeNew(name, data)
}
