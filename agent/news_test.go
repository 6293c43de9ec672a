package agent

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
)

func TestWhoLeadsDoesNotWaitForTheGossip(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var told []int64
		n := newNews(func(about About) error {
			time.Sleep(time.Second) // a broadcast, in virtual time
			told = append(told, about.Term)
			return nil
		}, zap.NewNop())
		ended := make(chan error)
		go func() { ended <- n.run(ctx) }()
		begin := time.Now()
		n.tell(About{Term: 1})
		synctest.Wait() // it is being told
		for term := int64(2); term <= 4; term++ {
			n.tell(About{Term: term})
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("tell: took %v, want nothing", took)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if len(told) != 2 || told[0] != 1 || told[1] != 4 {
			t.Errorf("told: got terms %v, want the first and the newest", told)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: got %v, want nil", err)
		}
	})
}
