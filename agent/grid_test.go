package agent

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatAnIdleAgentDoesFallsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrid()
		for _, d := range []time.Duration{225 * time.Millisecond, 275 * time.Millisecond, 600 * time.Millisecond} {
			end := time.Now().Add(d)
			if off := g.near(end).Sub(end).Abs(); off > step/2 {
				t.Errorf("a poll in %v: %v off, want at most half a step", d, off)
			}
		}
		for _, d := range []time.Duration{step, time.Second, 3 * time.Second} {
			for first := true; ; first = false {
				begin := time.Now()
				at := <-g.after(d)
				if off := at.Sub(g.from) % step; off != 0 {
					t.Fatalf("after %v: it is %v behind a point of the grid", d, off)
				}
				if wait := at.Sub(begin); wait <= d-step || wait > d {
					t.Errorf("after %v: waited %v, want at most that and less than %v less", d, wait, step)
				}
				if !first {
					break
				}
				time.Sleep(7 * time.Millisecond) // what it does takes a while
			}
		}
	})
}
