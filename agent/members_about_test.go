package agent

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestWhatAnAgentSaysFitsAndLosesOnlyRunners(t *testing.T) {
	t.Parallel()
	about := About{HTTP: "10.0.0.1:8080", Version: "1.0.0", Leader: true, Term: 1795857921061}
	for i := range 200 {
		about.Runners = append(about.Runners, fmt.Sprintf("runner-%d", i))
	}
	text, err := about.encode()
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 512 {
		t.Errorf("length: got %d, want at most 512", len(text))
	}
	got := decodeAbout(text)
	if len(got.Runners)+got.More != 200 || len(got.Runners) < 20 {
		t.Errorf("runners: got %d and %d more, want 200 in all and no needless loss", len(got.Runners), got.More)
	}
	about.Runners, about.More = about.Runners[:len(got.Runners)], got.More
	if diff := cmp.Diff(about, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnreadableDescriptionsTellNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{", `{"t":"x"}`, "\x00", `[]`} {
		if diff := cmp.Diff(About{}, decodeAbout([]byte(text))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestLinesOfTheGossipLibraryBecomeEntriesOnceAMinute(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.DebugLevel)
	logger := gossipLogger(zap.New(core))
	for range 5 {
		logger.Printf("[ERR] memberlist: Decrypt packet failed: %s from=127.0.0.1:1", "No key")
		logger.Printf("[WARN] memberlist: Refuting a suspect message")
		logger.Printf("[DEBUG] memberlist: Stream connection from=127.0.0.1:2")
		logger.Printf("no level")
	}
	var got []string
	for _, entry := range logs.All() {
		got = append(got, strings.TrimSpace(fmt.Sprint(entry.Level, " ", entry.Message, " ", entry.ContextMap()["from"])))
	}
	want := []string{
		"warn Decrypt packet failed: No key 127.0.0.1:1",
		"info Refuting a suspect message <nil>",
		"debug Stream connection 127.0.0.1:2",
		"debug no level <nil>",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
