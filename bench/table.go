package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// column is one figure of an experiment. Those with rates are followed by how often
// better our row, the first, is than the others.
type column struct {
	key, title string
	form       func(v float64) string
	rates      direction
}

type direction int

const (
	higher direction = iota + 1
	lower
)

// count writes 12345.6 as 12,346.
func count(v float64) string {
	digits := fmt.Sprintf("%.0f", math.Abs(v))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if v <= -0.5 {
		digits = "-" + digits
	}
	return digits
}

func decimal(v float64) string { return fmt.Sprintf("%.1f", v) }
func precise(v float64) string { return fmt.Sprintf("%.2f", v) }
func share(v float64) string   { return fmt.Sprintf("%.3f", v) }
func times(v float64) string   { return fmt.Sprintf("%.1fx", v) }

// print writes a table an experiment: medians of the rounds.
func (res *result) print(out io.Writer, chosen []experiment) error {
	var setup []string
	for name, version := range res.Setup {
		setup = append(setup, name+" "+version)
	}
	slices.Sort(setup)
	fmt.Fprintf(out, "%s\nMedians of the rounds. Nx: so many times better is the first row, the median of the ratios in each round.\n", strings.Join(setup, ", "))
	for _, e := range chosen {
		fmt.Fprintf(out, "\n%s\n\n", e.title)
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		for _, line := range res.table(e) {
			fmt.Fprintln(w, strings.Join(line, "\t")+"\t")
		}
		if err := w.Flush(); err != nil {
			return err
		}
		for _, r := range res.Records {
			if r.Experiment == e.name && r.Failed != "" {
				fmt.Fprintf(out, "%s, round %d: %s\n", r.Row, r.Round, r.Failed)
			}
		}
	}
	return nil
}

// table answers the head and the rows of those that were measured.
func (res *result) table(e experiment) [][]string {
	head := []string{""}
	for _, c := range e.columns {
		head = append(head, c.title)
		if c.rates != 0 && len(e.rows) > 1 {
			head = append(head, "")
		}
	}
	lines := [][]string{head}
	for _, row := range e.rows {
		if len(res.of(e.name, row.name)) == 0 {
			continue
		}
		line := []string{row.name}
		for _, c := range e.columns {
			line = append(line, res.cell(e, row, c))
			if c.rates != 0 && len(e.rows) > 1 {
				line = append(line, res.ratio(e, row, c))
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func (res *result) of(experiment, row string) []record {
	var found []record
	for _, r := range res.Records {
		if r.Experiment == experiment && r.Row == row {
			found = append(found, r)
		}
	}
	return found
}

func (res *result) cell(e experiment, row candidate, c column) string {
	var all []float64
	for _, r := range res.of(e.name, row.name) {
		if v, ok := r.Values[c.key]; ok {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return "-"
	}
	return c.form(median(all))
}

// ratio compares a row with the first in each round, and answers the median.
func (res *result) ratio(e experiment, row candidate, c column) string {
	var all []float64
	for _, first := range res.of(e.name, e.rows[0].name) {
		for _, r := range res.of(e.name, row.name) {
			ours, ok := first.Values[c.key]
			theirs, also := r.Values[c.key]
			if r.Round != first.Round || !ok || !also || ours == 0 || theirs == 0 {
				continue
			}
			if c.rates == higher {
				all = append(all, ours/theirs)
			} else {
				all = append(all, theirs/ours)
			}
		}
	}
	if len(all) == 0 {
		return ""
	}
	return times(median(all))
}

// median is the middle one, or between the middle two.
func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	n := len(all)
	if n%2 == 1 {
		return all[n/2]
	}
	return (all[n/2-1] + all[n/2]) / 2
}
