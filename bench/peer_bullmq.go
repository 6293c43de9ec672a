package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// installBullMQ makes node_modules as package-lock.json says, unless that has been
// done. bullmq.mjs is the process that uses it.
func installBullMQ(ctx context.Context) error {
	if _, err := os.Stat("bullmq.mjs"); err != nil {
		return errors.New("bullmq.mjs is not in this folder: run in the folder bench")
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("no %s in the PATH", program)
		}
	}
	if installed() {
		return nil
	}
	out, err := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund").CombinedOutput()
	if err != nil {
		return fmt.Errorf("npm ci: %w: %s", err, lastLine(string(out)))
	}
	return nil
}

// installed tells whether npm has finished after the lock file was changed last.
func installed() bool {
	lock, err := os.Stat("package-lock.json")
	if err != nil {
		return false
	}
	done, err := os.Stat("node_modules/.package-lock.json")
	return err == nil && !done.ModTime().Before(lock.ModTime())
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
