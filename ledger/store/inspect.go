package store

// CheckPages looks through the structure of a bbolt file that nobody writes to, of whatever content, before bbolt is let at it: damaged pages can end the
// process, or keep it busy for minutes. Pages are those of the ledger's files, 4 KiB. Errors: *DamagedPages, those of the disk.
func CheckPages(path string) error {
	found, err := checkPages(path)
	if err == nil && len(found) > 0 {
		err = &DamagedPages{found}
	}
	return err
}
