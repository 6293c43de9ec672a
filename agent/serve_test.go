package agent

import (
	"slices"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/runners"
)

func TestWhatAnAgentServesAnewIsKnownToAllAndRegistered(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP())
	// It begins with nothing to serve, as one that only ticks.
	a, stopA := runNode(t, func(c *Config) { c.Redis, c.Name, c.Runners = server.URL(), "one", nil })
	other, stopOther := runNode(t, func(c *Config) { c.Redis, c.Name, c.Runners = server.URL(), "two", nil })
	b, err := board.Open(t.Context(), server.URL(), "jobs")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	id, err := b.Enqueue(t.Context(), board.OneOff{Runner: "console", Payload: "x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, types := range [][]string{{"console", "http"}, {"console"}} {
		if err := a.Serve(t.Context(), types, nil); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the gossip and Redis tell of it", func() bool {
			agents, err := b.Agents(t.Context())
			i := slices.IndexFunc(agents, func(a board.Agent) bool { return a.Name == "one" })
			return err == nil && i >= 0 && slices.Equal(agents[i].Runners, types) &&
				slices.ContainsFunc(other.members.Alive(), func(m Member) bool { return m.Name == "one" && slices.Equal(m.Runners, types) })
		})
	}
	eventually(t, "the run that waited has ended", func() bool {
		runs, err := b.Runs(t.Context(), board.RunFilter{Job: "console"})
		return err == nil && len(runs) == 1 && runs[0].State == jobs.Succeeded
	})
	if types, err := b.RunnerTypes(t.Context()); err != nil || !slices.Equal(types, []string{"console", "http"}) {
		t.Errorf("registered: got %v, %v, want console and http; run %v", types, err, id)
	}

	// What cannot be served leaves all as it was.
	for _, wrong := range []string{"nonsense", "http"} {
		err := a.Serve(t.Context(), []string{wrong}, map[string]runners.Config{"http": {Secrets: map[string]runners.Secret{"KEY": {Env: "NO_SUCH_VARIABLE"}}}})
		if err == nil || !strings.Contains(err.Error(), "serve other runner types") {
			t.Errorf("serve %s: got %v, want an error", wrong, err)
		}
	}
	if got := a.kinds(); !slices.Equal(got, []string{"console"}) {
		t.Errorf("after two errors it serves %v, want console", got)
	}
	for _, stop := range []func() error{stopA, stopOther} {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}
