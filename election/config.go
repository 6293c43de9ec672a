package election

import (
	"fmt"
	"math/rand/v2"
	"time"

	jobs "github.com/jobs-agent/jobs"
	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
)

// Config says who campaigns for what. Client, Terms, Key and Name are needed.
type Config struct {
	// Client is for the election alone, so that no other traffic delays it. It
	// must give up early, since a leader that waits for an answer cannot know
	// whether it still leads: timeouts of 400 ms, no retries, context deadlines
	// enabled, a pool of 2.
	Client redis.UniversalClient
	Terms  Terms
	// Key is the lock, such as jobs:leader.
	Key string
	// Nudge is the channel on which a leader that steps down wakes the others;
	// by default the key followed by ":nudge". Messages may get lost.
	Nudge string
	// Name says who this is, for people. It stands in the lock's value; two
	// candidates of one name still exclude each other.
	Name string

	TTL   time.Duration // life of the lock without renewal; 2 s by default
	Renew time.Duration // how often a leader renews it; TTL/4 by default
	Poll  time.Duration // how often the others look; TTL/10 by default

	// Jitter spreads the polls, by numbers from 0 to below 1; by default those of
	// math/rand.
	Jitter func() float64
	// Align moves the time of a renewal a little, to one at which the program wakes
	// anyway. Nil: it does not.
	Align func(time.Time) time.Time

	Log *zap.Logger // nil: none
	// Report is told what came of each exchange with Redis, nil when it answered.
	// Without it the candidate logs when it cannot campaign.
	Report func(part string, err error)
}

func (c Config) withDefaults() Config {
	if c.Nudge == "" {
		c.Nudge = c.Key + ":nudge"
	}
	if c.TTL == 0 {
		c.TTL = 2 * time.Second
	}
	if c.Renew == 0 {
		c.Renew = c.TTL / 4
	}
	if c.Poll == 0 {
		c.Poll = c.TTL / 10
	}
	if c.Align == nil {
		c.Align = func(t time.Time) time.Time { return t }
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	return c
}

func (c Config) validate() error {
	switch {
	case c.Client == nil:
		return fmt.Errorf("%w: no Redis client", jobs.ErrInvalid)
	case c.Terms == nil:
		return fmt.Errorf("%w: no terms", jobs.ErrInvalid)
	case c.Key == "":
		return fmt.Errorf("%w: no key for the lock", jobs.ErrInvalid)
	case c.Name == "":
		return fmt.Errorf("%w: no name", jobs.ErrInvalid)
	case c.TTL < 100*time.Millisecond:
		return fmt.Errorf("%w: the lock lives %v, less than 100ms", jobs.ErrInvalid, c.TTL)
	case c.Renew < 0 || c.Renew > c.TTL/2:
		return fmt.Errorf("%w: renewing each %v is not within half the lock's life of %v", jobs.ErrInvalid, c.Renew, c.TTL)
	case c.Poll < time.Millisecond:
		return fmt.Errorf("%w: polling each %v, less than 1ms apart", jobs.ErrInvalid, c.Poll)
	}
	return nil
}

// margin is how long before the end of the lock its holder stops acting. It
// covers what was sent just before and clocks that run at different speeds.
func (c Config) margin() time.Duration { return c.TTL / 10 }

// patience bounds each exchange with Redis.
func (c Config) patience() time.Duration { return time.Duration(float64(c.TTL) * timeoutFactor) }

// timeoutFactor is the same bound as redsync takes it.
const timeoutFactor = 0.2
