package embedded_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/embedded"
)

func start(t *testing.T, password string) *redis.Client {
	t.Helper()
	s, err := embedded.Start(password)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	o, err := redis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(o)
	t.Cleanup(func() { rdb.Close() })
	return rdb
}

func TestKeysLiveAsLongAsTheyShould(t *testing.T) {
	t.Parallel()
	rdb := start(t, "secret")
	const ttl = 300 * time.Millisecond
	if err := rdb.Set(t.Context(), "k", "v", ttl).Err(); err != nil {
		t.Fatal(err)
	}
	set := time.Now()
	for deadline := set.Add(10 * time.Second); rdb.Exists(t.Context(), "k").Val() != 0; {
		if time.Now().After(deadline) {
			t.Fatalf("a key of %v lives on after 10 s", ttl)
		}
	}
	if lived := time.Since(set); lived < ttl-50*time.Millisecond {
		t.Errorf("a key of %v lived %v", ttl, lived)
	}
}

func TestAStoreMayBeClosedByManyAndAskedWhereItWas(t *testing.T) {
	t.Parallel()
	s, err := embedded.Start("secret")
	if err != nil {
		t.Fatal(err)
	}
	var closing sync.WaitGroup
	for range 8 {
		closing.Go(s.Close)
	}
	want := s.URL()
	closing.Wait()
	if got := s.URL(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A command in a script may not cost what a look at all keys does.
func TestAScriptAmongManyKeysCostsWhatItCostsAmongFew(t *testing.T) {
	rdb := start(t, "")
	took := func() time.Duration {
		began := time.Now()
		if err := rdb.Eval(t.Context(), `for i = 1, 300 do redis.call('SET', 'k', i) end return 1`, nil).Err(); err != nil {
			t.Fatal(err)
		}
		return time.Since(began)
	}
	few := min(took(), took(), took(), took(), took())
	pipe := rdb.Pipeline()
	for i := range 20_000 {
		pipe.Set(t.Context(), fmt.Sprint("many-", i), "v", time.Hour)
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if many := min(took(), took(), took(), took(), took()); many > 20*few {
		t.Errorf("300 commands in a script: %v among 20,000 keys, %v among none", many, few)
	}
}
