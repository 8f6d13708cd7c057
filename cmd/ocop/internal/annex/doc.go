// Package annex reads the annex (phụ lục) of a Decision from a spreadsheet: one row a product.
//
// Spreadsheets are written by people for people. Columns may stand in any order under Vietnamese or English names; titles, blank rows and
// section rows merged across columns stand between the items; a number is 85,5 or 85.50 or a text; text is in whatever normal form the machine
// that wrote it prefers. All that is understood. What could mean two things is refused, and everything that is wrong is reported at once, with
// the address of the cell: [Sheet.Read] collects, what a ledger says of the rows is added to it, and [Sheet.WriteBack] returns the sheet with the problems beside the rows they are in.
package annex

import (
	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
)

// Bounds of a file: what a Decision of 65,535 items needs, several times over.
const (
	maxFile  = 32 << 20
	maxUnzip = 256 << 20
	maxRows  = 100_000
)

// Row is an item of the annex.
type Row struct {
	Line        int // row of the sheet, from 1
	Item        uint16
	Product     ledger.ProductID
	Name        string // as the sheet has it, for people to compare; not signed
	Star        uint8
	A, B, C     uint32 // hundredths of a point
	Total       uint32
	Minimums    bool
	Group       string
	From, Until ledger.Date
	Predecessor ledger.CertificateID // zero: a first certificate
}

// Problem is something wrong with a cell, or, without column, with a row.
type Problem struct {
	Line int
	Cell string // "D7"; empty: the row as a whole
	Err  error
}

// Skipped is a row that was left out.
type Skipped struct {
	Line int
	Why  lang.Text
}

// Annex is what a sheet says. It may be signed only when Problems is empty.
type Annex struct {
	Rows     []Row
	Skipped  []Skipped
	Ignored  []string // headings of columns that were not understood
	Problems []Problem

	at [columns]int // where the columns are, from 0; −1: there is none
}

// Defaults stand for columns that the sheet does not have.
type Defaults struct {
	From, Until ledger.Date // 0: the column is required
}
