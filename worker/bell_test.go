package worker

import "testing"

func TestALaneThatWasRungListensNoMoreUntilItSaysSo(t *testing.T) {
	t.Parallel()
	ropes := newRopes(2)
	ears := []ear{{ropes: ropes, lane: 0}, {ropes: ropes, lane: 1}}
	for i := range ears {
		ears[i].listen(true)
	}
	for i := range ears {
		if !ropes.anyone() {
			t.Fatalf("nobody listens after %d of 2 rings", i)
		}
		ropes.pull()
	}
	if ropes.anyone() {
		t.Error("a lane that was rung still listens")
	}
	for i := range ears {
		select {
		case <-ears[i].rung():
			ears[i].heard()
			ears[i].listen(true)
		default:
			t.Errorf("lane %d was not rung", i)
		}
	}
	if !ropes.anyone() {
		t.Error("the lanes say that they listen, and nobody does")
	}
}
