package main

import (
	"os"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
)

// bar shows the progress of long work, to a person at a terminal only.
type bar struct {
	what string
	on   *os.File // nil: nobody looks
	bar  *progressbar.ProgressBar
}

func newBar(cmd *cobra.Command, what string) *bar {
	b := &bar{what: what}
	if f, ok := cmd.ErrOrStderr().(*os.File); ok && terminal(f) {
		b.on = f
	}
	return b
}

// to says how much of all is done.
func (b *bar) to(done, all int) {
	if b.on == nil {
		return
	}
	if b.bar == nil {
		b.bar = progressbar.NewOptions(all, progressbar.OptionSetWriter(b.on), progressbar.OptionSetDescription(b.what),
			progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
	}
	_ = b.bar.Set(done) // a bar that cannot be drawn is no matter
}

// end takes the bar off the terminal.
func (b *bar) end() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}
