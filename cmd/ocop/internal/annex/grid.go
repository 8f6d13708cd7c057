package annex

import "github.com/xuri/excelize/v2"

// cell is a cell as it is stored.
type cell struct {
	text   string // raw: numbers as the file has them, whatever the sheet shows
	number bool   // typed as number, not text
	broken bool   // a formula whose result is not in the file
	filled bool   // repeated from the top of a merged range
}

// span is a merged range, rows and columns from 0, ends included.
type span struct{ top, left, bottom, right int }

// grid is a sheet: rows of cells from row 1 of the file on.
type grid struct {
	rows   [][]cell
	merged []span
	era    bool // dates count from 1904
}

func (g *grid) at(row, col int) cell {
	if row < len(g.rows) && col >= 0 && col < len(g.rows[row]) {
		return g.rows[row][col]
	}
	return cell{}
}

// fill repeats the value of cells merged downwards in each of their rows: "2 stars for all of these" is written once.
func (g *grid) fill() {
	for _, m := range g.merged {
		if m.left != m.right {
			continue
		}
		value := g.at(m.top, m.left)
		value.filled = true
		for row := m.top + 1; row <= m.bottom && row < len(g.rows); row++ {
			for len(g.rows[row]) <= m.left {
				g.rows[row] = append(g.rows[row], cell{})
			}
			g.rows[row][m.left] = value
		}
	}
}

// address is a cell's name, such as D7, for a row and column from 0.
func address(row, col int) string {
	name, err := excelize.CoordinatesToCellName(col+1, row+1)
	if err != nil {
		return ""
	}
	return name
}
