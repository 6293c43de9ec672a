package test

import (
	"strings"
	"testing"
)

// Some texts are numbers to Lua and not to others; either is right, half is not.
func TestContractDoubtfulNumbersAreTakenOrRefusedWhole(t *testing.T) {
	t.Parallel()
	doubtful := []string{"0x10", " 60 ", "60 ", "+60", "60.", ".5", "6e1", "0b1", "1_000", "١٢", "6\x000", "60\n", "infinity", "1e-320", "1e308", "9007199254740993", "123456789012345678901234567890", "-1e999", "-nan"}
	var scenes []scene
	for _, text := range doubtful {
		for _, args := range [][]any{
			{1000, "a", "shell", "p", text},
			{1000, "a", "shell", "p", 60, text},
			{1000, "a", "shell", "p", 60, 900, text},
			{1000, "a", "shell", "p", 60, 900, "", text},
			{1000, "a", "shell", "p", 60, 900, "", 2, text},
			{text, "a", "shell", "p", 60},
		} {
			for i, id := range []string{"a", "due", "later"} {
				if i > 0 && len(args) != 5 {
					continue // an update is read as a new job is
				}
				with := append([]any{}, args...)
				with[1] = id
				scenes = append(scenes, scene{spoken("jset", with...), append(someBoard(), allOrNothing("jset", with...), tickAtLeast(0, 1000), tickAtLeast(0, 1001))})
			}
		}
	}
	play(t, scenes)
}

func TestContractUnusualIDsAreTakenOrRefusedWhole(t *testing.T) {
	t.Parallel()
	var scenes []scene
	for name, id := range map[string]string{
		"513 bytes": strings.Repeat("x", 513), "100,000 bytes": strings.Repeat("é", 50000), "NUL": "a\x00b", "a line break": "a\nb", "no UTF-8": "a\xff", "delete": "\x7f",
	} {
		for _, command := range []string{"jset", "jsetnx"} {
			scenes = append(scenes, scene{command + " " + name, append(someBoard(), allOrNothing(command, 1000, id, "shell", "p", 60), tickAtLeast(1, 1000))})
		}
	}
	play(t, append(scenes,
		scene{"a start that no integer reply can hold", append(someBoard(), allOrNothing("jset", 1000, "a", "shell", "p", 60, "1e19"), neverNegative("a"))},
		scene{"a payload with NUL", append(someBoard(), allOrNothing("jset", 1000, "a", "shell", "a\x00b", 60))},
		scene{"a runner with NUL", append(someBoard(), allOrNothing("jset", 1000, "a", "sh\x00ell", "p", 60))},
		scene{"an empty runner", append(someBoard(), allOrNothing("jset", 1000, "a", "", "p", 60))},
		scene{"more arguments than there are", append(someBoard(), allOrNothing("jset", 1000, "a", "shell", "p", 60, 900, "", 2, 10, "", "", ""))},
	))
}

// neverNegative calls JNEXT for a job with a start to come, if it was taken.
func neverNegative(id string) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		if next, ok := c.do("jnext", 1000, id).(int64); ok && next < 1000 {
			t.Errorf("JNEXT of a run to come: got %d, want a time to come", next)
		}
	}
}
