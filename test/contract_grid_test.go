package test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

func exactly(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// Fix 1 as a property: the next run is the first time score + n*interval that
// is after now, however late the tick is.
func TestContractTheNextRunIsTheFirstOfTheGridAfterNow(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(2014, 10))
	var scenes []scene
	for i := range 150 {
		score := float64(random.IntN(2_000_000_000))
		interval := []float64{1, 5, 7, 60, 3600, 86400, 2629800, 0.5, 0.25, 1.5}[random.IntN(10)]
		late := float64(random.IntN(100)) * interval // on the grid, just before and just after it
		now := score + late + []float64{0, 0.125, -0.125, interval / 2}[random.IntN(4)]
		if now < score {
			now = score
		}
		want := score + (math.Floor((now-score)/interval)+1)*interval
		text := fmt.Sprintf(`{"id":"a","runner":"shell","payload":"p","interval":%s,"start":%s}`, exactly(interval), exactly(score))
		steps := []step{byHand("a", text, score)}
		if i%2 == 0 {
			steps = append(steps, tick(1, exactly(now)))
		} else {
			steps = append(steps, next(int(want), exactly(now), "a"))
		}
		scenes = append(scenes, scene{fmt.Sprintf("score %v interval %v now %v", score, interval, now), append(steps, onGrid(want))})
	}
	play(t, scenes)
}

func onGrid(want float64) step { return score("a", want) }

// Where fractions cannot be exact the next run is still after now and not a
// whole interval further than it must be.
func TestContractInexactIntervalsStillPassNow(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(2014, 12))
	var scenes []scene
	for range 100 {
		score := math.Floor(random.Float64()*1e9*1000) / 1000
		interval := 0.001 + math.Exp(random.Float64()*30-15)
		now := score + random.Float64()*math.Exp(random.Float64()*20)
		text := fmt.Sprintf(`{"id":"a","runner":"shell","payload":"p","interval":%s,"start":%s}`, exactly(interval), exactly(score))
		scenes = append(scenes, scene{fmt.Sprintf("score %v interval %v now %v", score, interval, now), []step{
			byHand("a", text, score), tick(1, exactly(now)), scoreWithin("a", now, now+interval*(1+1e-6)+1e-5), unchanged(tick(0, exactly(now))),
		}})
	}
	play(t, scenes)
}

// The numbers section 6 gives for bug 1.
func TestContractCatchUpRunsOnce(t *testing.T) {
	t.Parallel()
	job := func(score float64) step { return byHand("a", hand("a", `"interval":5,"start":100`), score) }
	play(t, []scene{
		{"score 100, interval 5, tick 117: 120, and nothing at 118", []step{job(100), tick(1, 117), score("a", 120), unchanged(tick(0, 118), tick(0, 119)), tick(1, 120), score("a", 125)}},
		{"tick at 105: 110, and nothing more in that second", []step{job(100), tick(1, 105), score("a", 110), unchanged(tick(0, 105), tick(0, 106))}},
		{"JNEXT at 117 answers 120", []step{job(100), next(120, 117, "a"), unchanged(next(120, 117, "a"))}},
		{"JNEXT at 105 answers 110", []step{job(100), next(110, 105, "a")}},
		{"JNEXT at 104 answers 105", []step{job(100), next(105, 104, "a")}},
	})
}

// A ticker whose clock counts in micro- or nanoseconds, or is broken, must not
// turn one job into thousands of entries: a score near such a now can not be
// moved by an interval of a minute. Refusing such a now is right as well.
func TestContractAnAbsurdNowPushesAtMostOneEntryAJob(t *testing.T) {
	t.Parallel()
	var scenes []scene
	for _, now := range []string{"1414139992000", "1414139992000000", "1414139992000000000", "9007199254740992", "100000000000000000000", "1e25", "1e300"} {
		for _, interval := range []string{"0.5", "60", "86400"} {
			scenes = append(scenes, scene{"now " + now + " interval " + interval, []step{
				put(1000, "a", "shell", "p", interval), put(1000, "b", "shell", "p", interval), func(t *testing.T, c *contractClient) {
					t.Helper()
					got := c.call("jtick", c.keysOf("jtick", "shell"), now)
					if _, refused := got.(error); !refused {
						wantReply(t, spoken("jtick", now), got, 2)
						taken("shell", "a", "b")(t, c)
					}
				},
			}})
		}
	}
	play(t, scenes)
}
