package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jobs-agent/jobs/runners"
)

// TestMain lets the test binary be the program that the scripts start, and its
// supervisor process.
func TestMain(m *testing.M) {
	if runners.IsSupervisor() {
		os.Exit(program())
	}
	testscript.Main(m, map[string]func(){"jobs-agent": main})
}
