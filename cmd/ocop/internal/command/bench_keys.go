package command

import (
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/internal/workload"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
)

// officersIn opens the keys of agencies in a directory, by the password that lies beside them, as a devnet has them. Keys of others are passed over.
func (a *app) officersIn(dir string) (officers []workload.Officer, err error) {
	if _, err := os.ReadDir(dir); err != nil { // Glob takes a directory that is not there for an empty one
		return nil, verb.Usage(lang.Text{
			Vi: "không đọc được thư mục khóa %s: dùng --dir hoặc --keys của devnet, hoặc --officer TỆP (%v)",
			En: "the directory of keys %s cannot be read: give a devnet's --dir or --keys, or --officer FILE (%v)"}, dir, err)
	}
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
