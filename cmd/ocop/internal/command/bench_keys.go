package command

import (
	"path/filepath"

	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/workload"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
)

// officersIn opens the keys of agencies in a directory, by the password that lies beside them, as a devnet has them. Keys of others are passed over.
func (a *app) officersIn(dir string) (officers []workload.Officer, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	beside := password.Source{File: filepath.Join(dir, "password.txt")}
	for _, name := range names {
		data, err := keystore.ReadFile(name)
		if err != nil {
			return nil, err
		}
		info, err := keystore.Inspect(data)
		if err != nil || info.Purpose != ident.PurposeAuthor || info.Account == 0 || info.Account >= ledger.AccountRange {
			continue
		}
		key, account, err := a.openAuthor(name, beside)
		if err != nil {
			return nil, err
		}
		officers = append(officers, officerOf(account, key))
	}
	return officers, nil
}

func officerOf(account uint64, key *ident.PrivateKey) workload.Officer {
	return workload.Officer{Account: ledger.AccountID(account), Key: key}
}
