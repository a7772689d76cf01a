package mail

import "strings"

// Widths of tables in columns. Wider ones are written cell below cell.
const (
	tableWidth = 78
	rowWidth   = 100
	cellGap    = " | "
)

// table collects the cells of a table until it is known how they fit.
type table struct {
	outside *canvas // where the table stands, and what is written outside its cells
	rows    [][][]string
	flat    bool // too deep: cells are lines of the outside
	inCell  bool
}

func (r *renderer) openTable() {
	r.canvas.endLine()
	r.tables = append(r.tables, &table{outside: r.canvas, flat: len(r.tables) >= maxTables})
}

func (r *renderer) top() *table {
	if len(r.tables) == 0 {
		return nil
	}
	return r.tables[len(r.tables)-1]
}

func (r *renderer) openRow() {
	t := r.top()
	if t == nil || t.flat {
		r.canvas.endLine()
		return
	}
	t.rows = append(t.rows, nil)
}

func (r *renderer) openCell() {
	t := r.top()
	if t == nil || t.flat || t.inCell {
		r.canvas.endLine()
		return
	}
	t.inCell = true
	r.canvas = &canvas{written: r.written}
}

func (r *renderer) closeCell() {
	t := r.top()
	if t == nil || t.flat || !t.inCell {
		r.canvas.endLine()
		return
	}
	t.inCell = false
	if len(t.rows) == 0 {
		t.rows = append(t.rows, nil)
	}
	last := len(t.rows) - 1
	t.rows[last] = append(t.rows[last], r.canvas.finish())
	r.canvas = t.outside
}

func (r *renderer) closeTable() {
	t := r.top()
	if t == nil {
		return
	}
	r.tables = r.tables[:len(r.tables)-1]
	r.canvas = t.outside
	if t.flat {
		r.canvas.endLine()
		return
	}
	t.write(r.canvas)
}

// write puts the table on the canvas: aligned columns if it is a table of short cells, otherwise row by row.
func (t *table) write(c *canvas) {
	if widths := t.widths(); widths != nil {
		c.gap()
		c.block(t.aligned(widths))
		c.gap()
		return
	}
	for _, row := range t.rows {
		writeRow(c, row)
	}
}

// widths measures the columns; nil means that the table is no grid of short cells.
func (t *table) widths() []int {
	if len(t.rows) < 2 {
		return nil
	}
	var widths []int
	grid := 0 // rows with at least two filled cells
	for _, row := range t.rows {
		filled := 0
		for i, cell := range row {
			if len(cell) > 1 {
				return nil
			}
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if len(cell) == 1 {
				filled++
				widths[i] = max(widths[i], columns(cell[0]))
			}
		}
		if filled >= 2 {
			grid++
		}
	}
	total := 0
	for _, w := range widths {
		total += w + len(cellGap)
	}
	if grid < 2 || total > tableWidth {
		return nil
	}
	return widths
}

func (t *table) aligned(widths []int) []string {
	var lines []string
	for _, row := range t.rows {
		var line strings.Builder
		gap := ""
		for i, w := range widths {
			if w == 0 {
				continue // a column of spacers
			}
			text := ""
			if i < len(row) && len(row[i]) == 1 {
				text = row[i][0]
			}
			line.WriteString(gap)
			line.WriteString(text)
			gap = strings.Repeat(" ", w-columns(text)) + cellGap
		}
		if s := strings.TrimRight(line.String(), " |"); s != "" {
			lines = append(lines, s)
		}
	}
	return lines
}

// writeRow writes cells beside one another if they are short, else below one another.
func writeRow(c *canvas, row [][]string) {
	var filled [][]string
	width, single := 0, true
	for _, cell := range row {
		if len(cell) == 0 {
			continue
		}
		filled = append(filled, cell)
		single = single && len(cell) == 1
		width += columns(cell[0]) + len(cellGap)
	}
	if single && len(filled) > 1 && width <= rowWidth {
		texts := make([]string, len(filled))
		for i, cell := range filled {
			texts[i] = cell[0]
		}
		c.block([]string{strings.Join(texts, cellGap)})
		return
	}
	for _, cell := range filled {
		if len(cell) > 1 || len(filled) > 1 {
			c.gap()
		}
		c.block(cell)
		if len(cell) > 1 || len(filled) > 1 {
			c.gap()
		}
	}
}
