package lossy

import (
	"testing"
	"time"
)

func TestEachNthReplyHasTheFateAndNoOther(t *testing.T) {
	t.Parallel()
	plan := Each(3, Fate{Kind: Reset})
	for n := uint64(1); n <= 9; n++ {
		want := Deliver
		if n%3 == 0 {
			want = Reset
		}
		if got := plan(n, nil).Kind; got != want {
			t.Errorf("reply %d: got %v, want %v", n, got, want)
		}
	}
}

func TestAShareIsLostByTheSeedAlone(t *testing.T) {
	t.Parallel()
	fates := []Fate{{Kind: Swallow}, {Kind: Reset}, {Kind: Delay, Wait: time.Second}}
	one, same, other := Share(7, 0.05, fates...), Share(7, 0.05, fates...), Share(8, 0.05, fates...)
	counts, differ, longest := map[Kind]int{}, 0, time.Duration(0)
	const all = 20000
	for n := uint64(all); n > 0; n-- { // in any order
		fate := one(n, nil)
		counts[fate.Kind]++
		longest = max(longest, fate.Wait)
		if again := same(n, nil); again != fate {
			t.Fatalf("reply %d: got %v and %v with one seed", n, fate, again)
		}
		if other(n, nil) != fate {
			differ++
		}
		if fate.Kind != Delay && fate.Wait != 0 || fate.Kind == Delay && (fate.Wait <= 0 || fate.Wait > time.Second) {
			t.Fatalf("reply %d: got %v", n, fate)
		}
	}
	if lost := all - counts[Deliver]; lost < all*4/100 || lost > all*6/100 {
		t.Errorf("got %d of %d lost, want about 5 in 100", lost, all)
	}
	for _, fate := range fates {
		if counts[fate.Kind] < all/100 {
			t.Errorf("%v: got %d of %d, want about 1.7 in 100", fate.Kind, counts[fate.Kind], all)
		}
	}
	if differ < all*5/100 || longest < 900*time.Millisecond {
		t.Errorf("another seed decides otherwise %d times, and the longest delay is %v", differ, longest)
	}
}
