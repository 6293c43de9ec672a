package boardfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs/boardfile"
)

// quick fails when reading a text took long for its size.
func quick(t *testing.T, began time.Time, text string) {
	t.Helper()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("%d bytes took %v", len(text), took)
	}
}

// FuzzBoardFile looks that no text makes the parser panic or go on for ever, that each
// job it finds is good, and that what is written of the jobs reads back as them.
func FuzzBoardFile(f *testing.F) {
	for _, seed := range []string{
		base, "", "jobs: {}", "x: &a [*a]\njobs: *a", "jobs:\n  a: {<<: {run: ls}, every: 1m}\n", "? [a]\n: b\n", "jobs: {a: !!binary aGk=}", "%YAML 1.1\n---\njobs: {}\n...\n",
		"vars: {A: x}\njobs:\n  ${A}: {every: 1m, run: 'a ${A} $$ ${B:-c}'}\n", "jobs:\n  a: {at: 5, command: [a, 'b c'], backoff: {factor: 2}, dst: {gap: skip}, fields: {z: [1, {y: null}]}}\n",
		"defaults: {runner: x, payload: {a: 0x1F, b: 1e400, c: .nan}}\njobs: {a: {cron: '* * * * *'}}", "jobs:\n  a:\n    cron: \"0 1 * * *\"\n    run: |\n      a\n\n        b\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer quick(t, time.Now(), text)
		file, err := boardfile.Parse("f.yaml", []byte(text), environment())
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.yaml:") {
				t.Errorf("an error without its place: %v", err)
			}
			return
		}
		for _, job := range file.Jobs {
			if err := job.Validate(); err != nil {
				t.Errorf("job %q: %v", job.ID, err)
			}
		}
		out, err := boardfile.Write(file.Jobs, boardfile.Layout{Name: file.Name, Board: file.Board})
		if err != nil {
			t.Fatal(err)
		}
		again, err := boardfile.Parse("f.yaml", out, nil)
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, out)
		}
		texts := map[string]string{}
		for _, job := range again.Jobs {
			if texts[job.ID], err = job.Text(job.Start); err != nil {
				t.Fatal(err)
			}
		}
		plan, err := boardfile.Diff(file, texts, time.Unix(0, 0))
		if plan.Changes+plan.Removes > 0 {
			t.Errorf("written and read: %+v, %v\n%s", plan.Actions, err, out)
		}
	})
}

// FuzzCrontab looks that no text makes the import panic, that each line is accounted
// for, that the board file of it is good, and that the export keeps its times.
func FuzzCrontab(f *testing.F) {
	for _, pattern := range []string{"testdata/crontabs/cron.d/*", "testdata/crontabs/user/*"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text), strings.Contains(pattern, "cron.d"))
		}
	}
	f.Fuzz(func(t *testing.T, text string, system bool) {
		defer quick(t, time.Now(), text)
		tab := boardfile.Crontab{Name: "tab", Text: []byte(text), System: system}
		found := boardfile.ReadCrontabs([]boardfile.Crontab{tab}, brussels)
		out, err := found.BoardFile("tab", brussels)
		if err != nil {
			t.Fatal(err)
		}
		file, err := boardfile.Parse("f.yaml", out, nil)
		if err != nil || len(file.Jobs) != len(found.Jobs) {
			t.Fatalf("got %d of %d jobs, %v\n%s", len(file.Jobs), len(found.Jobs), err, out)
		}
		_ = found.Text(brussels)
		back, remarks := boardfile.WriteCrontab(found.Jobs, true, brussels)
		written := map[string]string{}
		for _, r := range remarks {
			written[r.Job] = r.Says
		}
		again := boardfile.ReadCrontabs([]boardfile.Crontab{{Name: "tab", Text: back, System: true}}, brussels)
		var before, after []string
		for _, job := range found.Jobs {
			if _, told := written[job.ID]; !told {
				before = append(before, job.Cron+"|"+job.Timezone+"|"+job.Payload)
			}
		}
		for _, job := range again.Jobs {
			after = append(after, job.Cron+"|"+job.Timezone+"|"+job.Payload)
		}
		if len(written) == 0 {
			sorted := cmp.Transformer("sort", func(list []string) map[string]int {
				counts := map[string]int{}
				for _, s := range list {
					counts[s]++
				}
				return counts
			})
			if diff := cmp.Diff(before, after, sorted); diff != "" && !strings.Contains(string(back), "unset ") {
				t.Errorf("exported and imported (-before +after):\n%s\n%s", diff, back)
			}
		}
	})
}
