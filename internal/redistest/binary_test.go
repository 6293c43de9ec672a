package redistest

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFindBinary(t *testing.T) {
	dir := t.TempDir()
	valkey := filepath.Join(dir, "valkey-server")
	if err := os.WriteFile(valkey, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, variable, path, want string
		fails                      bool
	}{
		{"the variable wins", valkey, os.Getenv("PATH"), valkey, false},
		{"valkey serves where there is no redis", "", dir, valkey, false},
		{"none at all is an error", "", t.TempDir(), "", true},
		{"a variable that names nothing is an error", filepath.Join(dir, "none"), dir, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(binaryVariable, tt.variable)
			t.Setenv("PATH", tt.path)
			got, err := findBinary()
			if got != tt.want || (err != nil) != tt.fails {
				t.Errorf("got %q, %v, want %q, failure %v", got, err, tt.want, tt.fails)
			}
		})
	}
}
