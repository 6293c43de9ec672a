package agent

import (
	"context"

	"go.uber.org/zap"
)

// news carries what this agent says of itself to the gossip. Telling takes until
// the others were sent it, up to a second, and whoever leads must not wait for
// that: the tick would rest meanwhile, and a lock would be given back late.
type news struct {
	update func(About) error
	latest chan About // holds what is still to be told; newer news replaces older
	log    *zap.Logger
}

func newNews(update func(About) error, log *zap.Logger) *news {
	return &news{update: update, latest: make(chan About, 1), log: log}
}

// tell returns at once. It is called by one goroutine at a time.
func (n *news) tell(about About) {
	select {
	case <-n.latest:
	default:
	}
	n.latest <- about
}

// run tells the others until ctx ends.
func (n *news) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case about := <-n.latest:
			if err := n.update(about); err != nil {
				n.log.Debug("gossip does not carry the news", zap.Error(err))
			}
		}
	}
}
