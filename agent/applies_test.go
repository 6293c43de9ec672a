package agent

import (
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/scripts"
)

// What was decided and not finished, as when the one who applied died, is finished by
// any agent, one that runs already included.
func TestAnAgentFinishesAnApplyThatWasDecided(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP())
	b, err := board.Open(t.Context(), server.URL(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	_, stop := runNode(t, func(c *Config) { c.Redis = server.URL() })
	commands := b.Leases()
	change := scripts.PutChange("a", `{"id":"a","start":4000000000,"runner":"shell","board_file":"f","payload":""}`, true)
	if err := commands.Jstage(t.Context(), "", "s", 1, []string{change}); err != nil {
		t.Fatal(err)
	}
	if _, err := commands.Jcommit(t.Context(), "", "s", jobs.BoardFile{Name: "f"}, 1); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(20 * time.Second)
	for {
		entry, err := b.Show(t.Context(), "a")
		if err == nil {
			if entry.Next.Unix() != 4000000000 {
				t.Errorf("got %+v, want it at 4000000000", entry)
			}
			break
		}
		select {
		case <-deadline:
			t.Fatal("nobody has finished the apply")
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
