package agent

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"go.uber.org/zap"
)

// joinsPerRound bounds the peers tried in a row: dead ones may stand in the list
// for a while, and one that does not answer costs a second.
const joinsPerRound = 3

// keepJoining joins peers that are not in the gossip until ctx ends.
func (m *members) keepJoining(ctx context.Context) {
	tick := time.NewTicker(m.cfg.Rejoin)
	defer tick.Stop()
	troubled := false
	for {
		err := m.join(ctx)
		if err != nil && !troubled && ctx.Err() == nil {
			m.log.Warn("cannot join other agents, trying on", zap.Error(err))
		}
		troubled = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// join tries some of the peers that are not in the gossip. Failing is an error
// only for an agent that sees nobody else: otherwise those peers are dead.
func (m *members) join(ctx context.Context) error {
	peers, err := m.cfg.Peers(ctx)
	if err != nil {
		return fmt.Errorf("list the other agents: %w", err)
	}
	known := map[string]bool{m.addr: true}
	alive := m.roll.alive()
	for _, member := range alive {
		known[member.Addr] = true
	}
	peers = slices.Clone(peers)
	rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	tried := 0
	var failures []error
	for _, peer := range peers {
		if known[peer] || tried == joinsPerRound || ctx.Err() != nil {
			continue
		}
		known[peer] = true
		tried++
		if _, err := m.list.Join([]string{peer}); err != nil {
			failures = append(failures, err)
		}
	}
	if tried == 0 || len(failures) < tried || len(alive) > 1 {
		return nil
	}
	return fmt.Errorf("join: %w", errors.Join(failures...))
}
