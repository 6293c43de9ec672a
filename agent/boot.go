package agent

import (
	"context"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"
)

// bootFile names this boot of the host; it is the same in all containers of it.
const bootFile = "/proc/sys/kernel/random/boot_id"

// startBoot tells the board that this host has started, so that its @reboot jobs are
// queued once.
func (a *Agent) startBoot(context.Context) error {
	boot, err := os.ReadFile(bootFile)
	if err != nil {
		a.log.Info("this host does not name its boots: it starts no @reboot jobs", zap.Error(err))
		return nil
	}
	a.started("boot of the host", func(ctx context.Context) error {
		retry := time.NewTicker(time.Second)
		defer retry.Stop()
		for {
			n, err := a.board.Leases().Jboot(ctx, "", strings.TrimSpace(string(boot)))
			if err == nil {
				if n > 0 {
					a.log.Info("queued what runs at the start of a host", zap.Int64("runs", n))
				}
				<-ctx.Done()
				return nil
			}
			select {
			case <-ctx.Done():
				return nil
			case <-retry.C:
			}
		}
	})
	return nil
}
