package agent

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/memberlist"
	jobs "github.com/jobs-agent/jobs"
)

// About is what an agent tells the others about itself. It travels with the
// gossip, so it is short.
type About struct {
	HTTP    string   `json:"h,omitempty"` // address of its HTTP server
	Version string   `json:"v,omitempty"`
	Runners []string `json:"r,omitempty"` // types it serves
	More    int      `json:"m,omitempty"` // types left out of Runners for want of room
	Leader  bool     `json:"l,omitempty"`
	Term    int64    `json:"t,omitempty"` // of its leadership
}

// encode makes the text to send, leaving out runners from the end until it fits:
// the library panics when it does not.
func (a About) encode() ([]byte, error) {
	for {
		text, err := json.Marshal(a)
		if err != nil {
			return nil, fmt.Errorf("describe this agent: %w", err)
		}
		if len(text) <= memberlist.MetaMaxSize {
			return text, nil
		}
		if len(a.Runners) == 0 {
			return nil, fmt.Errorf("describe this agent: %w: HTTP address and version make %d bytes, want at most %d",
				jobs.ErrInvalid, len(text), memberlist.MetaMaxSize)
		}
		a.Runners = a.Runners[:len(a.Runners)-1]
		a.More++
	}
}

// decodeAbout reads what another agent sent. A text that this version cannot read
// tells nothing, but the agent is alive all the same.
func decodeAbout(text []byte) About {
	var a About
	if json.Unmarshal(text, &a) != nil {
		return About{}
	}
	return a
}

// description hands the text to the library. Nothing else is sent over gossip.
type description struct{ m *members }

func (d description) NodeMeta(int) []byte           { return *d.m.about.Load() }
func (description) NotifyMsg([]byte)                {}
func (description) GetBroadcasts(int, int) [][]byte { return nil }
func (description) LocalState(bool) []byte          { return nil }
func (description) MergeRemoteState([]byte, bool)   {}
