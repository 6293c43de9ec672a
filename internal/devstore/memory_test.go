package devstore

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestWithoutAServerTheStoreIsInMemoryAndSaysSo(t *testing.T) {
	o := folders(t)
	t.Setenv("PATH", t.TempDir())
	s := open(t, o)
	if s.Kind() != Memory || !strings.Contains(s.Banner(), "gone when this program ends") {
		t.Fatalf("got kind %s, banner %q", s.Kind(), s.Banner())
	}
	rdb := client(t, s.URL())
	before := time.Now()
	got, err := rdb.Eval(t.Context(), `local t = redis.call('TIME') return t[1] * 1000000 + t[2]`, nil).Int64()
	if err != nil || got < before.UnixMicro() || got > time.Now().UnixMicro() {
		t.Errorf("TIME in a script: got %d, %v, want now, %d", got, err, before.UnixMicro())
	}
	if err := rdb.Set(t.Context(), "k", "v", 10*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); rdb.Exists(t.Context(), "k").Val() != 0; {
		if time.Now().After(deadline) {
			t.Fatal("a key of 10 ms lives on after 10 s")
		}
	}
}

func TestAStoreInMemoryAsksForItsPassword(t *testing.T) {
	t.Parallel()
	o := folders(t)
	o.InMemory = true
	s := open(t, o)
	parsed, err := redis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	if err := ping(t.Context(), "redis://"+parsed.Addr); err == nil || !strings.Contains(err.Error(), "NOAUTH") {
		t.Errorf("without it: got %v, want NOAUTH", err)
	}
}

func TestTheBannerTellsOfAnEarlierStoreOnDisk(t *testing.T) {
	t.Parallel()
	o := folders(t)
	write(t, filepath.Join(o.Dir, "appendonlydir", "appendonly.aof.manifest"), "")
	o.InMemory = true
	if got := open(t, o).Banner(); !strings.Contains(got, "earlier store") {
		t.Errorf("got %q, want it to tell of the earlier store", got)
	}
}

func TestTwoStoresInMemoryAreNoHindranceToEachOther(t *testing.T) {
	t.Parallel()
	o := folders(t)
	o.InMemory = true
	if a, b := open(t, o), open(t, o); a.URL() == b.URL() {
		t.Errorf("both are at %s", a.URL())
	}
}
