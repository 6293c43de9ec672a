package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// table writes rows in columns that are as wide as the rows of the first flush
// need.
type table struct {
	out    io.Writer
	color  bool
	head   []string
	rows   [][]string
	widths []int
}

func newTable(p *page, head ...string) *table {
	return &table{out: p, color: p.color, head: head}
}

func (t *table) add(cells ...string) {
	for i, cell := range cells {
		cells[i] = printable(cell)
	}
	t.rows = append(t.rows, cells)
}

// flush writes what was added since the last flush.
func (t *table) flush() {
	rows := t.rows
	if t.widths == nil {
		t.widths = make([]int, len(t.head))
		rows = append([][]string{t.head}, rows...)
		for _, row := range rows {
			for i, cell := range row {
				t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell))
			}
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(t.painted(i, cell))
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", max(0, t.widths[i]-utf8.RuneCountInString(cell))+2))
			}
		}
		fmt.Fprintln(t.out, strings.TrimRight(line.String(), " "))
	}
	t.rows = t.rows[:0]
}

// painted colours the states, by what they mean.
func (t *table) painted(column int, cell string) string {
	if !t.color || t.head[column] != "STATE" {
		return cell
	}
	switch cell {
	case "succeeded", "alive", "ok":
		return "\x1b[32m" + cell + "\x1b[0m"
	case "failed", "dead", "silent", "quarantined", "problem":
		return "\x1b[31m" + cell + "\x1b[0m"
	case "retrying", "cancelled", "due", "warning", "paused", "draining", "drained":
		return "\x1b[33m" + cell + "\x1b[0m"
	}
	return cell
}

// printable keeps text from moving the cursor of a terminal, whoever wrote it.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) && r != utf8.RuneError }) || !utf8.ValidString(text) {
		return strconv.Quote(text)
	}
	return text
}

// short cuts a text for a column.
func short(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-3]) + "..."
}
