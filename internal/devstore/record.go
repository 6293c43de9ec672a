package devstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// findPatience bounds the ping of one store by Find.
const findPatience = time.Second

// Found is a live store, as its record in the runtime folder describes it.
type Found struct {
	URL  string `json:"url"`
	PID  int    `json:"pid"` // of the dev process
	Kind string `json:"kind"`
}

// Find looks for a store that this user's `jobs-agent dev` has open, and pings
// it. Of several it answers the one that was opened last. Records of processes
// that have ended are ignored, even if the server they left behind answers.
func Find(ctx context.Context) (Found, bool) {
	var all []string
	for _, folder := range runtimeFolders() {
		if private(folder) == nil {
			all = append(all, records(folder)...)
		}
	}
	return find(ctx, all)
}

func find(ctx context.Context, paths []string) (Found, bool) {
	type candidate struct {
		found Found
		since time.Time
	}
	var live []candidate
	for _, path := range paths {
		if found, since, ok := readRecord(path); ok {
			live = append(live, candidate{found, since})
		}
	}
	slices.SortFunc(live, func(a, b candidate) int { return cmp.Compare(b.since.UnixNano(), a.since.UnixNano()) })
	for _, c := range live {
		ctx, cancel := context.WithTimeout(ctx, findPatience)
		err := ping(ctx, c.found.URL)
		cancel()
		if err == nil {
			return c.found, true
		}
	}
	return Found{}, false
}

// records answers the paths of the records in a runtime folder.
func records(folder string) []string {
	paths, err := filepath.Glob(filepath.Join(folder, "dev-*.json"))
	if err != nil {
		return nil // the folder's own name is no pattern: nothing is found there
	}
	return paths
}

// readRecord answers a record and when it was written, if its writer lives.
func readRecord(path string) (found Found, since time.Time, ok bool) {
	file, err := os.Open(path)
	if err != nil {
		return found, since, false
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !heldElsewhere(file) {
		return found, since, false
	}
	text, err := io.ReadAll(file)
	if err != nil || json.Unmarshal(text, &found) != nil {
		return found, since, false
	}
	return found, info.ModTime(), true
}

// record is the file by which other programs find the store. Its writer holds
// its lock until it ends.
type record struct {
	file *os.File
	path string
}

// writeRecord writes the record of this process and removes stale ones. The file
// gets its name only when it is locked and complete.
func writeRecord(folder string, found Found) (*record, error) {
	for _, path := range records(folder) {
		if _, _, ok := readRecord(path); !ok {
			os.Remove(path) // a stale record that stays is ignored all the same
		}
	}
	text, err := json.Marshal(found)
	if err != nil {
		return nil, fmt.Errorf("write the store's record: %w", err)
	}
	file, err := os.CreateTemp(folder, "new-*")
	if err != nil {
		return nil, fmt.Errorf("write the store's record: %w", err)
	}
	path := filepath.Join(folder, fmt.Sprintf("dev-%d-%s.json", found.PID, filepath.Base(file.Name())[len("new-"):]))
	err = tryLock(file)
	if err == nil {
		_, err = file.Write(text)
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("write the store's record: %w", err)
	}
	return &record{file: file, path: path}, nil
}

func (r *record) remove() {
	os.Remove(r.path) // unlocked by the next line, it is ignored
	unlock(r.file)
}
