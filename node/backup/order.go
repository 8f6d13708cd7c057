package backup

import "github.com/ocopledger/ocop/ledger/flaw"

// OrderPath is where the operator's door takes orders of backups, by POST.
const OrderPath = "/backup"

// Order asks a node for a backup: the body of the request, as JSON. The answer is the Manifest, or Refused.
type Order struct {
	To string `json:"to"` // folder on the node's machine: absolute, not there yet, its parent writable by the node
}

// Refused is the answer when there is no backup.
type Refused struct {
	Exists bool      `json:"exists,omitempty"` // something is there already
	Reason flaw.Flaw `json:"reason"`
}
