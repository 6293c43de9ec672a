package lossy

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Kind is what becomes of a reply. The command was executed in any case.
type Kind int

const (
	// Deliver hands the reply to the client.
	Deliver Kind = iota
	// Swallow never delivers it, nor anything behind it: the connection stays open
	// and silent until the client gives up.
	Swallow
	// Reset breaks the connection instead of delivering it.
	Reset
	// Delay delivers it, and what stands behind it, later. The client may have given
	// up by then.
	Delay
	// Late swallows it, and has Redis execute the command once more after a while:
	// a copy that the network held up arrives when the client has sent the command
	// again and gone on to others.
	Late
)

func (k Kind) String() string {
	return [...]string{"delivered", "swallowed", "reset", "delayed", "swallowed and late again"}[k]
}

// Fate is what becomes of one reply, and when, for those kinds that wait.
type Fate struct {
	Kind Kind
	Wait time.Duration
}

func (f Fate) String() string {
	if f.Wait > 0 {
		return fmt.Sprintf("%v by %v", f.Kind, f.Wait)
	}
	return f.Kind.String()
}

// Plan decides the fate of the n-th reply, counted from 1 on since the plan was
// set. Replies of all connections are counted together.
type Plan func(n uint64, command []string) Fate

// Each gives each n-th reply that fate.
func Each(every uint64, fate Fate) Plan {
	return func(n uint64, _ []string) Fate {
		if n%every == 0 {
			return fate
		}
		return Fate{}
	}
}

// Share gives one of the fates to a share of the replies. The seed and the number
// of a reply decide alone, so that two runs lose replies of the same numbers in the
// same ways. What waits does so for a part of the time its fate says.
func Share(seed uint64, share float64, fates ...Fate) Plan {
	return func(n uint64, _ []string) Fate {
		dice := rand.New(rand.NewPCG(seed, n))
		if dice.Float64() >= share {
			return Fate{}
		}
		fate := fates[dice.IntN(len(fates))]
		if fate.Wait > 0 {
			fate.Wait = 1 + time.Duration(dice.Int64N(int64(fate.Wait)))
		}
		return fate
	}
}
