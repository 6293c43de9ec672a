// Command gen writes the pages of docs/ that follow from the sources: commands.md,
// keys.md and metadata.md. With -check it only tells whether they are up to date;
// with -assembled it writes the command set as Redis gets it, for linting.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jobs-agent/jobs/scripts"
)

func main() {
	check := flag.Bool("check", false, "fail when a page is not up to date")
	assembled := flag.String("assembled", "", "write the assembled commands to this folder instead")
	flag.Parse()
	if err := run(*check, *assembled); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(check bool, assembled string) error {
	sources, err := scripts.Sources()
	if err != nil {
		return err
	}
	if assembled != "" {
		return writeAssembled(assembled, sources)
	}
	pages := map[string][]byte{
		"docs/commands.md": commandsPage(sources),
		"docs/keys.md":     keysPage(scripts.Table()),
		"docs/metadata.md": metadataPage(),
	}
	var errs []error
	for path, page := range pages {
		if check {
			if old, err := os.ReadFile(path); err != nil || !bytes.Equal(old, page) {
				errs = append(errs, fmt.Errorf("%s is not what the sources give: run `make generate`", path))
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		errs = append(errs, os.WriteFile(path, page, 0o644))
	}
	return errors.Join(errs...)
}

func writeAssembled(dir string, sources []scripts.Source) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, s := range sources {
		if err := os.WriteFile(filepath.Join(dir, s.Name+".lua"), []byte(s.Text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
